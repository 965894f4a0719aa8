public import Basics

/// What takes the timeline back to how an earlier entry left it.
///
/// Nothing is removed: new entries are valid from the first undone instant on, so they cover what was recorded before.
/// The first one has the state that was true before that instant. After it come, if the target itself had been taken
/// back, the entries that were in force then.
public struct Rewinding: Sendable {
  /// What is taken back, the newest first: entries of runs that are in force now.
  public var undone: [Head]
  /// From when on.
  public var since: Instant
  /// The entry whose state was true before that.
  public var ground: Head
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
    while entry.validFrom >= since || entry.takesBack {
      if force.includes(entry) { again.append(entry) }
      entry = try before(entry)
    }
    while !force.includes(entry) { entry = try before(entry) }
    return Rewinding(undone: undone, since: since, ground: entry, again: again.reversed())
  }

  private func before(_ entry: Head) throws(Failure) -> Head {
    guard let ref = entry.ancestors.first else {
      throw Failure(.badData, "\(entry.object) is damaged: it takes back the first entry of all")
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
