import Glibc

/// Finds a page of keys in a folder tree, in the order of whole keys.
///
/// A walk is in that order if a folder is sorted among its siblings as its name with a slash: `a-b`, `a/b`, `a0`.
/// Folders that hold nothing of the page are not opened, and files before it are not looked at.
struct DirectoryWalk {
  private let prefix: [UInt8]
  private let after: [UInt8]?
  private let limit: Int
  private let rootPath: String
  private var page = ListPage(entries: [], more: false)

  init(prefix: String, after: String?, limit: Int, rootPath: String) {
    self.prefix = Array(prefix.utf8)
    self.after = after.map { Array($0.utf8) }
    self.limit = limit
    self.rootPath = rootPath
  }

  mutating func run(from root: Descriptor) throws(StoreError) -> ListPage {
    var folder = root
    var path: [UInt8] = []
    // Straight to the folder that the prefix names.
    if let slash = prefix.lastIndex(of: UInt8(ascii: "/")) {
      path = Array(prefix[...slash])
      let named = String(decoding: prefix[..<slash], as: UTF8.self)
      guard let key = try? ObjectKey(named) else { return page }
      for part in key.folders + [key.name] {
        guard let next = try open(part, in: folder, path) else { return page }
        folder = next
      }
    }
    _ = try visit(folder, path)
    return page
  }

  /// Adds what a folder holds; false once the page is full.
  private mutating func visit(_ folder: Descriptor, _ path: [UInt8]) throws(StoreError) -> Bool {
    for key in try names(in: folder, path) {
      let isFolder = key.last == UInt8(ascii: "/")
      let name = String(
        decoding: isFolder ? key[path.count...].dropLast() : key[path.count...], as: UTF8.self)
      if isFolder {
        guard let next = try open(name, in: folder, key) else { continue }
        if try !visit(next, key) { return false }
        continue
      }
      guard let key = try? ObjectKey(String(decoding: key, as: UTF8.self)) else { continue }
      if page.entries.count == limit {
        page.more = true
        return false
      }
      do {
        page.entries.append((key, try folder.status(of: name).size))
      } catch {
        // Deleted meanwhile.
        if error.code != ENOENT { throw failure(error, path) }
      }
    }
    return true
  }

  /// The keys and folders (with a slash at the end) in a folder that may belong to the page, sorted.
  private func names(in folder: Descriptor, _ path: [UInt8]) throws(StoreError) -> [[UInt8]] {
    var found: [[UInt8]] = []
    do {
      unsafe try folder.names { name, kind in
        var full = path
        unsafe full.append(contentsOf: name)
        guard String(validating: full, as: UTF8.self) != nil, unsafe !Self.isOwn(name) else { return }
        var kind = kind
        if kind == nil {
          kind = unsafe try? folder.status(of: String(decoding: name, as: UTF8.self)).kind
        }
        if kind == .folder { full.append(UInt8(ascii: "/")) }
        if kind == .folder ? mayHoldKeys(full) : kind == .file && isWanted(full) { found.append(full) }
      }
    } catch {
      throw failure(error, path)
    }
    found.sort { $0.lexicographicallyPrecedes($1) }
    return found
  }

  private func isWanted(_ key: [UInt8]) -> Bool {
    key.starts(with: prefix) && (after.map { $0.lexicographicallyPrecedes(key) } ?? true)
  }

  private func mayHoldKeys(_ folder: [UInt8]) -> Bool {
    guard folder.starts(with: prefix) || prefix.starts(with: folder) else { return false }
    guard let after else { return true }
    return after.lexicographicallyPrecedes(folder) || after.starts(with: folder)
  }

  private static func isOwn(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    unsafe name.starts(with: OwnFiles.name.utf8)
  }

  private func open(_ name: String, in folder: Descriptor, _ path: [UInt8]) throws(StoreError) -> Descriptor?
  {
    do {
      return try folder.openFolder(name)
    } catch {
      // Deleted meanwhile, a file, or a link, which is not followed.
      if error.code == ENOENT || error.code == ENOTDIR || error.code == ELOOP { return nil }
      throw failure(error, path)
    }
  }

  private func failure(_ error: SystemError, _ path: [UInt8]) -> StoreError {
    let name = String(decoding: path, as: UTF8.self)
    return StoreError(error, key: name, path: "\(rootPath)/\(name)", doing: "list")
  }
}
