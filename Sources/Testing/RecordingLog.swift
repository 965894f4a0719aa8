public import Basics
import Synchronization

/// Remembers what was said.
public final class RecordingLog: Log {
  private let state = Mutex<(lines: [String], warnings: [String])>(([], []))

  /// One to which nothing was said yet.
  public init() {}

  /// Every line.
  public var lines: [String] { state.withLock { $0.lines } }
  /// The lines that are warnings.
  public var warnings: [String] { state.withLock { $0.warnings } }

  public func info(_ message: String) { state.withLock { $0.lines.append(message) } }

  public func warning(_ message: String) {
    state.withLock {
      $0.lines.append(message)
      $0.warnings.append(message)
    }
  }

  public func progress(_ label: String, done: Int, total: Int?) {}
}
