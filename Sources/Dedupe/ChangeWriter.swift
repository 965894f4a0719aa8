public import Basics
import Blocks
public import Records

/// Writes changes as JSON Lines: `op`, `key`, and what was before and after; where there was a version before,
/// also since when it stood (`valid_from`) and when that was known (`recorded_at`).
public struct ChangeWriter: ~Copyable {
  private var old: RecordFetcher?
  private var new: RecordFetcher
  private let patch: Patch?
  private var cursor: PatchCursor?
  private let newestRecordedAt: Instant?
  /// Since when versions of ``entry`` stood, as a line says it.
  private var times = ByteBuffer()
  private var entry = -1

  /// - Parameters:
  ///   - newestRecordedAt: when the newest entry of the earlier state was recorded.
  ///   - showsTimes: whether to write since when the version before stood.
  public init(before: Side?, after: Side, newestRecordedAt: Instant?, showsTimes: Bool = true) {
    old = before.map { RecordFetcher($0) }
    new = RecordFetcher(after)
    patch = showsTimes ? before?.patch : nil
    cursor = before?.patch.map { PatchCursor($0) }
    self.newestRecordedAt = newestRecordedAt
  }

  /// Appends one line.
  public mutating func append(_ change: Change, to out: inout ByteBuffer) throws(Failure) {
    if let before = change.before { noteTimes(of: before) }
    switch change.operation {
    case .insert: out.append("{\"op\":\"insert\",\"key\":")
    case .update: out.append("{\"op\":\"update\",\"key\":")
    case .delete: out.append("{\"op\":\"delete\",\"key\":")
    }
    // A record is read and parsed once, whatever is written of it.
    if let ordinal = change.after {
      try unsafe new.withRecord(ordinal) { (_, parser, _) throws(Failure) in
        parser.appendKeyJSON(to: &out)
        if let before = change.before { try Self.appendBefore(before, &old, withKey: false, times, to: &out) }
        out.append(",\"after\":{")
        parser.appendMembers(to: &out)
        out.append("}")
      }
    } else if let before = change.before {
      try Self.appendBefore(before, &old, withKey: true, times, to: &out)
    }
    out.append("}\n")
  }

  private static func appendBefore(
    _ ordinal: Int, _ old: inout RecordFetcher?, withKey: Bool, _ times: borrowing ByteBuffer,
    to out: inout ByteBuffer
  ) throws(Failure) {
    try unsafe old?.withRecord(ordinal) { (_, parser, _) throws(Failure) in
      if withKey { parser.appendKeyJSON(to: &out) }
      unsafe out.append(times.bytes)
      out.append(",\"before\":{")
      parser.appendMembers(to: &out)
      out.append("}")
    }
  }

  private mutating func noteTimes(of ordinal: Int) {
    guard let since = cursor?.tag(at: ordinal).tag.entry, let birth = patch?.birth(since) else {
      entry = -1
      return times.truncate()
    }
    if since == entry { return }
    entry = since
    times.truncate()
    times.append(",\"valid_from\":\"\(birth.validFrom)\"")
    if let recorded = birth.recordedAt ?? newestRecordedAt {
      times.append(",\"recorded_at\":\"\(recorded)\"")
    }
  }
}

/// Writes what went to quarantine as JSON Lines: reason, message, where it stands, and its bytes.
public struct RejectWriter: ~Copyable {
  /// Of a longer record only so many bytes are copied; the dump has all of them.
  private static let shown = 64 << 10
  private var fetcher: RecordFetcher
  private let isDocument: Bool

  /// Of a dump's records.
  public init(_ side: Side) {
    fetcher = RecordFetcher(side)
    if case .json = side.reading.format { isDocument = true } else { isDocument = false }
  }

  /// In which line of the dump a record begins, counted from 1, and why it was not taken.
  /// - Parameter isExplained: whether the source, where it cannot give a record, says why in its place. Of other sources'
  ///   records nothing is told: messages go where records must not.
  public mutating func words(
    for reject: Reject, isExplained: Bool
  ) throws(Failure) -> (line: Int, message: String, reason: BadRecord.Reason) {
    let place = try fetcher.place(of: reject.ordinal)
    var words = (line: place.line + 1, message: "", reason: BadRecord.Reason.blankKey)
    let isDocument = isDocument
    try unsafe fetcher.withRecord(reject.ordinal) { (bytes, _, outcome) throws(Failure) in
      words.line += unsafe Self.space(isDocument, before: bytes).count { $0 == 10 }
      let why = Self.why(reject, outcome)
      (words.message, words.reason) = (why.message, why.reason)
      if isExplained, why.reason == .notAnObject { words.message += unsafe ": \(Self.beginning(of: bytes))" }
    }
    return words
  }

  /// A document's record has the white space before it, which is not where a person looks for it.
  private static func space(_ isDocument: Bool, before bytes: UnsafeRawBufferPointer) -> Slice<
    UnsafeRawBufferPointer
  > {
    isDocument ? unsafe bytes.prefix { [9, 10, 13, 32].contains($0) } : unsafe bytes.prefix(0)
  }

  /// Appends one line; `record` and `line` are counted from 1, `offset` from 0.
  public mutating func append(_ reject: Reject, to out: inout ByteBuffer) throws(Failure) {
    let place = try fetcher.place(of: reject.ordinal)
    let length = fetcher.oversizedLength(of: reject.ordinal)
    let isDocument = isDocument
    try unsafe fetcher.withRecord(reject.ordinal) { (bytes, _, outcome) throws(Failure) in
      let why = Self.why(reject, outcome)
      out.append("{\"reason\":\"\(why.reason.rawValue)\",\"message\":")
      appendJSONString(why.message, to: &out)
      let space = unsafe Self.space(isDocument, before: bytes)
      let line = unsafe place.line + space.count { $0 == 10 }
      let offset = unsafe place.offset + space.count
      let bytes = unsafe UnsafeRawBufferPointer(rebasing: bytes[space.endIndex...])
      out.append(",\"record\":\(reject.ordinal + 1),\"line\":\(line + 1),\"offset\":\(offset)")
      out.append(",\"length\":\(length.map { unsafe $0 - space.count } ?? bytes.count)")
      let shown = unsafe UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.shown))
      if let text = unsafe String(validating: shown, as: UTF8.self) {
        out.append(",\"bytes\":")
        appendJSONString(text, to: &out)
      } else {
        out.append(",\"bytes_hex\":\"")
        out.append(unsafe hex(shown))
        out.append("\"")
      }
    }
    out.append("}\n")
  }

  /// The beginning of a record, in one line.
  private static func beginning(of bytes: UnsafeRawBufferPointer) -> String {
    let shown = unsafe UnsafeRawBufferPointer(rebasing: bytes.prefix(200))
    let text = unsafe String(decoding: shown, as: UTF8.self)
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { $0.value >= 32 && !(0x7F...0x9F).contains($0.value) }))
  }

  private static func why(_ reject: Reject, _ outcome: RecordParser.Outcome) -> BadRecord {
    if let winner = reject.winner {
      return BadRecord(
        .duplicateKey,
        "another record has the same key and another content and was taken: record \(winner + 1) of the dump")
    }
    if case .bad(let why) = outcome { return why }
    return BadRecord(.blankKey, "the record cannot be taken")
  }
}
