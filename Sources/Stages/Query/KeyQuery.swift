public import Basics
import Blocks
import Dedupe
import FeedFile
import History
import Records

extension HistoryQuery {
  /// All versions of one record, the oldest first: `valid_from`, `valid_to`, `recorded_at`, then its columns.
  /// - Returns: what a person should be told who asked for none; nil if there is any.
  /// - Throws: ``Failure/Kind/usage`` if the key has another number of parts.
  @discardableResult public func versions(ofKey parts: [String], to sink: any RowSink) throws(Failure)
    -> String?
  {
    guard let newest = try context.timeline.newest()?.head else {
      return "feed \(context.folder.feed) has no records yet"
    }
    let key = try context.settings(newest.state.settings).key
    guard parts.count == max(1, key.count) else {
      throw Failure(
        .usage,
        "the key of feed \(newest.feed) has \(key.count) parts (\(key.joined(separator: ", "))), but \(parts.count)"
          + " were given: repeat --key for each")
    }
    let entries = try context.timeline.inForce(from: newest)
    var isKnown = false
    var open: (head: Head, record: String)?
    // Without key columns the whole record, in canonical form, is its key.
    let parts = key.isEmpty ? [try canonical(parts[0])] : parts
    let wanted = key.isEmpty ? parts[0] : keyText(parts)
    for entry in entries.reversed() {
      if entry.seq == entries.last?.seq {
        if let record = try find(parts, key: key, in: entry) { open = (entry, record) }
      } else if let changes = entry.changes {
        // Changes that were found under another key say that one.
        let isRekeyed = try context.settings(entry.state.settings).key != key
        var (closed, opened) = (false, String?.none)
        try ChangeLines(context.folder, changes).forEach { (line) throws(Failure) in
          if isRekeyed {
            closed = closed || line.before.map { has(parts, key, $0) } ?? false
            if let after = line.after, has(parts, key, after) { opened = after }
          } else if line.key == wanted {
            (closed, opened) = (true, line.after)
          }
        }
        guard closed || opened != nil else { continue }
        isKnown = true
        if let version = open { try emit(version, until: entry, to: sink) }
        open = opened.map { (entry, $0) }
      }
    }
    if let version = open { try emit(version, until: nil, to: sink) }
    if isKnown || open != nil { return nil }
    let columns = key.isEmpty ? "its whole record" : key.joined(separator: ", ")
    return
      "by what is known now no record of feed \(newest.feed) ever had this key (\(columns)); parts are compared as they are "
      + "written"
  }

  private func keyText(_ parts: [String]) -> String {
    var out = ByteBuffer()
    for (index, part) in parts.enumerated() {
      out.append(index == 0 ? "[" : ",")
      var part = part
      part.withUTF8 { unsafe appendJSONString(UnsafeRawBufferPointer($0), to: &out) }
    }
    out.append("]")
    return unsafe String(decoding: out.bytes, as: UTF8.self)
  }

  /// A record that a person wrote as JSON, as keys have it.
  private func canonical(_ record: String) throws(Failure) -> String {
    var bytes = ByteBuffer()
    bytes.append(record)
    var parser = RecordParser(format: .jsonLines, header: [], key: [])
    guard unsafe parser.parse(bytes.bytes) == .record else {
      throw Failure(
        .usage,
        "feed \(context.folder.feed) has no key columns, so a whole record is its key: give it as a JSON object"
      )
    }
    bytes.truncate()
    parser.appendKeyJSON(to: &bytes)
    return unsafe String(decoding: bytes.bytes, as: UTF8.self)
  }

  private func keyBytes(_ parts: [String], _ columns: [String]) -> [UInt8] {
    columns.isEmpty ? Array(parts[0].utf8) : encodeKey(parts: parts)
  }

  /// Whether a record, a JSON object, has a key.
  private func has(_ parts: [String], _ columns: [String], _ record: String) -> Bool {
    var bytes = ByteBuffer()
    bytes.append(record)
    var parser = RecordParser(format: .jsonLines, header: [], key: columns)
    guard unsafe parser.parse(bytes.bytes) == .record else { return false }
    var key = ByteBuffer()
    return unsafe parser.appendKey(to: &key) && key.bytes.elementsEqual(keyBytes(parts, columns))
  }

  /// The record with a key in a state, as a JSON object.
  private func find(_ parts: [String], key columns: [String], in head: Head) throws(Failure) -> String? {
    let side = try context.side(of: head)
    guard let patch = side.patch else { return nil }
    let wanted = keyBytes(parts, columns)
    var parser = RecordParser(format: side.reading.format, header: side.reading.header, key: columns)
    var cursor = PatchCursor(patch)
    var key = ByteBuffer()
    var found: String?
    try unsafe side.forEachRecord(in: side.manifest.spans.indices) { (ordinal, bytes, _) throws(Failure) in
      guard found == nil, cursor.tag(at: ordinal).tag.isTaken, unsafe parser.parse(bytes) == .record else {
        return
      }
      key.truncate()
      guard parser.appendKey(to: &key), unsafe key.bytes.elementsEqual(wanted) else { return }
      key.truncate()
      key.append("{")
      parser.appendMembers(to: &key)
      key.append("}")
      found = unsafe String(decoding: key.bytes, as: UTF8.self)
    }
    return found
  }

  private func emit(
    _ version: (head: Head, record: String), until end: Head?, to sink: any RowSink
  ) throws(Failure) {
    var fields = [
      Field("valid_from", version.head.validFrom.description),
      end.map { Field("valid_to", $0.validFrom.description) } ?? Field("valid_to", json: "null"),
      Field("recorded_at", version.head.bornAt.description),
    ]
    var parser = RecordParser(format: .jsonLines, header: [], key: [])
    var record = ByteBuffer()
    record.append(version.record)
    guard unsafe parser.parse(record.bytes) == .record else { return }
    let own = parser.fields().map(Field.init)
    var taken = Set(validityColumns + own.map(\.name))
    for var field in own {
      if validityColumns.contains(field.name) {
        let name = field.name
        var number = 2
        repeat {
          field.name = "\(name)_\(number)"
          number += 1
        } while !taken.insert(field.name).inserted
      }
      fields.append(field)
    }
    try sink.row(fields)
  }
}
