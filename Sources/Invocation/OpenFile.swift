import Basics
import Dedupe
import FeedSources
import Proposing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that is open, and closed when nobody needs it any more.
final class OpenFile: DumpFile, Scratch {
  private static let piece = 1 << 20

  let name: String
  private let file: Int32

  init(_ file: Int32, name: String) {
    self.file = file
    self.name = name
  }

  deinit { close(file) }

  /// An empty file that is gone when the process is; `name` is what messages call it.
  static func temporary(for name: String) throws(Failure) -> OpenFile {
    let folder = Environment.value("TMPDIR") ?? "/tmp"
    var template = Array("\(folder)/strandline-XXXXXX".utf8CString)
    let file = unsafe mkstemp(&template)
    guard file >= 0 else {
      throw Failure(.unavailable, "a temporary file in \(folder): \(unsafe String(cString: strerror(errno)))")
    }
    unsafe unlink(template)
    return OpenFile(file, name: name)
  }

  /// Takes all of a body; returns how many bytes it had.
  /// - Parameter progress: told how many bytes were taken so far.
  func append(all body: any SourceBody, progress: (Int) -> Void = { _ in }) throws(Failure) -> Int {
    var buffer = ByteBuffer(capacity: Self.piece)
    var total = 0
    while true {
      let count = try unsafe buffer.append(atMost: Self.piece) { (room) throws(Failure) in
        try unsafe body.read(into: room)
      }
      if count == 0 { return total }
      try unsafe append(buffer.bytes)
      buffer.truncate()
      total += count
      progress(total)
    }
  }

  func clear() throws(Failure) {
    guard ftruncate(file, 0) == 0, lseek(file, 0, SEEK_SET) == 0 else {
      throw Failure(.unavailable, "a temporary file: \(unsafe String(cString: strerror(errno)))")
    }
  }

  func read(_ range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    var position = range.lowerBound
    while position < range.upperBound {
      let count = try unsafe output.append(atMost: range.upperBound - position) { (room) throws(Failure) in
        while true {
          let count = unsafe pread(file, room.baseAddress, room.count, position)
          if count >= 0 { return count }
          guard errno == EINTR else {
            throw Failure(.unavailable, "\(name) cannot be read: \(unsafe String(cString: strerror(errno)))")
          }
        }
      }
      if count == 0 { return }
      position += count
    }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var rest = unsafe bytes
    while rest.count > 0 {
      let count = unsafe systemWrite(file, rest)
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(
          .unavailable, "a temporary copy of \(name): \(unsafe String(cString: strerror(errno))); set TMPDIR")
      }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }
}
