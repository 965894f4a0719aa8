public import Basics

/// What takes the timeline back to how an earlier entry left it.
///
/// Nothing is removed: new entries are valid from the first undone instant on, so they cover what was recorded before.
/// The first one has the state that was true before that instant, if there was one. After it come, if the target itself
/// had been taken back, the entries that were in force then.
public struct Rewinding: Sendable {
  /// What is taken back, the newest first: entries of runs that are in force now.
  public var undone: [Head]
  /// From when on.
  public var since: Instant
  /// The entry whose state was true before that; nil if it is where history begins.
  public var ground: Head?
  /// What is put back, the oldest first.
  public var again: [Head]
}

extension Timeline {
  /// What takes the timeline from its newest entry back to how it was when the entry `target` was recorded.
  /// - Returns: nil if it is the newest.
  /// - Throws: ``Failure/Kind/badData`` if an entry is damaged.
  public func rewinding(from newest: Head, to target: Int) throws(Failure) -> Rewinding? {
    guard target < newest.seq else { return nil }
    var force = Force()
    var since = newest.validFrom
    var undone: [Head] = []
    var entry = newest
    while entry.seq > target {
      since = min(since, entry.validFrom)
      if force.includes(entry) { undone.append(entry) }
      entry = try before(entry)
    }
    // Whatever of it is in force is valid earlier than what comes after.
    force = Force()
    var again: [Head] = []
    var ground: Head?
    while ground == nil {
      if force.includes(entry) {
        if entry.validFrom < since { ground = entry } else { again.append(entry) }
      }
      guard let ref = entry.ancestors.first else { break }
      entry = try read(ref)
    }
    return Rewinding(undone: undone, since: since, ground: ground, again: again.reversed())
  }

  /// The entries that are in force, the newest first, down to the one that `isEnough` of.
  public func inForce(
    from newest: Head, until isEnough: (Head) throws(Failure) -> Bool = { (_) throws(Failure) in false }
  ) throws(Failure) -> [Head] {
    var force = Force()
    var entries: [Head] = []
    var entry = newest
    while true {
      if force.includes(entry) {
        entries.append(entry)
        if try isEnough(entry) { return entries }
      }
      guard let ref = entry.ancestors.first else { return entries }
      entry = try read(ref)
    }
  }

  private func before(_ entry: Head) throws(Failure) -> Head {
    guard let ref = entry.ancestors.first else {
      throw Failure(.badData, "\(entry.object) is damaged: no entry comes before it")
    }
    return try read(ref)
  }
}

/// Which entries are in force, asked from the newest back: those that no later one covers. An entry that takes others
/// back is none itself, for it says nothing that the one before did not.
public struct Force {
  private var least: Instant?

  /// Nothing was asked yet.
  public init() {}

  /// Whether the next older entry is in force.
  public mutating func includes(_ entry: Head) -> Bool {
    if let least, entry.validFrom >= least { return false }
    least = entry.validFrom
    return !entry.takesBack
  }
}
