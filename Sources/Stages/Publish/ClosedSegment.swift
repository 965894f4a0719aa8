import Basics
import Dedupe
import History
import Records

/// The versions that one run closed: written once, from its change set.
struct ClosedSegment {
  let folder: FeedFolder
  let head: Head
  /// The columns of what was closed, if it was CSV; empty: records name theirs themselves.
  let header: [String]
  let naming: [String: String]

  /// Writes the segment; nil if the run closed nothing.
  func write(as path: String) throws(Failure) -> Pointer.Part? {
    guard let changes = head.changes, head.counts.updated + head.counts.deleted > 0 else { return nil }
    let object = try folder.create(path)
    var columns = ColumnSet()
    for name in header { columns.add(naming[name] ?? name, source: nil, isString: true) }
    let isCopied = !header.isEmpty && !header.contains { naming[$0] != nil }
    var rows = 0
    var row = RecordParser(format: .jsonLines, header: [], key: [], renamed: naming)
    var out = ByteBuffer(capacity: 512 << 10)
    var middle = ByteBuffer()
    middle.append("\",\"valid_to\":\"\(head.validFrom)\",\"recorded_at\":\"")
    try unsafe ChangeLines(folder, changes).forEachClosed { (line, closed) throws(Failure) in
      out.append("{\"valid_from\":\"")
      unsafe out.append(UnsafeRawBufferPointer(rebasing: line[closed.validFrom]))
      unsafe out.append(middle.bytes)
      unsafe out.append(UnsafeRawBufferPointer(rebasing: line[closed.recordedAt]))
      out.append("\",")
      let record = unsafe UnsafeRawBufferPointer(rebasing: line[closed.record])
      if isCopied {
        // The members as they are, and the brace that ends them.
        unsafe out.append(UnsafeRawBufferPointer(rebasing: record[1...]))
        out.append("\n")
      } else {
        guard unsafe row.parse(record) == .record else {
          throw Failure(.badData, "\(changes.object) is damaged: a record is no JSON")
        }
        row.appendMembers(to: &out)
        out.append("}\n")
        if header.isEmpty { columns.add(row.fields()) }
      }
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
      columns: columns.columns, validTo: head.validFrom, sha256: ref.sha256)
  }
}
