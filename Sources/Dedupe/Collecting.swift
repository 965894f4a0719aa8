import Basics
import Blocks
import Hashing
import Records

/// Parsing the records that matter into entries.
extension ChangeFinder {
  var blanks: Blanks { options.columns == .nonEmpty ? .dropped : .kept }

  /// The records that the earlier state took and the later dump does not have as they were.
  mutating func collectBefore(
    _ segments: [Alignment.Segment], pass: UInt64, of passes: UInt64, into entries: inout [Entry]
  ) throws(Failure) {
    guard let before, let patch = before.patch else { return }
    // The earlier dump's keys are read as the later dump's settings say, which matters when the key changed.
    var side = before
    side.reading.key = after.reading.key
    var parser = EntryParser(side.parser(blanks: blanks, ignored: ignored), after.manifest.fingerprinter)
    var cursor = PatchCursor(patch)
    var unreadable: [UInt32] = []
    let pairing = pairing
    for piece in Pieces(side, segments.map(\.before))
    where (piece.place..<piece.end).contains(where: { pairing.isLeft(before: $0) }) {
      try unsafe side.forEachRecord(in: piece.span..<piece.span + 1) { (ordinal, bytes, _) throws(Failure) in
        guard pairing.isLeft(before: piece.place + ordinal - piece.ordinal) else { return }
        guard cursor.tag(at: ordinal).tag.isTaken else { return }
        guard unsafe parser.parse(bytes) == .record else { return unreadable.append(UInt32(ordinal)) }
        guard parser.key.high % passes == pass else { return }
        if isComparable { unsafe side.changed.keep(ordinal, bytes) }
        entries.append(
          Entry(
            key: parser.key, content: parser.content(), first: UInt32(ordinal), second: 0,
            origin: .before, wasTaken: true))
      }
    }
    // Its key is blank as the later settings have it: it is gone.
    if pass > 0 { return }
    for ordinal in unreadable {
      findings.changes.append(Change(beforeOrdinal: ordinal, afterOrdinal: Change.none))
    }
  }

  /// The records that the earlier dump does not have as they are; those that cannot be read go to quarantine.
  mutating func collectAfter(
    _ segments: [Alignment.Segment], pass: UInt64, of passes: UInt64, into entries: inout [Entry]
  ) throws(Failure) {
    var parser = EntryParser(after.parser(blanks: blanks, ignored: ignored), after.manifest.fingerprinter)
    var cursor = after.patch.map { PatchCursor($0) }
    var rejects: [Reject] = []
    var others: [(ordinal: Int, tag: UInt32)] = []
    var gatherer = gatherer
    self.gatherer = KeyGatherer(after.manifest, known: after.manifest.objects)
    let pairing = pairing
    for piece in Pieces(after, segments.map(\.after))
    where (piece.place..<piece.end).contains(where: { pairing.isLeft(after: $0) }) {
      let span = after.manifest.spans[piece.span]
      try unsafe after.forEachRecord(in: piece.span..<piece.span + 1) {
        (ordinal, bytes, oversized) throws(Failure) in
        let place = piece.place + ordinal - piece.ordinal
        guard pairing.isLeft(after: place) else { return }
        if let taken = cursor?.tag(at: ordinal).tag.isTaken, !taken { return }
        switch oversized ? .bad(.tooLong) : unsafe parser.parse(bytes) {
        case .record:
          gatherer.note(parser.key.short, span, number: ordinal - piece.ordinal)
          guard parser.key.high % passes == pass else { return }
          if isComparable { unsafe after.changed.keep(ordinal, bytes) }
          entries.append(
            Entry(
              key: parser.key, content: parser.content(), first: UInt32(place), second: UInt32(ordinal),
              origin: .after, wasTaken: false))
        case .blank:
          if pass == 0, cursor == nil { others.append((ordinal, Patch.Tag.blank.rawValue)) }
        case .bad:
          guard pass == 0, cursor == nil else { return }
          others.append((ordinal, Patch.Tag.bad.rawValue))
          rejects.append(Reject(ordinal: UInt32(ordinal)))
        }
      }
    }
    decisions.known += others
    self.gatherer = gatherer
    findings.rejects += rejects
  }

  /// The records with one of the wanted keys among those that both dumps have.
  mutating func collectKnown(_ wanted: Set<Fingerprint>, into entries: inout [Entry]) throws(Failure) {
    guard let before, let patch = before.patch else { return }
    var parser = EntryParser(
      before.parser(blanks: blanks, ignored: ignored), after.manifest.fingerprinter)
    var cursor = PatchCursor(patch)
    var candidates = KeyCandidates(before, wanted, usesKeys: hasKeys)
    let first = entries.count
    var oldPlace = 0
    for segment in alignment.segments {
      let shift = after.firstRecord[segment.after.lowerBound] - before.firstRecord[segment.before.lowerBound]
      for index in segment.before {
        let ordinals = before.firstRecord[index]
        let start = oldPlace
        if !segment.isSame { oldPlace += before.firstRecord[index + 1] - ordinals }
        guard before.manifest.spans[index].kind == .block, try candidates.look(at: index) else { continue }
        try unsafe before.forEachRecord(in: index..<index + 1) { (ordinal, bytes, _) throws(Failure) in
          let number = ordinal - ordinals
          guard candidates.contains(number), segment.isSame || !pairing.isLeft(before: start + number),
            unsafe parser.parse(bytes) == .record, wanted.contains(parser.key)
          else { return }
          // Of a record that moved its number in the later dump is looked for below.
          let second = segment.isSame ? UInt32(ordinal + shift) : Change.none
          entries.append(
            Entry(
              key: parser.key, content: parser.content(), first: UInt32(ordinal), second: second,
              origin: .known, wasTaken: cursor.tag(at: ordinal).tag.isTaken))
        }
      }
    }
    let moved = Set(entries[first...].lazy.filter { $0.second == Change.none }.map(\.first))
    if moved.isEmpty { return }
    let pieces = Pieces(after, alignment.segments.filter { !$0.isSame }.map(\.after))
    let numbers = pairing.numbers(of: moved, in: pieces)
    for index in first..<entries.count where entries[index].second == Change.none {
      entries[index].second = numbers[entries[index].first] ?? Change.none
    }
  }
}

/// Which records of a span may have one of some keys.
private struct KeyCandidates {
  private let side: Side
  private let source: (any KeySource)?
  private let short: ShortKeys
  private var keys = ByteBufferBox()
  private var isKnown = false

  init(_ side: Side, _ wanted: Set<Fingerprint>, usesKeys: Bool) {
    self.side = side
    source = usesKeys ? side.keys : nil
    short = ShortKeys(wanted.lazy.map(\.short))
  }

  /// Whether any record of the span may.
  mutating func look(at index: Int) throws(Failure) -> Bool {
    let span = side.manifest.spans[index]
    keys.bytes.truncate()
    isKnown =
      span.kind == .block
      ? try source?.appendKeys(of: span, in: side.manifest, to: &keys.bytes) ?? false : false
    if !isKnown { return span.records > 0 }
    for number in 0..<Int(span.records) where contains(number) { return true }
    return false
  }

  /// Whether the record with this number in the span that was looked at may.
  @inline(__always)
  func contains(_ number: Int) -> Bool {
    if !isKnown { return true }
    let key = unsafe UInt32(
      littleEndian: keys.bytes.bytes.loadUnaligned(fromByteOffset: number * 4, as: UInt32.self))
    return key == 0 || short.contains(key)
  }
}

/// Bytes that a copyable value may hold.
private final class ByteBufferBox { var bytes = ByteBuffer() }

/// A record parser with the fingerprints of what it parsed.
struct EntryParser: ~Copyable {
  private var parser: RecordParser
  private let fingerprinter: Fingerprinter
  private var scratch = ByteBuffer(capacity: 1024)
  /// The key of the record that was parsed last.
  private(set) var key = Fingerprint(high: 0, low: 0)

  init(_ parser: consuming RecordParser, _ fingerprinter: Fingerprinter) {
    self.parser = parser
    self.fingerprinter = fingerprinter
  }

  mutating func parse(_ bytes: UnsafeRawBufferPointer) -> RecordParser.Outcome {
    let outcome = unsafe parser.parse(bytes)
    guard outcome == .record else { return outcome }
    scratch.truncate()
    _ = parser.appendKey(to: &scratch)
    key = unsafe fingerprinter.fingerprint(scratch.bytes)
    return .record
  }

  mutating func content() -> Fingerprint {
    scratch.truncate()
    parser.appendCanonical(to: &scratch)
    return unsafe fingerprinter.fingerprint(scratch.bytes)
  }
}

extension BadRecord {
  /// A record that fetch found too long; only its beginning is at hand.
  static let tooLong = BadRecord(
    .oversized, "the record is longer than \(DumpScanner.maxRecordBytes >> 20) MiB")
}
