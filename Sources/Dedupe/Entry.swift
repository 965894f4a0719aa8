import Basics
import Hashing

/// A record as far as matching needs it: 48 bytes.
struct Entry {
  enum Origin: UInt8 {
    /// Only the earlier dump has it.
    case before
    /// Both have it, byte for byte; or there is no earlier dump, and it was taken as if its key came once.
    case known
    /// Only the later dump has it.
    case after
  }

  var key: Fingerprint
  var content: Fingerprint
  /// Number in the earlier dump; for `.after`, position among the records of changed spans.
  var first: UInt32
  /// Number in the later dump; unused for `.before`.
  var second: UInt32
  var origin: Origin
  /// Whether the earlier state took it.
  var wasTaken: Bool

  /// By key; within a key what is only in the earlier dump, then in the order of the later dump.
  static func precedes(_ a: Entry, _ b: Entry) -> Bool {
    if a.key != b.key { return a.key < b.key }
    if (a.origin == .before) != (b.origin == .before) { return a.origin == .before }
    return a.origin == .before ? a.first < b.first : a.second < b.second
  }
}

/// Decisions on records of the later dump that are not to be copied from the earlier patch.
struct Decisions {
  /// On each record of changed spans, in dump order, where all of them were decided on before.
  var fresh: [UInt32]
  /// On records that both dumps have: number in the later dump.
  var known: [(ordinal: Int, tag: UInt32)] = []
  /// Keys that several records have now.
  var contested: [Fingerprint] = []
}
