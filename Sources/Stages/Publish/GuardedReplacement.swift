import Basics
import Coordination
import History
import ObjectStore

/// Replaces published objects so that an older publisher never undoes a newer one: it reads the object's version,
/// then the head and the lock, then replaces if the version is still that.
struct GuardedReplacement {
  private static let attempts = 5

  let context: StageContext
  /// The number of the entry that is being published.
  let seq: Int
  let lease: Lease

  /// Replaces small objects, one after the other; those that have these bytes already are left as they are.
  func put(_ files: [(path: String, bytes: [UInt8])]) throws(Failure) {
    var path = ""
    attempts: for _ in 0..<Self.attempts {
      var versions: [String?] = []
      var isThere: [Bool] = []
      for file in files {
        let there = try context.folder.getIfPresent(file.path)
        versions.append(there?.info.version)
        isThere.append(there?.bytes == file.bytes)
      }
      try checkTurn()
      for (index, file) in files.enumerated() where !isThere[index] {
        path = file.path
        guard try context.folder.replace(path, file.bytes, ifVersion: versions[index]) != nil else {
          continue attempts
        }
      }
      return
    }
    throw lost(path)
  }

  /// Replaces an object bit by bit.
  /// - Parameter write: writes the object and says how many rows it has; nil: it is not to be replaced by this.
  /// - Returns: nil if `write` did.
  func stream(
    _ path: String, _ write: (FeedObjectWriter) throws(Failure) -> Int?
  ) throws(Failure) -> (rows: Int, bytes: Int)? {
    for _ in 0..<Self.attempts {
      let version = try context.folder.versionIfPresent(path)
      try checkTurn()
      let object = try context.folder.create(path, replacing: version)
      guard let rows = try write(object) else { return nil }
      do {
        // After an answer that was lost the same is written once more: that does no harm.
        if try object.replace() { return (rows, object.count) }
      } catch {
        throw error.kind == .tryAgain ? lost(path) : error
      }
    }
    throw Failure(.unavailable, "whether \(path) was replaced, the store does not tell; try again later")
  }

  /// Removes an object that the pointer does not name any more.
  func remove(_ path: String) throws(Failure) {
    guard let version = try context.folder.versionIfPresent(path) else { return }
    try checkTurn()
    try context.folder.delete(path, ifVersion: version)
  }

  private func checkTurn() throws(Failure) {
    guard let head = try context.timeline.newest()?.head, head.seq == seq else {
      throw Failure(.tryAgain, "a newer entry was recorded while entry \(seq) was being published")
    }
    // Two publishers of one entry name different files: the one that came later wins.
    try lease.check()
  }

  private func lost(_ path: String) -> Failure {
    Failure(.tryAgain, "\(path) is being replaced by another publisher; try again later")
  }
}
