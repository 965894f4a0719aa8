import Basics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Standard output, in large writes. That a reader went away is nothing wrong, and nothing is said.
final class StandardOutput {
  private static let chunk = 256 << 10
  private var pending = ByteBuffer(capacity: 512 << 10)
  private var isClosed = false
  /// Whether the process is done when nobody reads any more. Not so for an event: the exit code still counts.
  var endsWithReader = true

  /// Appends bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    if bytes.count >= Self.chunk {
      try flush()
      return try unsafe writeOut(bytes)
    }
    unsafe pending.append(bytes)
    if pending.count >= Self.chunk { try flush() }
  }

  /// Appends text.
  func write(_ text: String) throws(Failure) {
    pending.append(text)
    if pending.count >= Self.chunk { try flush() }
  }

  /// Hands over what is pending.
  func flush() throws(Failure) {
    try unsafe writeOut(pending.bytes)
    pending.truncate()
  }

  private func writeOut(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var written = 0
    while written < bytes.count, !isClosed {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
      let count = unsafe systemWrite(1, rest)
      if count >= 0 {
        written += count
      } else if errno == EPIPE {
        if endsWithReader { endProcess(0) }
        isClosed = true
      } else if errno != EINTR {
        throw Failure(.unavailable, "standard output: \(unsafe String(cString: strerror(errno)))")
      }
    }
  }

  /// Whether a person looks at it.
  static var isTerminal: Bool { isatty(1) == 1 }
}

/// The system call, under a name that the methods here do not hide.
func systemWrite(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  unsafe write(file, bytes.baseAddress, bytes.count)
}
