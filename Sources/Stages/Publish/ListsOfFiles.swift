import Basics
import Coordination
import History

/// Puts the lists of files right that stand beside a pointer, after a publisher was cut off.
///
/// Two publishers of one entry name different files, and the lists are replaced before the pointer. Where the lease changes
/// hands meanwhile, the lists may be those of one and the pointer the other's. Each entry has one pointer for
/// ever, so whoever holds the lease then makes the lists anew from it, whatever they say: a write that is still on
/// its way is refused after that.
struct ListsOfFiles {
  private static let attempts = 5

  let context: StageContext
  let lease: Lease

  /// Replaces them by those of the pointer. To be called when the newest entry is published.
  /// - Throws: ``Failure/Kind/tryAgain`` if the lease is somebody else's by now: that one does the same.
  func settle() throws(Failure) {
    for _ in 0..<Self.attempts {
      guard let pointer = try Pointer.read(context.folder)?.pointer else { return }
      let lists = Companions.lists(of: pointer).filter { pointer.versions?[$0.path] != nil }
      var versions: [String: String] = [:]
      for list in lists { versions[list.path] = try context.folder.versionIfPresent(list.path) }
      // Who takes the lease from here on looks at versions later, and replaces these again.
      try lease.check()
      if try replace(lists, versions) { return lease.noteWhole() }
    }
    throw Failure(.tryAgain, "the lists of files are being replaced by another publisher; try again later")
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
