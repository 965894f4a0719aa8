import Basics
import Blocks
import Hashing
import Records

/// Parsing the spans that matter into entries.
extension ChangeFinder {
  private var blanks: Blanks { options.columns == .nonEmpty ? .dropped : .kept }

  /// The records that the earlier state took in spans that only it has.
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
    for segment in segments {
      try unsafe side.forEachRecord(in: segment.before) { (ordinal, bytes, _) throws(Failure) in
        guard cursor.tag(at: ordinal).tag.isTaken else { return }
        guard unsafe parser.parse(bytes) == .record else { return unreadable.append(UInt32(ordinal)) }
        guard parser.key.high % passes == pass else { return }
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

  /// The records in spans that only the later dump has; those that cannot be read go to quarantine.
  mutating func collectAfter(
    _ segments: [Alignment.Segment], pass: UInt64, of passes: UInt64, into entries: inout [Entry]
  ) throws(Failure) {
    var parser = EntryParser(after.parser(blanks: blanks, ignored: ignored), after.manifest.fingerprinter)
    var cursor = after.patch.map { PatchCursor($0) }
    var place = 0
    var rejects: [Reject] = []
    var fresh = decisions.fresh
    decisions.fresh = []
    for segment in segments {
      try unsafe after.forEachRecord(in: segment.after) { (ordinal, bytes, oversized) throws(Failure) in
        defer { place += 1 }
        if let taken = cursor?.tag(at: ordinal).tag.isTaken, !taken { return }
        switch oversized ? .bad(.tooLong) : unsafe parser.parse(bytes) {
        case .record:
          guard parser.key.high % passes == pass else { return }
          entries.append(
            Entry(
              key: parser.key, content: parser.content(), first: UInt32(place), second: UInt32(ordinal),
              origin: .after, wasTaken: false))
        case .blank:
          if cursor == nil { fresh[place] = Patch.Tag.blank.rawValue }
        case .bad:
          if pass == 0, cursor == nil { rejects.append(Reject(ordinal: UInt32(ordinal))) }
        }
      }
    }
    decisions.fresh = fresh
    findings.rejects += rejects
  }

  /// The records with one of the wanted keys in spans that both dumps have.
  mutating func collectKnown(_ wanted: Set<Fingerprint>, into entries: inout [Entry]) throws(Failure) {
    guard let before, let patch = before.patch else { return }
    var parser = EntryParser(
      before.parser(blanks: blanks, ignored: ignored), after.manifest.fingerprinter)
    var cursor = PatchCursor(patch)
    for segment in alignment.segments where segment.isSame {
      let shift = after.firstRecord[segment.after.lowerBound] - before.firstRecord[segment.before.lowerBound]
      try unsafe before.forEachRecord(in: segment.before) { (ordinal, bytes, oversized) throws(Failure) in
        if oversized { return }
        guard unsafe parser.parse(bytes) == .record, wanted.contains(parser.key) else { return }
        entries.append(
          Entry(
            key: parser.key, content: parser.content(), first: UInt32(ordinal),
            second: UInt32(ordinal + shift), origin: .known,
            wasTaken: cursor.tag(at: ordinal).tag.isTaken))
      }
    }
  }
}

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
