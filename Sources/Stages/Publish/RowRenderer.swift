import Basics
import Blocks
import Dedupe
import Records

/// Renders rows of published files from the dump.
struct RowRenderer: ~Copyable {
  private let side: Side
  private let patch: Patch
  private var cursor: PatchCursor
  private var parser: RecordParser
  /// What the rows of ``entry`` begin with.
  private var opening = ByteBuffer()
  private var entry = -1

  /// - Parameter naming: how columns are called.
  init(_ side: Side, patch: Patch, naming: [String: String] = [:]) {
    self.side = side
    self.patch = patch
    cursor = PatchCursor(patch)
    parser = RecordParser(
      format: side.reading.format, header: side.reading.header, key: side.reading.key, renamed: naming)
  }

  /// The columns of some spans' records by the source's names.
  mutating func columns(of spans: Range<Int>, to columns: inout ColumnSet) throws(Failure) {
    try side.forEachTaken(in: spans, &cursor, &parser) { (_, parser) throws(Failure) in
      columns.add(parser.fields())
    }
  }

  /// Appends the rows of a span, each with the time since which it stands.
  mutating func appendRows(of span: Int, to out: inout ByteBuffer) throws(Failure) {
    try side.forEachTaken(in: span..<span + 1, &cursor, &parser) { (since, parser) throws(Failure) in
      if since != entry {
        let times = try patch.times(of: since)
        opening.truncate()
        opening.append(rowOpening(times))
        entry = since
      }
      unsafe out.append(opening.bytes)
      parser.appendMembers(to: &out)
      out.append("}\n")
    }
  }

  /// Appends the records of a span without anything added; returns how many.
  mutating func appendRecords(of span: Int, to out: inout ByteBuffer) throws(Failure) -> Int {
    var rows = 0
    try side.forEachTaken(in: span..<span + 1, &cursor, &parser) { (_, parser) throws(Failure) in
      out.append("{")
      parser.appendMembers(to: &out)
      out.append("}\n")
      rows += 1
    }
    return rows
  }
}

/// What a row begins with.
func rowOpening(_ times: (validFrom: Instant, recordedAt: Instant)) -> String {
  "{\"valid_from\":\"\(times.validFrom)\",\"valid_to\":null,\"recorded_at\":\"\(times.recordedAt)\","
}

extension Patch {
  /// How many rows some records make, and how many bytes of these are not the records' own.
  func tally(_ records: Range<Int>) throws(Failure) -> (rows: Int, added: Int) {
    var cursor = PatchCursor(self)
    var (rows, added) = (0, 0)
    var (entry, length) = (-1, 0)
    var ordinal = records.lowerBound
    while ordinal < records.upperBound {
      let (tag, count) = cursor.tag(at: ordinal)
      let stop = min(records.upperBound, ordinal + count)
      if let since = tag.entry {
        if since != entry { (entry, length) = (since, rowOpening(try times(of: since)).utf8.count) }
        rows += stop - ordinal
        added += (stop - ordinal) * (length - 1)
      }
      ordinal = stop
    }
    return (rows, added)
  }
}
