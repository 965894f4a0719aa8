public import Basics
import Glibc
import Synchronization

/// A store in a directory, on a local disk or a shared file system: the embedded default.
///
/// An object is the file at its key's path. The store's own files are in `.strandline/`: `tmp/` for objects
/// being written, `lock` for commits, `clock` for the file system's time. Conditions hold between threads and
/// processes that share the directory, by `flock`; commits survive a crash at any point, by syncing file and
/// folders. Below the root no symbolic link is followed, neither for reading nor for writing.
///
/// A version is the file's time of modification, size and inode. Times are the file system's, never this
/// machine's. A user that may only read the directory can read objects; their `storeTime` is then no later than
/// the true one, so nothing looks older than it is.
public final class DirectoryStore: ObjectStore {
  public let location: String
  /// Absolute, links resolved, without a slash at the end (so empty for `/`).
  let rootPath: String
  let root: Descriptor
  /// The store's own files; why not, if this user may not write them.
  let own: Result<OwnFiles, SystemError>
  /// For how many seconds a commit waits for another one that does not go on.
  let patience: Double
  /// Folders that this process has seen on the disk, with their parents.
  let durableFolders = Mutex<Set<String>>([])

  /// Opens the store in a directory and removes what writers that died left in it.
  /// - Parameters:
  ///   - create: whether to make the directory, and those above it, if it is not there.
  ///   - patience: for how many seconds a commit waits for another process's that does not go on, which is then named:
  ///     ``StoreError/Kind/unavailable``. Less than half of a lease, so that a holder's renewal is in time after it.
  /// - Throws: ``StoreError/Kind/unavailable`` if there is no such directory; ``StoreError/Kind/denied`` if it
  ///   may not be used or is no directory.
  public init(path: String, create: Bool, patience: Double = 20) throws(StoreError) {
    if path.isEmpty {
      throw StoreError(.denied, key: path, "no directory is named: name one, such as ./store")
    }
    if path.utf8.contains(0) { throw StoreError(.denied, key: path, "a path has no NUL in it: mend it") }
    location = path
    self.patience = patience
    if create { try Self.makeFolders(path) }
    do {
      root = try Descriptor.open(path: path, flags: O_RDONLY | O_DIRECTORY)
    } catch {
      switch error.code {
      case ENOENT:
        throw StoreError(
          .unavailable, key: path, "no such directory: \(path); create it, or mount what it is on")
      case ENOTDIR:
        throw StoreError(.denied, key: path, "\(path) is no directory: name one, or move the file away")
      default: throw StoreError(error, key: path, path: path, doing: "open")
      }
    }
    guard let resolved = unsafe realpath(path, nil) else {
      throw StoreError(SystemError(), key: path, path: path, doing: "find")
    }
    let absolute = unsafe String(cString: resolved)
    unsafe free(resolved)
    rootPath = absolute == "/" ? "" : absolute
    do {
      let files = try OwnFiles(root)
      files.removeDeadTemporaries()
      own = .success(files)
    } catch {
      let ownPath = rootPath + "/" + OwnFiles.name
      // Reading works without; what writes says then what is missing.
      guard [EACCES, EPERM, EROFS].contains(error.code), !create else {
        throw StoreError(error, key: path, path: ownPath, doing: "prepare")
      }
      own = .failure(error)
    }
  }

  public func uri(of key: ObjectKey) -> String { rootPath + "/" + key.description }

  public func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo { try openFile(key).info }

  public func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    let (file, info) = try openFile(key)
    let wanted = range ?? 0..<info.size
    guard wanted.lowerBound >= 0, wanted.upperBound <= info.size else {
      throw .outside(wanted, size: info.size, key: key)
    }
    return DirectoryReader(file: file, info: info, range: wanted, key: key, path: uri(of: key))
  }

  public func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    try DirectoryWriter(store: self, own: ownFiles(key), key: key, condition: condition)
  }

  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    try removeDurably(key, ifVersion: version)
  }

  public func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    if limit < 1 { throw StoreError(.invalid, key: prefix, "a page holds at least one key, not \(limit)") }
    var walk = DirectoryWalk(prefix: prefix, after: after, limit: limit, rootPath: rootPath)
    return try walk.run(from: root)
  }

  public func now() throws(StoreError) -> Instant {
    let own = try ownFiles(nil)
    do {
      return try own.now()
    } catch {
      throw StoreError(
        error, key: location, path: "\(rootPath)/\(OwnFiles.name)/clock", doing: "ask the time of")
    }
  }

  /// The store's own files, for whoever is about to write.
  func ownFiles(_ key: ObjectKey?) throws(StoreError) -> OwnFiles {
    do {
      return try own.get()
    } catch {
      throw StoreError(
        error, key: key?.description ?? location, path: "\(rootPath)/\(OwnFiles.name)", doing: "write in")
    }
  }

  /// Puts together what the store tells of a file.
  func info(_ status: FileStatus) -> ObjectInfo {
    let modified = Instant(nanoseconds: status.modified)
    let time = (try? own.get().now()) ?? OwnFiles.lastKnownTime(root)
    return ObjectInfo(
      size: status.size, version: Self.version(status), lastModified: modified,
      // A stamp moved on by some nanoseconds (see stamp) is not to lie in the future.
      storeTime: max(modified, time ?? modified))
  }

  static func version(_ status: FileStatus) -> String {
    "\(status.modified)-\(status.size)-\(status.inode)"
  }

  /// Opened rather than looked up, because a shared file system asks its server again only then.
  func openFile(_ key: ObjectKey) throws(StoreError) -> (file: Descriptor, info: ObjectInfo) {
    let folder = try existingFolder(of: key)
    let file: Descriptor
    let status: FileStatus
    do {
      file = try folder.open(key.name, O_RDONLY)
      status = try file.status()
    } catch {
      if error.code == ENOENT { throw .absent(key) }
      throw StoreError(error, key: key.description, path: uri(of: key), doing: "open")
    }
    switch status.kind {
    case .file: return (file, info(status))
    case .folder: throw .absent(key)
    case .link, .other:
      throw StoreError(.invalid, key: key.description, "\(uri(of: key)) is no ordinary file: remove it")
    }
  }

  /// Makes the root and what is above it, each on the disk before the next.
  private static func makeFolders(_ path: String) throws(StoreError) {
    var made = path.utf8.first == UInt8(ascii: "/") ? "/" : "./"
    for part in path.utf8.split(separator: UInt8(ascii: "/")) {
      let above = made
      made += String(Substring(part)) + "/"
      do {
        try Descriptor.makeFolder(path: made)
        try Descriptor.open(path: above, flags: O_RDONLY | O_DIRECTORY).sync()
      } catch {
        if error.code == EEXIST { continue }
        // A file in the way: opening the root says so.
        if error.code == ENOTDIR { return }
        throw StoreError(error, key: path, path: made, doing: "create")
      }
    }
  }
}
