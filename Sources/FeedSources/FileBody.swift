import Basics
import Glibc

/// A file or standard input, read from front to back.
final class FileBody: SourceBody {
  private let descriptor: Int32
  private let ownsDescriptor: Bool
  private let isRegular: Bool
  private let before: stat
  private var failure: Failure?
  let name: String
  let expectedBytes: Int?
  private(set) var receivedBytes = 0
  var etag: String? { nil }
  var lastModified: String? { nil }

  /// Opens a file; a directory is a matter of settings, anything else may be better next time.
  convenience init(path: String) throws(Failure) {
    let descriptor = unsafe path.withCString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      let code = errno
      let advice =
        switch code {
        case ENOENT where path.contains("*"): "for a pattern set source.take to newest, last or all"
        case ENOENT: "check the path, or wait until the file is there"
        case EACCES: "let this user read it"
        default: "see that it can be read"
        }
      throw Failure(.unavailable, "the file \(path) cannot be opened: \(systemText(code)); \(advice)")
    }
    try self.init(descriptor: descriptor, owned: true, name: path)
  }

  /// Reads what is open already; `owned`: and closes it.
  init(descriptor: Int32, owned: Bool, name: String) throws(Failure) {
    self.descriptor = descriptor
    self.ownsDescriptor = owned
    self.name = name
    var status = stat()
    let result = unsafe fstat(descriptor, &status)
    before = status
    isRegular = status.st_mode & S_IFMT == S_IFREG
    // Standard input may stand in the middle of a file.
    expectedBytes = owned && isRegular ? Int(status.st_size) : nil
    guard result == 0 else {
      throw Failure(.unavailable, "\(name) cannot be read: \(systemText(errno))")
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw Failure(.settings, "\(name) is a directory: name the file in it that is the dump")
    }
  }

  deinit { if ownsDescriptor { close(descriptor) } }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if let failure { throw failure }
    do {
      return unsafe try next(destination)
    } catch {
      failure = error
      throw error
    }
  }

  private func next(_ destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    var count: Int
    repeat {
      count = unsafe Glibc.read(descriptor, destination.baseAddress, destination.count)
    } while count < 0 && errno == EINTR
    guard count >= 0 else {
      throw Failure(.unavailable, "\(name) cannot be read after \(receivedBytes) bytes: \(systemText(errno))")
    }
    receivedBytes += count
    if count == 0 { try checkEnd() }
    return count
  }

  private func checkEnd() throws(Failure) {
    if !ownsDescriptor, receivedBytes == 0 {
      throw Failure(.badData, "\(name) was empty: pipe the dump into it, or name a file or a URL")
    }
    guard ownsDescriptor, isRegular else { return }
    // Files of the kernel say that they are empty.
    var after = stat()
    guard unsafe fstat(descriptor, &after) == 0, after.st_size == before.st_size,
      after.st_mtim.tv_sec == before.st_mtim.tv_sec, after.st_mtim.tv_nsec == before.st_mtim.tv_nsec,
      receivedBytes == Int(after.st_size) || after.st_size == 0
    else {
      throw Failure(
        .tryAgain,
        "the file \(name) was written to while it was read (\(receivedBytes) of \(before.st_size) bytes): "
          + "write it under another name and rename it once it is whole")
    }
  }
}

private func systemText(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
