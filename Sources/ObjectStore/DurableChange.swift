import Basics
import Glibc
import Synchronization

/// Every change of a directory store: the only code that renames, removes and syncs.
extension DirectoryStore {
  /// What is written out as fast as it is asked for, in bytes.
  private static let small = 256 << 10

  /// Puts a finished temporary file in a key's place, if the condition holds. A crash at any point leaves the
  /// old object or the new one.
  func replaceDurably(
    _ key: ObjectKey, by temporary: Descriptor, named name: String, if condition: WriteCondition,
    _ own: OwnFiles
  ) throws(StoreError) -> Written {
    // The long part, before the lock; of a small object there is none.
    try attempt("write", key) { () throws(SystemError) in
      if try temporary.status().size > Self.small { try temporary.sync() }
    }
    let lock = try takeLock(own, key)
    defer { lock.unlock() }
    let old = try currentStatus(of: key)
    let version = old.map(Self.version)
    guard condition.holds(for: version) else { throw .refused(key, wanted: condition, found: version) }
    let folder = try madeFolder(of: key)
    let status = try attempt("write", key) { () throws(SystemError) in
      let status = try stamp(temporary, after: old, lock)
      try temporary.sync()
      try own.temporaries.rename(name, to: folder, key.name)
      return status
    }
    try settle(folder, key)
    return Written(info(status))
  }

  /// Removes an object, and the folders that it leaves empty.
  func removeDurably(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    let lock = try takeLock(ownFiles(key), key)
    defer { lock.unlock() }
    guard let old = try currentStatus(of: key) else { throw .absent(key) }
    let found = Self.version(old)
    if let version, version != found { throw .refused(key, wanted: .version(version), found: found) }
    let folder = try existingFolder(of: key)
    try attempt("delete", key) { () throws(SystemError) in try folder.removeFile(key.name) }
    try settle(folder, key)
    removeEmptyFolders(above: key)
  }

  /// The folder that holds a key's file, for reading.
  func existingFolder(of key: ObjectKey) throws(StoreError) -> Descriptor {
    var folder = root
    for part in key.folders {
      do {
        folder = try folder.openFolder(part)
      } catch {
        switch error.code {
        case ENOENT: throw .absent(key)
        case ENOTDIR:
          if try isLink(part, in: folder, key) { throw linkRefused(key) }
          throw .absent(key)
        default: throw StoreError(error, key: key.description, path: uri(of: key), doing: "open")
        }
      }
    }
    return folder
  }

  /// The folder that holds a key's file, made if need be, known to be on the disk with all above it.
  private func madeFolder(of key: ObjectKey) throws(StoreError) -> Descriptor {
    var folder = root
    var path = ""
    for part in key.folders {
      path += part + "/"
      let parent = folder
      let known = path
      do throws(SystemError) {
        do {
          folder = try parent.openFolder(part)
        } catch {
          guard error.code == ENOENT else { throw error }
          try parent.makeFolder(part)
          durableFolders.withLock { _ = $0.remove(known) }
          folder = try parent.openFolder(part)
        }
        // One that a process made which died before this line is synced by the next that uses it.
        if !durableFolders.withLock({ $0.contains(known) }) {
          try parent.sync()
          durableFolders.withLock { _ = $0.insert(known) }
        }
      } catch {
        if error.code == ENOTDIR {
          if try isLink(part, in: parent, key) { throw linkRefused(key) }
          throw .collides(key, with: String(path.dropLast()))
        }
        throw StoreError(error, key: key.description, path: rootPath + "/" + path, doing: "create")
      }
    }
    return folder
  }

  /// What is in a key's place; nil if nothing is. A folder there that holds nothing is removed.
  private func currentStatus(of key: ObjectKey) throws(StoreError) -> FileStatus? {
    do throws(StoreError) {
      let folder = try existingFolder(of: key)
      let status = try lookUp(key.name, in: folder, key)
      switch status?.kind {
      case nil, .file: return status
      case .link: throw linkRefused(key)
      case .other: throw StoreError(.invalid, key: key.description, "\(uri(of: key)) is no file: remove it")
      case .folder:
        do {
          try folder.removeFolder(key.name)
          durableFolders.withLock { _ = $0.remove(key.description + "/") }
          return nil
        } catch {
          throw StoreError.collides(key, with: "a folder \(key.description)/ with objects in it")
        }
      }
    } catch {
      if error.kind == .notFound { return nil }
      throw error
    }
  }

  private func lookUp(_ name: String, in folder: Descriptor, _ key: ObjectKey) throws(StoreError)
    -> FileStatus?
  {
    do {
      // Opened where that is possible, because a shared file system asks its server again only then.
      if let file = try? folder.open(name, O_RDONLY) { return try file.status() }
      return try folder.status(of: name)
    } catch {
      if error.code == ENOENT { return nil }
      throw StoreError(error, key: key.description, path: uri(of: key), doing: "look at")
    }
  }

  /// Sets a file's time to the file system's now, but later than the object that it replaces and than the last
  /// stamp given, so that no version comes twice.
  private func stamp(
    _ file: Descriptor, after old: FileStatus?, _ lock: Descriptor
  ) throws(SystemError) -> FileStatus {
    try file.touch()
    var status = try file.status()
    for floor in [old?.modified ?? 0, lock.readNumber() ?? 0].sorted() {
      // Stamps in one tick of the clock, or just before. A clock that was far ahead once is not followed: its
      // objects would seem new for ever, and a repeated nanosecond with the same size and inode is out of reach.
      guard status.modified <= floor, floor - status.modified < 1_000_000_000 else { continue }
      // File systems keep times to 1 ns, 100 ns, 1 us or worse.
      for step: Int64 in [1, 100, 1000, 1_000_000, 1_000_000_000, 2_000_000_000]
      where status.modified <= floor {
        try file.setModified(floor + step)
        status = try file.status()
      }
    }
    try lock.writeNumber(status.modified)
    return status
  }

  /// Makes a change within a folder durable. It is visible already, so a failure leaves its outcome open.
  private func settle(_ folder: Descriptor, _ key: ObjectKey) throws(StoreError) {
    do {
      try folder.sync()
    } catch {
      let said = StoreError(error, key: key.description, path: uri(of: key), doing: "sync the folder of")
      throw StoreError(.ambiguous, key: key.description, said.message)
    }
  }

  /// Tidies up after a removal; folders are made and removed under the lock only.
  private func removeEmptyFolders(above key: ObjectKey) {
    var folders: [(parent: Descriptor, name: String, path: String)] = []
    var folder = root
    var path = ""
    for part in key.folders {
      path += part + "/"
      folders.append((folder, part, path))
      guard let next = try? folder.openFolder(part) else { return }
      folder = next
    }
    for (parent, name, path) in folders.reversed() {
      do {
        try parent.removeFolder(name)
        durableFolders.withLock { _ = $0.remove(path) }
      } catch {
        return
      }
    }
  }

  private func takeLock(_ own: OwnFiles, _ key: ObjectKey) throws(StoreError) -> Descriptor {
    let path = "\(rootPath)/\(OwnFiles.name)/lock"
    do {
      if let lock = try own.takeLock(patience: patience) { return lock }
    } catch {
      throw StoreError(error, key: key.description, path: path, doing: "lock")
    }
    let holder = own.holder()?.description ?? "a process that is not to be seen from here; try again later"
    throw StoreError(
      .unavailable, key: key.description,
      "the store is busy: nothing was written for \(Int(patience.rounded(.up))) s, and \(path) is held by \(holder)"
    )
  }

  private func isLink(_ name: String, in folder: Descriptor, _ key: ObjectKey) throws(StoreError) -> Bool {
    try attempt("look at", key) { () throws(SystemError) in try folder.status(of: name).kind == .link }
  }

  private func linkRefused(_ key: ObjectKey) -> StoreError {
    StoreError(SystemError(ELOOP), key: key.description, path: uri(of: key), doing: "open")
  }

  private func attempt<Result>(
    _ doing: String, _ key: ObjectKey, _ work: () throws(SystemError) -> Result
  ) throws(StoreError) -> Result {
    do {
      return try work()
    } catch {
      throw StoreError(error, key: key.description, path: uri(of: key), doing: doing)
    }
  }
}
