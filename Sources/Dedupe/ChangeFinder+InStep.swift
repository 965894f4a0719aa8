import Basics
import Blocks
import Hashing
import Records

extension ChangeFinder {
  /// Whether a key that comes once in the later dump can be settled when it is met: not if another key was meant
  /// before, because then one key may have been taken twice.
  var canWalkInStep: Bool {
    guard let before, !isComparable, !after.reading.key.isEmpty else { return false }
    return before.reading.key == after.reading.key && before.reading.format == after.reading.format
      && before.reading.hasKeyColumns && after.reading.hasKeyColumns
  }

  /// Settles the records that come in about the same order.
  mutating func walkInStep() throws(Failure) {
    guard let before else { return }
    let decides = after.patch == nil
    var repeated = ShortKeys([])
    if decides {
      let shorts = try readShorts(before)
      repeated = Self.repeated(shorts)
      findings.keys = gatherer.gathered(shorts, after)
    }
    let fingerprinter = after.manifest.fingerprinter
    var walk = InStep(
      .init(
        before, before.parser(blanks: blanks, ignored: ignored), fingerprinter, most: options.recordsWaiting),
      .init(
        after, after.parser(blanks: blanks, ignored: ignored), fingerprinter, most: options.recordsWaiting),
      repeated: repeated, most: options.recordsWaiting)
    var changes = Changes()
    swap(&changes, &findings.changes)
    var decisions = Decisions(fresh: [])
    swap(&decisions, &self.decisions)
    var (patch, rejects, births) = (Patch(), [Reject](), self.births)
    let provisional = Patch.Tag.since(options.entry)
    let carries = self.carries
    // Since when a record stands that was matched.
    func tag(_ match: InStep.Match) -> Patch.Tag {
      if match.isSame { return births?.tag(at: Int(match.before)).tag ?? provisional }
      changes.append(Change(beforeOrdinal: match.before, afterOrdinal: match.after))
      return provisional
    }
    try walk.walk { match in
      let tag = tag(match)
      if carries, match.isSame { decisions.fresh[Int(match.after)] = tag.rawValue }
      if decides, tag != provisional { decisions.known.append((Int(match.after), tag.rawValue)) }
    } next: { ordinal, found in
      switch found {
      case .matched(let match):
        let tag = tag(match)
        if carries, match.isSame { decisions.fresh[ordinal] = tag.rawValue }
        if decides { patch.append(tag) }
      case .waiting: if decides { patch.append(provisional) }
      case .blank: if decides { patch.append(.blank) }
      case .bad:
        guard decides else { return }
        patch.append(.bad)
        rejects.append(Reject(ordinal: UInt32(ordinal)))
      }
    }
    if decides {
      patch.append(provisional, count: after.recordCount - walk.new.read)
      first = patch
    }
    self.decisions = decisions
    findings.changes = changes
    findings.rejects += rejects
    pairing = Pairing(before: walk.old.settled, after: walk.new.settled)
  }

  /// The short keys of the later dump's records, 0 where one has none: those that are known, the others parsed.
  private func readShorts(_ before: Side) throws(Failure) -> [UInt32] {
    var parser = EntryParser(after.parser(blanks: blanks, ignored: ignored), after.manifest.fingerprinter)
    var shorts = [UInt32](repeating: 0, count: after.recordCount)
    let source = hasKeys ? before.keys : nil
    var known = ByteBuffer()
    for (index, span) in after.manifest.spans.enumerated() where span.kind == .block {
      let first = after.firstRecord[index]
      known.truncate()
      var isWhole = false
      if let source, try source.appendKeys(of: span, in: after.manifest, to: &known) {
        isWhole = true
        for number in 0..<Int(span.records) {
          let key = unsafe UInt32(
            littleEndian: known.bytes.loadUnaligned(fromByteOffset: number * 4, as: UInt32.self))
          shorts[first + number] = key
          if key == 0 { isWhole = false }
        }
      }
      if isWhole { continue }
      try unsafe after.forEachRecord(in: index..<index + 1) { (ordinal, bytes, _) throws(Failure) in
        guard shorts[ordinal] == 0, unsafe parser.parse(bytes) == .record else { return }
        shorts[ordinal] = parser.key.short
      }
    }
    return shorts
  }
}

extension Reading {
  /// Whether each key column is there; JSON records name theirs themselves.
  fileprivate var hasKeyColumns: Bool {
    if case .csv = format {
      return key.allSatisfy { name in header.contains { $0.utf8.elementsEqual(name.utf8) } }
    }
    return true
  }
}
