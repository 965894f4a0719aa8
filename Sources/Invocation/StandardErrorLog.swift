import Basics
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Standard error: lines and a progress bar for people on a terminal, JSON lines for collectors of logs.
final class StandardErrorLog: Log {
  private struct Bar {
    var isShown = false
    var lastShown: Int64 = 0
  }

  private let function: String
  private let forPeople: Bool
  private let isTerminal: Bool
  private let isQuiet: Bool
  private let bar = Mutex(Bar())

  /// - Parameter format: `text` or `json`; nil: text on a terminal, JSON elsewhere.
  init(function: String, format: String?, isQuiet: Bool) {
    self.function = function
    self.isQuiet = isQuiet
    isTerminal = isatty(2) == 1
    forPeople = format.map { $0 == "text" } ?? isTerminal
  }

  func info(_ message: String) { if !isQuiet { line("info", message) } }

  func warning(_ message: String) { line("warning", message) }

  /// The last word of a function that failed.
  func failure(_ failure: Failure) { line("error", failure.message) }

  func progress(_ label: String, done: Int, total: Int?) {
    guard forPeople, isTerminal, !isQuiet else { return }
    let now = SystemClock().now().microseconds
    bar.withLock { bar in
      guard now - bar.lastShown > 100_000 else { return }
      bar.lastShown = now
      bar.isShown = true
      var text = "\r\u{1B}[K\(function): \(label) "
      if let total, total > 0 {
        let share = min(1, Double(done) / Double(total))
        let filled = Int(share * 30)
        text +=
          "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: 30 - filled) + "] "
        text += "\(Int(share * 100))%"
      } else {
        text += done < 1 << 20 ? "\(done) bytes" : "\(done >> 20) MiB"
      }
      put(text)
    }
  }

  private func line(_ level: String, _ message: String) {
    bar.withLock { bar in
      if bar.isShown { put("\r\u{1B}[K") }
      bar.isShown = false
      if forPeople {
        put("\(function): \(level == "info" ? "" : level + ": ")\(message)\n")
      } else {
        put(
          "{\"time\":\"\(SystemClock().now())\",\"level\":\"\(level)\",\"function\":\"\(function)\",\"message\":"
            + "\(quoted(message))}\n")
      }
    }
  }

  private func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20: out += "\\u00" + hex([UInt8(scalar.value)])
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }

  private func put(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while rest.count > 0 {
        let count = unsafe systemWrite(2, rest)
        if count < 0, errno != EINTR { return }
        unsafe rest = UnsafeRawBufferPointer(rebasing: rest[max(0, count)...])
      }
    }
  }
}
