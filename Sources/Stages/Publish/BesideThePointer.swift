import Basics
import Coordination
import History

/// Puts right what stands beside a pointer, after a publisher was cut off.
///
/// Two publishers of one entry name different files, and the lists are replaced before the pointer. Where the lease changes
/// hands meanwhile, the lists may be those of one and the pointer the other's. Each entry has one pointer for
/// ever, so whoever holds the lease then makes the lists anew from it, whatever they say: a write that is still on
/// its way is refused after that. What the pointer does not name, because settings do not ask for it any more, goes:
/// whoever died between the pointer and the removal, or before its own pointer, left it.
struct BesideThePointer {
  private static let attempts = 5

  let context: StageContext
  let lease: Lease

  /// Makes them those of the pointer. To be called when the newest entry is published.
  /// - Throws: ``Failure/Kind/tryAgain`` if the lease is somebody else's by now: that one does the same.
  func settle() throws(Failure) {
    for _ in 0..<Self.attempts {
      guard let pointer = try Pointer.read(context.folder)?.pointer else { return }
      let lists = Companions.lists(of: pointer).filter { pointer.versions?[$0.path] != nil }
      var versions: [String: String] = [:]
      for list in lists { versions[list.path] = try context.folder.versionIfPresent(list.path) }
      // Who takes the lease from here on looks at versions later, and replaces these again.
      try lease.check()
      if try replace(lists, versions) { return try clear(pointer.unnamed) }
    }
    throw Failure(.tryAgain, "the lists of files are being replaced by another publisher; try again later")
  }

  /// Removes what the pointer does not name, and notes whether all is well now. If it may not, it says so: readers of the
  /// pointer do not wait for that, and the next run tries again.
  func clear(_ paths: [String]) throws(Failure) {
    var there: [(path: String, version: String)] = []
    for path in paths {
      if let version = try context.folder.versionIfPresent(path) { there.append((path, version)) }
    }
    if !there.isEmpty { try lease.check() }
    var isGone = true
    for (path, version) in there {
      do {
        if try !context.folder.delete(path, ifVersion: version) { isGone = false }
      } catch {
        guard error.kind == .settings else { throw error }
        context.log.warning("cannot remove \(path), which is not published any more: \(error.message)")
        isGone = false
      }
    }
    isGone ? lease.noteWhole() : lease.noteHalfDone()
  }

  /// - Returns: false if somebody else replaced one meanwhile.
  private func replace(
    _ lists: [(path: String, bytes: [UInt8])], _ versions: [String: String]
  ) throws(Failure) -> Bool {
    for list in lists {
      let written = try context.folder.replace(list.path, list.bytes, ifVersion: versions[list.path])
      if written == nil { return false }
    }
    return true
  }
}

extension Pointer {
  /// `current.jsonl`.
  static let currentPath = "published/current.jsonl"

  /// What may stand beside a pointer, but not beside this one: it would show another entry.
  var unnamed: [String] {
    let file = currentFile == nil ? [Self.currentPath] : []
    // A pointer without versions is of an older program, and says nothing of them.
    guard let versions else { return file }
    return file + Companions.forBigQuery.filter { versions[$0] == nil }
  }

  /// Whether an object that is replaced with the pointer stands beside this one.
  func hasBeside(_ path: String) -> Bool {
    versions?[path] != nil || currentFile?.object == path
  }
}
