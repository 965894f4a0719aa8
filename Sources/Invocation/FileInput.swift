public import Basics
public import Dedupe
public import FeedFile
import FeedSources

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Call {
  /// A dump to be read in any order: a file as it is; what is packed, piped or converted goes to a temporary
  /// file first, which is gone when the process is.
  public func input(_ path: String, like feed: Feed) throws(Failure) -> any DumpFile {
    let request = try request(for: path, like: feed)
    if path != "-", try sources.isDump(request) {
      let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
      var status = stat()
      if file >= 0, unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
        return OpenFile(file, name: path)
      }
      if file >= 0 { close(file) }
    }
    guard case .body(let body) = try sources.open(request) else {
      throw Failure(.software, "a file that says it is unchanged")
    }
    let folder = Environment.value("TMPDIR") ?? "/tmp"
    var template = Array("\(folder)/strandline-XXXXXX".utf8CString)
    let file = unsafe mkstemp(&template)
    guard file >= 0 else {
      throw Failure(.unavailable, "a temporary file in \(folder): \(unsafe String(cString: strerror(errno)))")
    }
    unsafe unlink(template)
    let spool = OpenFile(file, name: path)
    var buffer = ByteBuffer(capacity: 1 << 20)
    while true {
      let count = try unsafe buffer.append(atMost: 1 << 20) { (room) throws(Failure) in
        try unsafe body.read(into: room)
      }
      if count == 0 { return spool }
      try unsafe spool.append(buffer.bytes)
      buffer.truncate()
    }
  }
}

private final class OpenFile: DumpFile {
  let name: String
  private let file: Int32

  init(_ file: Int32, name: String) {
    self.file = file
    self.name = name
  }

  deinit { close(file) }

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
