public import Basics
import Blocks
import Hashing
import Records

/// Finds what changed between a state and a dump, and decides which of the dump's records are taken.
///
/// Only records that are in one dump and not in the other are parsed. Keys that are in such a record and may also be in
/// one that both have (a duplicate, or one that becomes the winner because the winner went) are looked for by short
/// keys. Matching sorts 48 bytes a record in passes of bounded size.
public struct ChangeFinder {
  /// How the two are compared.
  public struct Options: Sendable {
    /// A column that appears or goes.
    public var columns: ColumnRule = .nonEmpty
    /// The number of the timeline's entry that the later dump will be.
    public var entry = 1
    /// Since when the later dump is true at the source.
    public var validFrom = Instant(seconds: 0)
    /// How many records are matched at once: each takes 48 bytes, and half of that again while sorting.
    public var recordsPerPass = 300_000
    /// How many records of each dump may wait for their counterpart where both are walked through in step: each takes
    /// 44 bytes.
    public var recordsWaiting = 1 << 17
    /// From how many records on, in both dumps, hashes are read to find equal ones: below, parsing costs less.
    public var leastForHashes = 4096

    /// The defaults.
    public init() {}
  }

  let before: Side?
  let after: Side
  let options: Options
  let alignment: Alignment
  let ignored: Set<String>
  let isComparable: Bool
  /// Whether the earlier dump's short keys are those that its records have by the later one's reading.
  let hasKeys: Bool
  private var hasPairs = false
  var findings = Findings()
  var decisions = Decisions(fresh: [])
  /// Of a first dump that was looked over while it was read: what was found out.
  let look: FirstLook.Found?
  /// Of a first dump: what was decided as if no key came twice.
  var first: Patch?
  var births: PatchCursor?
  /// The changed spans' records that both dumps have.
  var pairing = Pairing(before: Bits(0), after: Bits(0))
  var gatherer: KeyGatherer
  /// Keys that several records of the earlier dump have and that were not looked at yet.
  var contested: Set<Fingerprint> = []
  /// Whether what is unchanged stands since when it did, although the later dump has a patch.
  private(set) var carries = false

  /// - Parameters:
  ///   - before: the state before, with its patch; nil if there is none.
  ///   - after: the dump; if it has a patch, that is taken as decided.
  ///   - look: what is known of all of its records already; only of a first dump.
  public init(before: Side?, after: Side, options: Options, look: FirstLook.Found? = nil) {
    precondition(before == nil || before?.patch != nil, "a state has a patch")
    self.before = before
    self.after = after
    self.options = options
    self.look = look
    births = before?.patch.map { PatchCursor($0) }
    let oldSpans = before?.manifest.spans ?? []
    let newSpans = after.manifest.spans
    let comparable =
      before.map {
        $0.reading == after.reading
          && $0.manifest.fingerprinter.isSame(as: after.manifest.fingerprinter)
      } ?? false
    var alignment = comparable ? Alignment(oldSpans, newSpans) : Alignment(unrelated: oldSpans, newSpans)
    if comparable, let before, let old = before.patch, let new = after.patch, before.fitsPatch,
      after.fitsPatch
    {
      var (oldCursor, newCursor) = (PatchCursor(old), PatchCursor(new))
      alignment.demote { oldSpan, newSpan in
        Self.differ(
          &oldCursor, from: before.firstRecord[oldSpan], &newCursor, from: after.firstRecord[newSpan],
          count: Int(newSpans[newSpan].records))
      }
    }
    self.alignment = alignment
    isComparable = comparable
    hasKeys =
      before?.keys?.keyReading == after.reading.keyReading(options.columns)
      && before?.manifest.fingerprinter.isSame(as: after.manifest.fingerprinter) == true
    gatherer = KeyGatherer(after.manifest, known: hasKeys ? before?.manifest.objects ?? [] : [])
    if options.columns == .none, let before {
      ignored = Set(before.reading.header).symmetricDifference(after.reading.header)
    } else {
      ignored = []
    }
  }

  /// Compares, and decides unless the later dump has a patch already.
  /// - Throws: ``Failure/Kind/badData`` if the store is damaged, or what reading it throws.
  public mutating func find() throws(Failure) -> Findings {
    for side in [before, after] {
      guard let side, !side.fitsPatch else { continue }
      throw Failure(
        .badData,
        "the store is damaged: a patch decides on \(side.patch?.recordCount ?? 0) records, its dump has "
          + "\(side.recordCount)")
    }
    if after.patch == nil, !ignored.isEmpty { return try findApart() }
    guard after.firstRecord.last ?? 0 < Int(UInt32.max) else {
      throw Failure(.badData, "a dump may have at most 4294967294 records; split the feed")
    }
    if before == nil, after.patch == nil { return try findFirst() }
    let changed = alignment.segments.filter { !$0.isSame }
    let fresh = changed.reduce(0) { $0 + Self.records(after, $1.after) }
    let gone = before.map { side in changed.reduce(0) { $0 + Self.records(side, $1.before) } } ?? 0
    if isComparable, let before {
      pairing = try Pairing(before, after, changed, leastForHashes: options.leastForHashes)
      pairing.partTakenOtherwise(before, after, changed)
      hasPairs = pairing.before.contains { $0 != Change.none }
    } else {
      pairing = Pairing(before: Bits(gone), after: Bits(fresh))
    }
    if isComparable, after.patch == nil { contested = Set(before?.patch?.contested ?? []) }
    if canWalkInStep { try walkInStep() }
    let left = pairing.left(before: gone, after: fresh)
    let passes = UInt64(max(1, (left + options.recordsPerPass - 1) / options.recordsPerPass))
    for pass in 0..<passes where left > 0 || isComparable { try match(changed, pass: pass, of: passes) }
    return try finish()
  }

  /// Puts together what was found.
  mutating func finish() throws(Failure) -> Findings {
    findings.changes.sort()
    findings.patch = carries ? assemblePatch() : after.patch ?? assemblePatch()
    findings.rejects.sort { $0.ordinal < $1.ordinal }
    if after.patch == nil, first == nil {
      try gatherPairedKeys()
      findings.keys = gatherer.gathered()
    }
    count()
    return findings
  }

  /// Where columns are left out: which of the dump's records are taken is decided by all of their columns, lest
  /// two that differ in a new one count as the same; only then the two are compared, by the columns that both have.
  private func findApart() throws(Failure) -> Findings {
    var own = ChangeFinder(before: nil, after: after, options: options)
    let decided = try own.find()
    var side = after
    side.patch = decided.patch
    var comparison = ChangeFinder(before: before, after: side, options: options)
    comparison.carries = true
    comparison.decisions.contested = decided.patch.contested
    comparison.decisions.fresh.reserveCapacity(after.recordCount)
    for run in decided.patch.runs {
      comparison.decisions.fresh += repeatElement(run.tag.rawValue, count: run.count)
    }
    comparison.findings.rejects = decided.rejects
    var findings = try comparison.find()
    findings.keys = decided.keys
    return findings
  }

  /// One pass: the keys whose fingerprint falls to it.
  private mutating func match(_ changed: [Alignment.Segment], pass: UInt64, of passes: UInt64) throws(Failure)
  {
    var entries: [Entry] = []
    try collectBefore(changed, pass: pass, of: passes, into: &entries)
    try collectAfter(changed, pass: pass, of: passes, into: &entries)
    entries.sort(by: Entry.precedes)
    if after.patch == nil, isComparable {
      let wanted = keysToLookUp(entries, pass: pass, of: passes)
      if !wanted.isEmpty {
        let count = entries.count
        try collectKnown(wanted, into: &entries)
        if entries.count > count { entries.sort(by: Entry.precedes) }
      }
    }
    settleAll(entries)
  }

  /// Settles key by key; the entries are in order.
  mutating func settleAll(_ entries: [Entry]) {
    var start = 0
    while start < entries.count {
      var end = start + 1
      while end < entries.count, entries[end].key == entries[start].key { end += 1 }
      settle(entries[start..<end])
      start = end
    }
  }

  /// Keys that may also stand in a record that both dumps have: those that are new, and those that several records
  /// had.
  private func keysToLookUp(_ entries: [Entry], pass: UInt64, of passes: UInt64) -> Set<Fingerprint> {
    var wanted: Set<Fingerprint> = []
    // Records that moved may have passed others of their key.
    if hasPairs { wanted = contested.filter { $0.high % passes == pass } }
    for (index, entry) in entries.enumerated() where index == 0 || entries[index - 1].key != entry.key {
      if entry.origin == .after || contested.contains(entry.key) { wanted.insert(entry.key) }
    }
    return wanted
  }

  private static func records(_ side: Side, _ spans: Range<Int>) -> Int {
    side.firstRecord[spans.upperBound] - side.firstRecord[spans.lowerBound]
  }

  /// Whether the two patches take different records of a span.
  private static func differ(
    _ a: inout PatchCursor, from first: Int, _ b: inout PatchCursor, from second: Int, count: Int
  ) -> Bool {
    var done = 0
    while done < count {
      let left = a.tag(at: first + done)
      let right = b.tag(at: second + done)
      if left.tag.isTaken != right.tag.isTaken { return true }
      done += min(left.count, right.count)
    }
    return false
  }
}
