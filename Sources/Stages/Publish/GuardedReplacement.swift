import Basics
import Coordination
import History
import ObjectStore

/// Replaces published objects so that an older publisher never undoes a newer one.
///
/// The pointer says of which versions all of them were, and it is read before the lock is taken. A newer publisher has
/// taken the lock later; so what it replaced is of another version by then, and the first attempt is refused. Then
/// versions are read, after them the head and the lock, and what is still of that version is replaced. A pointer is
/// only ever replaced by one of a newer entry.
struct GuardedReplacement {
  private static let attempts = 5

  private let context: StageContext
  /// The number of the entry that is being published.
  private let seq: Int
  private let lease: Lease
  /// Versions by path, as they are if nobody else publishes.
  private var versions: [String: String]

  init(context: StageContext, seq: Int, lease: Lease, known versions: [String: String]) {
    self.context = context
    self.seq = seq
    self.lease = lease
    self.versions = versions
  }

  /// Replaces small objects, one after the other, and in the end the pointer, which names their versions.
  /// - Returns: false if another publisher's pointer of this entry is there.
  mutating func put(
    _ files: [(path: String, bytes: [UInt8])], _ encode: (_ versions: [String: String]) -> [UInt8]
  ) throws(Failure) -> Bool {
    for attempt in 0..<Self.attempts {
      if attempt > 0 {
        for path in files.map(\.path) { versions[path] = try context.folder.versionIfPresent(path) }
        let there = try Pointer.read(context.folder)
        try checkTurn()
        if let there, there.pointer.seq >= seq { return false }
        versions[Pointer.path] = there?.version
      }
      if try replaceAll(files), try replace(Pointer.path, encode(versions.filter { $0.key != Pointer.path }))
      {
        return true
      }
    }
    throw lost(Pointer.path)
  }

  private mutating func replaceAll(_ files: [(path: String, bytes: [UInt8])]) throws(Failure) -> Bool {
    for file in files where try !replace(file.path, file.bytes) { return false }
    return true
  }

  private mutating func replace(_ path: String, _ bytes: [UInt8]) throws(Failure) -> Bool {
    // Who was taken for dead leaves everything as it is; this asks for nothing but after half of the lease.
    try lease.confirm()
    guard let written = try context.folder.replace(path, bytes, ifVersion: versions[path]) else {
      return false
    }
    versions[path] = written.version
    return true
  }

  /// Begins an object that is written beside others: see ``end(_:)``.
  func begin(_ path: String) throws(Failure) -> FeedObjectWriter {
    try context.folder.create(path, replacing: versions[path])
  }

  /// Ends it, if nobody else replaced it.
  /// - Returns: false if somebody did, or nobody knows whether it took place: then it is to be written anew.
  mutating func end(_ object: FeedObjectWriter) throws(Failure) -> Bool {
    try lease.confirm()
    do {
      guard let version = try object.replace() else { return false }
      versions[object.path] = version
      return true
    } catch {
      if error.kind != .tryAgain { throw error }
      return false
    }
  }

  /// Replaces an object bit by bit.
  /// - Parameter write: writes the object and says how many rows it has; nil: it is not to be replaced by this.
  /// - Returns: nil if `write` did.
  mutating func stream(
    _ path: String, _ write: (FeedObjectWriter) throws(Failure) -> Int?
  ) throws(Failure) -> (rows: Int, bytes: Int)? {
    for attempt in 0..<Self.attempts {
      if attempt > 0 {
        versions[path] = try context.folder.versionIfPresent(path)
        try checkTurn()
      }
      let object = try context.folder.create(path, replacing: versions[path])
      guard let rows = try write(object) else { return nil }
      try lease.confirm()
      do {
        // After an answer that was lost the same is written once more: that does no harm.
        if let version = try object.replace() {
          versions[path] = version
          return (rows, object.count)
        }
      } catch {
        if error.kind != .tryAgain { throw error }
        // The first time nothing was looked at yet.
        if attempt > 0 { throw lost(path) }
      }
    }
    throw Failure(.unavailable, "whether \(path) was replaced, the store does not tell; try again later")
  }

  /// The pointer is to know no version of an object any more.
  mutating func forget(_ path: String) { versions[path] = nil }

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
