import Basics
import Records

/// A change as people read it: one row for each column that has another value.
struct ChangeRows: ~Copyable {
  private var parser = RecordParser(
    format: .jsonLines, header: [], key: [], deepestNesting: RecordParser.deepestNesting + 1)

  /// The rows of a line of a change set: `op`, `key`, `column`, `before`, `after`.
  mutating func rows(_ line: UnsafeRawBufferPointer) throws(Failure) -> [[Field]] {
    guard unsafe parser.parse(line) == .record else { throw Failure(.software, "a change that is no JSON") }
    var (operation, key, before, after) = ("", "", "{}", "{}")
    for field in parser.fields() {
      switch field.name {
      case "op": operation = field.text
      case "key": key = field.text
      case "before": before = field.text
      case "after": after = field.text
      default: continue
      }
    }
    let old = try columns(before)
    let new = try columns(after)
    let names = old.map(\.name) + new.map(\.name).filter { name in !old.contains { $0.name == name } }
    var rows: [[Field]] = []
    for name in names {
      let was = old.first { $0.name == name }
      let becomes = new.first { $0.name == name }
      if let was, let becomes, was.text == becomes.text, was.isString == becomes.isString { continue }
      rows.append([
        Field("op", operation), Field("key", key), Field("column", name), named("before", was),
        named("after", becomes),
      ])
    }
    return rows
  }

  private mutating func columns(_ record: String) throws(Failure) -> [Field] {
    var bytes = ByteBuffer()
    bytes.append(record)
    guard unsafe parser.parse(bytes.bytes) == .record else {
      throw Failure(.software, "a change without a record")
    }
    return parser.fields().map(Field.init)
  }

  private func named(_ name: String, _ field: Field?) -> Field {
    guard var field else { return Field(name, json: "null") }
    field.name = name
    return field
  }
}
