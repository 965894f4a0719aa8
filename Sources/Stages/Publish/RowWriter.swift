import Basics
import Blocks
import Dedupe
import History
import Records

/// Writes rows of published files.
struct RowWriter {
  private static let chunk = 512 << 10

  let folder: FeedFolder
  let side: Side
  let patch: Patch
  var naming: [String: String]

  /// The columns of the current set by the source's names: CSV's header says them, JSON records have to be looked at.
  func columns() throws(Failure) -> ColumnSet {
    var seen = ColumnSet()
    for column in side.reading.header { seen.add(column, source: nil, isString: true) }
    if !side.reading.header.isEmpty { return seen }
    _ = try unsafe write(side.manifest.spans.indices, { (_) throws(Failure) in }) {
      (_, parser, _) throws(Failure) in
      seen.add(parser.fields())
      return true
    }
    return seen
  }

  /// Writes the rows of some spans, each with the time since which it stands.
  func writePart(_ spans: Range<Int>, as path: String) throws(Failure) -> Pointer.Part {
    let object = try folder.create(path)
    var (written, added) = (0, 0)
    var prefixes: [Int: [UInt8]] = [:]
    var cursor = PatchCursor(patch)
    let rows = try unsafe write(
      spans,
      { (bytes) throws(Failure) in
        try unsafe object.write(bytes)
        written += bytes.count
      }
    ) { (ordinal, parser, out) throws(Failure) in
      guard let entry = cursor.tag(at: ordinal).tag.entry else { return false }
      if prefixes[entry] == nil {
        guard let birth = patch.birth(entry), let recorded = birth.recordedAt else {
          throw Failure(.badData, "the patch does not say when entry \(entry) began")
        }
        prefixes[entry] = Array(
          "{\"valid_from\":\"\(birth.validFrom)\",\"valid_to\":null,\"recorded_at\":\"\(recorded)\",".utf8)
      }
      let prefix = prefixes[entry] ?? []
      added += prefix.count - 1
      out.append(prefix)
      parser.appendMembers(to: &out)
      out.append("}\n")
      return true
    }
    _ = try object.commit()
    return Pointer.Part(
      uri: try folder.uri(path), object: path, rows: rows, bytes: written, recordBytes: written - added,
      digest: nil, columns: nil)
  }

  /// Writes all records of the set without anything added.
  func writeRecords(to object: FeedObjectWriter) throws(Failure) -> Int {
    var cursor = PatchCursor(patch)
    return try unsafe write(
      side.manifest.spans.indices,
      { (bytes) throws(Failure) in
        try unsafe object.write(bytes)
      }
    ) { (ordinal, parser, out) throws(Failure) in
      guard cursor.tag(at: ordinal).tag.isTaken else { return false }
      out.append("{")
      parser.appendMembers(to: &out)
      out.append("}\n")
      return true
    }
  }

  private func write(
    _ spans: Range<Int>, _ flush: (UnsafeRawBufferPointer) throws(Failure) -> Void,
    _ append: (Int, inout RecordParser, inout ByteBuffer) throws(Failure) -> Bool
  ) throws(Failure) -> Int {
    var parser = RecordParser(
      format: side.reading.format, header: side.reading.header, key: side.reading.key, renamed: naming)
    var out = ByteBuffer(capacity: Self.chunk * 2)
    var taken = PatchCursor(patch)
    var rows = 0
    try unsafe side.forEachRecord(in: spans) { (ordinal, bytes, _) throws(Failure) in
      guard taken.tag(at: ordinal).tag.isTaken else { return }
      guard unsafe parser.parse(bytes) == .record else {
        throw Failure(.badData, "record \(ordinal + 1) was taken but cannot be read; the store is damaged")
      }
      if try append(ordinal, &parser, &out) { rows += 1 }
      if out.count >= Self.chunk {
        try unsafe flush(out.bytes)
        out.truncate()
      }
    }
    if out.count > 0 { try unsafe flush(out.bytes) }
    return rows
  }
}
