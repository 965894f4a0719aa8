public import Blocks

/// What happened to one key between two states.
public struct Change: Sendable {
  /// Which of the three it was.
  public enum Operation: String, Sendable {
    case insert
    case update
    case delete
  }

  /// Stands where there is no record.
  static let none = UInt32.max

  var beforeOrdinal: UInt32
  var afterOrdinal: UInt32

  /// The number of the record in the earlier dump; nil for an insert.
  public var before: Int? { beforeOrdinal == Self.none ? nil : Int(beforeOrdinal) }
  /// The number of the record in the later dump; nil for a delete.
  public var after: Int? { afterOrdinal == Self.none ? nil : Int(afterOrdinal) }

  /// Which of the three it was.
  public var operation: Operation {
    if beforeOrdinal == Self.none { return .insert }
    return afterOrdinal == Self.none ? .delete : .update
  }

  /// In the later dump's order; what is gone comes last, in the earlier dump's order.
  static func precedes(_ a: Change, _ b: Change) -> Bool {
    a.afterOrdinal != b.afterOrdinal
      ? a.afterOrdinal < b.afterOrdinal : a.beforeOrdinal < b.beforeOrdinal
  }
}

/// A record that could not be taken, for the quarantine. Kept small: a sick dump has millions of them, and why
/// one cannot be read is found out again when it is written down.
public struct Reject: Sendable {
  var ordinalInDump: UInt32
  var winnerInDump: UInt32

  /// Its number in the dump.
  public var ordinal: Int { Int(ordinalInDump) }
  /// The number of the record with the same key that was taken; nil if this one cannot be read.
  public var winner: Int? { winnerInDump == Change.none ? nil : Int(winnerInDump) }

  init(ordinal: UInt32, winner: UInt32 = Change.none) {
    ordinalInDump = ordinal
    winnerInDump = winner
  }
}

/// What was found out about a dump in comparison with the state before it.
public struct Findings: Sendable {
  /// The changes, in the later dump's order. Empty on a first run, where everything is new: the state says it.
  public var changes = Changes()
  /// What was decided of each record of the later dump.
  public var patch = Patch()
  /// The records of the later dump that newly went to quarantine, in dump order.
  public var rejects: [Reject] = []
  /// The keys of records in objects that are new, for the next run's ``KeySource``.
  public var keys: [ObjectKeys] = []
  /// Numbers for people and for the brakes.
  public var counts = Counts()
}

/// Numbers of a run.
public struct Counts: Codable, Hashable, Sendable {
  /// Records of the dump, blank lines left out.
  public var records = 0
  /// Records of the set: one for each key.
  public var current = 0
  /// Records of the set before.
  public var before = 0
  /// Keys that are new.
  public var inserted = 0
  /// Keys whose record has another content.
  public var updated = 0
  /// Keys that are gone.
  public var deleted = 0
  /// Records that could not be read.
  public var bad = 0
  /// Records left out because another has the same key and content.
  public var duplicates = 0
  /// Records left out because another has the same key and another content.
  public var conflicts = 0

  /// All zero.
  public init() {}
}
