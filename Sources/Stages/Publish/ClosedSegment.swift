import Basics
import Dedupe
import History
import Records

/// The versions that one run closed: written once, from its change set.
struct ClosedSegment {
  let folder: FeedFolder
  let head: Head
  let naming: [String: String]

  /// Writes the segment; nil if the run closed nothing.
  func write(as path: String) throws(Failure) -> Pointer.Part? {
    guard let changes = head.changes, head.counts.updated + head.counts.deleted > 0 else { return nil }
    let object = try folder.create(path)
    var columns = ColumnSet()
    var rows = 0
    var row = RecordParser(format: .jsonLines, header: [], key: [], renamed: naming)
    var record = ByteBuffer()
    var out = ByteBuffer(capacity: 512 << 10)
    try ChangeLines(folder, changes).forEach { (line) throws(Failure) in
      guard let before = line.before else { return }
      guard let validFrom = line.validFrom, let recordedAt = line.recordedAt else {
        throw Failure(
          .badData, "\(changes.object) is damaged: a line does not say since when its record stood")
      }
      out.append(
        "{\"valid_from\":\"\(validFrom)\",\"valid_to\":\"\(head.validFrom)\",\"recorded_at\":\"\(recordedAt)\","
      )
      record.truncate()
      record.append(before)
      guard unsafe row.parse(record.bytes) == .record else {
        throw Failure(.badData, "\(changes.object) is damaged: a record is no JSON")
      }
      row.appendMembers(to: &out)
      out.append("}\n")
      columns.add(row.fields())
      rows += 1
      if out.count >= 256 << 10 {
        try unsafe object.write(out.bytes)
        out.truncate()
      }
    }
    try unsafe object.write(out.bytes)
    let ref = try object.commit()
    return Pointer.Part(
      uri: try folder.uri(path), object: path, rows: rows, bytes: ref.bytes, digest: nil,
      columns: columns.columns)
  }
}
