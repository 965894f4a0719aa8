import CLinux
import Glibc

/// The number of a system error.
struct SystemError: Error {
  let code: Int32
  init(_ code: Int32 = errno) { self.code = code }
}

/// What a directory store needs to know of a file.
struct FileStatus {
  enum Kind { case file, folder, link, other }
  let kind: Kind
  let size: Int
  let inode: UInt64
  let links: UInt64
  /// Nanoseconds since 1970 by the file system's clock.
  let modified: Int64

  init(_ raw: stat) {
    switch raw.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    case S_IFLNK: kind = .link
    default: kind = .other
    }
    size = Int(raw.st_size)
    inode = UInt64(raw.st_ino)
    links = UInt64(raw.st_nlink)
    modified = Int64(raw.st_mtim.tv_sec) * 1_000_000_000 + Int64(raw.st_mtim.tv_nsec)
  }
}

/// An open file or folder, closed when it is dropped; the system calls on it, repeated when a signal cut in.
final class Descriptor: Sendable {
  private let raw: Int32

  private init(raw: Int32) { self.raw = raw }

  deinit { _ = close(raw) }

  /// Opens a path the ordinary way: links in it are followed.
  static func open(path: String, flags: Int32) throws(SystemError) -> Descriptor {
    let raw = try retrying { unsafe Glibc.open(path, flags | O_CLOEXEC) }
    return Descriptor(raw: raw)
  }

  /// Makes one folder.
  static func makeFolder(path: String) throws(SystemError) { try retrying { unsafe mkdir(path, 0o777) } }

  /// Opens one name in this folder; a link is refused (`ELOOP`, or `ENOTDIR` where a folder is asked for).
  func open(_ name: String, _ flags: Int32) throws(SystemError) -> Descriptor {
    let all = flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let raw = try retrying { unsafe openat(self.raw, name, all, 0o666) }
    return Descriptor(raw: raw)
  }

  func openFolder(_ name: String) throws(SystemError) -> Descriptor {
    try open(name, O_RDONLY | O_DIRECTORY)
  }

  func status() throws(SystemError) -> FileStatus {
    var found = stat()
    try retrying { unsafe fstat(raw, &found) }
    return FileStatus(found)
  }

  /// What a name in this folder stands for, a link for itself.
  func status(of name: String) throws(SystemError) -> FileStatus {
    var found = stat()
    try retrying { unsafe fstatat(raw, name, &found, AT_SYMLINK_NOFOLLOW) }
    return FileStatus(found)
  }

  func makeFolder(_ name: String) throws(SystemError) { try retrying { unsafe mkdirat(raw, name, 0o777) } }
  func removeFile(_ name: String) throws(SystemError) { try retrying { unsafe unlinkat(raw, name, 0) } }
  func removeFolder(_ name: String) throws(SystemError) {
    try retrying { unsafe unlinkat(raw, name, AT_REMOVEDIR) }
  }

  /// Moves `name` over `newName` in another folder, atomically.
  func rename(_ name: String, to folder: Descriptor, _ newName: String) throws(SystemError) {
    try retrying { unsafe renameat(raw, name, folder.raw, newName) }
  }

  /// Waits until content and metadata are on the disk.
  func sync() throws(SystemError) { try retrying { fsync(raw) } }

  /// Takes the lock of this open file if nobody has it; it ends with ``unlock()``, the last close or the process.
  func tryLock() -> Bool { flock(raw, LOCK_EX | LOCK_NB) == 0 }
  func unlock() { _ = flock(raw, LOCK_UN) }

  /// Sets the time of modification to the file system's own now.
  func touch() throws(SystemError) { try retrying { futimens(raw, nil) } }

  /// Sets the time of modification, in nanoseconds since 1970.
  func setModified(_ nanoseconds: Int64) throws(SystemError) {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let time = timespec(tv_sec: Int(seconds), tv_nsec: Int(rest))
    let times = [time, time]
    try retrying { unsafe futimens(raw, times) }
  }

  /// Writes all of it, however many calls that takes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    guard let start = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      done += try retrying { unsafe Glibc.write(raw, start + done, bytes.count - done) }
    }
  }

  /// Reads at a place; 0 at the end of the file.
  func read(into room: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
    guard let start = room.baseAddress, room.count > 0 else { return 0 }
    return try retrying { unsafe pread(raw, start, room.count, offset) }
  }

  /// Lets the disk begin to write what is to be synced later; that syncing then has less to wait for.
  func beginWriting(from offset: Int, count: Int) {
    _ = sync_file_range(raw, off_t(offset), off_t(count), UInt32(SYNC_FILE_RANGE_WRITE))
  }

  /// One number kept at the front of a file; nil if it is not there.
  func readNumber() -> Int64? {
    var number: Int64 = 0
    let read = unsafe withUnsafeMutableBytes(of: &number) { room in unsafe pread(raw, room.baseAddress, 8, 0)
    }
    return read == 8 ? number : nil
  }

  func writeNumber(_ number: Int64) throws(SystemError) {
    var number = number
    let written = unsafe withUnsafeMutableBytes(of: &number) { bytes in
      unsafe pwrite(raw, bytes.baseAddress, 8, 0)
    }
    if written != 8 { throw SystemError(written < 0 ? errno : ENOSPC) }
  }

  /// The names in this folder, but for `.` and `..`, in no order; the kind is nil where the file system
  /// does not tell it along with the name.
  func names(_ body: (UnsafeBufferPointer<UInt8>, FileStatus.Kind?) -> Void) throws(SystemError) {
    let copy = try retrying { unsafe openat(raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard let stream = unsafe fdopendir(copy) else {
      let error = SystemError()
      _ = close(copy)
      throw error
    }
    defer { unsafe closedir(stream) }
    let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        if errno != 0 { throw SystemError() }
        return
      }
      let name = unsafe UnsafeRawPointer(entry) + nameOffset
      let bytes = unsafe UnsafeBufferPointer(
        start: name.assumingMemoryBound(to: UInt8.self),
        count: strlen(name.assumingMemoryBound(to: CChar.self)))
      if unsafe bytes.elementsEqual(".".utf8) || bytes.elementsEqual("..".utf8) { continue }
      let kind: FileStatus.Kind? =
        switch unsafe Int(entry.pointee.d_type) {
        case Int(DT_REG): .file
        case Int(DT_DIR): .folder
        case Int(DT_UNKNOWN): nil
        default: .other
        }
      unsafe body(bytes, kind)
    }
  }
}

/// Makes a call again while signals cut it short.
@discardableResult
private func retrying<Number: SignedInteger>(_ call: () -> Number) throws(SystemError) -> Number {
  while true {
    let result = call()
    if result >= 0 { return result }
    if errno != EINTR { throw SystemError() }
  }
}
