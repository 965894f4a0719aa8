import Glibc

/// Tells a server that stalls from a reader that is slow: only time spent waiting for the server counts.
///
/// libcurl's own low-speed limit cannot: it would end a report that takes minutes to begin, and a transfer whose
/// reader was busy.
package struct StallWatch {
  /// Waits are a quarter of a second at most. What seems to be longer is time in which this process was stopped.
  private static let longestWait = 2.0

  private let limits: HTTPLimits
  private var waited = 0.0
  private var bytes = 0
  private var hasBody = false

  package init(_ limits: HTTPLimits) { self.limits = limits }

  /// Takes note of a wait; what is wrong by now, or nil.
  package mutating func add(waited seconds: Double, bytes count: Int, hasBody: Bool) -> Stall? {
    if hasBody != self.hasBody {
      self.hasBody = hasBody
      waited = 0
      bytes = 0
    }
    waited += min(seconds, Self.longestWait)
    bytes += count
    guard hasBody else { return waited >= limits.answer ? .noAnswer(seconds: limits.answer) : nil }
    guard waited >= limits.slow else { return nil }
    defer {
      waited = 0
      bytes = 0
    }
    return Double(bytes) < limits.slowBytesPerSecond * limits.slow
      ? .slow(bytesPerSecond: limits.slowBytesPerSecond, seconds: limits.slow) : nil
  }

  /// Seconds of a clock that only moves forward.
  static func seconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// How a server kept us waiting for too long.
package enum Stall {
  case noAnswer(seconds: Double)
  case slow(bytesPerSecond: Double, seconds: Double)
}
