import Basics
import Blocks
import Hashing
import Records

/// Two dumps that are read differently, because a column came, went or was renamed: every record has to be parsed. They
/// mostly stand in the same order, so both are walked through in step, and a record whose counterpart comes soon is
/// settled at once. What is left then is matched in passes.
struct InStep: ~Copyable {
  /// One of the two dumps.
  struct Track: ~Copyable {
    let side: Side
    var parser: EntryParser
    var cursor: PatchCursor?
    var waiting: Waiting
    /// The records that are settled: they were matched, or are none.
    var settled: Bits
    /// The span that comes next.
    var span = 0
    /// The number after the record that was matched last.
    var matched = 0

    init(_ side: Side, _ parser: consuming RecordParser, _ fingerprinter: Fingerprinter, most: Int) {
      self.side = side
      self.parser = EntryParser(parser, fingerprinter)
      cursor = side.patch.map { PatchCursor($0) }
      waiting = Waiting(most: most)
      settled = Bits(side.recordCount)
    }

    var isAtEnd: Bool { span == side.manifest.spans.count }
    var read: Int { side.firstRecord[span] }
    /// How many records were read since the one that was matched last.
    var ahead: Int { read - matched }
    var left: Int { side.recordCount - read }
  }

  /// A match: the records' numbers, and whether they say the same.
  struct Match {
    var before: UInt32
    var after: UInt32
    var isSame: Bool
  }

  /// What was found of a record of the later dump.
  enum Found {
    case matched(Match)
    case waiting
    case blank
    case bad
  }

  /// The earlier dump is so many records ahead: then what comes in the later one finds its counterpart waiting.
  private static let lead = 256

  var old: Track
  var new: Track
  /// Keys that may come more than once in the later dump: they are left.
  private let repeated: ShortKeys
  private let most: Int

  init(_ old: consuming Track, _ new: consuming Track, repeated: ShortKeys, most: Int) {
    self.old = old
    self.new = new
    self.repeated = repeated
    self.most = most
  }

  /// Whether the two have so little in common, or in such an order, that walking on brings nothing.
  private var isVain: Bool { new.read > 4 * most && new.settled.count < new.read / 8 }

  /// Whether the earlier dump is to be read on next: where one is ahead, the other comes up with it. If neither finds
  /// anything, whatever was put in or taken out is where the longer one still is.
  private var readsOld: Bool {
    if new.isAtEnd || old.isAtEnd { return !old.isAtEnd }
    if min(old.ahead, new.ahead) >= most { return old.left > new.left }
    return old.ahead < Self.lead || old.ahead <= new.ahead
  }

  /// Walks to the end, or until it is in vain.
  /// - Parameters:
  ///   - late: is called with a match of a record that was told to be waiting.
  ///   - next: is called with each record of the later dump, in order, unless its patch leaves it out.
  mutating func walk(
    late: (Match) -> Void, next: (_ ordinal: Int, Found) -> Void
  ) throws(Failure) {
    while !isVain, !new.isAtEnd || (!old.isAtEnd && new.waiting.count > 0) {
      if readsOld { try readOld(late) } else { try readNew(next) }
    }
  }

  private mutating func readOld(_ late: (Match) -> Void) throws(Failure) {
    let side = old.side
    try unsafe side.forEachRecord(in: old.span..<old.span + 1) { (ordinal, bytes, _) throws(Failure) in
      if let isTaken = old.cursor?.tag(at: ordinal).tag.isTaken, !isTaken { return }
      guard unsafe old.parser.parse(bytes) == .record, !repeated.contains(old.parser.key.short) else {
        return
      }
      let (key, content) = (old.parser.key, old.parser.content())
      if let found = new.waiting.take(key) {
        late(match(UInt32(ordinal), found.ordinal, content == found.content))
      } else {
        old.waiting.add(key, content: content, ordinal: UInt32(ordinal))
      }
    }
    old.span += 1
  }

  private mutating func readNew(_ next: (_ ordinal: Int, Found) -> Void) throws(Failure) {
    let side = new.side
    try unsafe side.forEachRecord(in: new.span..<new.span + 1) {
      (ordinal, bytes, oversized) throws(Failure) in
      if let isTaken = new.cursor?.tag(at: ordinal).tag.isTaken, !isTaken { return }
      switch oversized ? .bad(.tooLong) : unsafe new.parser.parse(bytes) {
      case .blank:
        new.settled.set(ordinal)
        next(ordinal, .blank)
      case .bad:
        new.settled.set(ordinal)
        next(ordinal, .bad)
      case .record:
        let key = new.parser.key
        if repeated.contains(key.short) { return next(ordinal, .waiting) }
        let content = new.parser.content()
        if let found = old.waiting.take(key) {
          next(ordinal, .matched(match(found.ordinal, UInt32(ordinal), content == found.content)))
        } else {
          new.waiting.add(key, content: content, ordinal: UInt32(ordinal))
          next(ordinal, .waiting)
        }
      }
    }
    new.span += 1
  }

  private mutating func match(_ before: UInt32, _ after: UInt32, _ isSame: Bool) -> Match {
    old.settled.set(Int(before))
    new.settled.set(Int(after))
    old.matched = Int(before) + 1
    new.matched = Int(after) + 1
    return Match(before: before, after: after, isSame: isSame)
  }
}
