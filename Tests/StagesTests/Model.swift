import Basics
import Documents
import History
import ObjectStore
import Records
import Stages
import Testing

/// What a record says, by column.
typealias Row = [String: String]

/// A dump as a test thinks of it: rows with the columns `id`, `name` and `text`, in order.
struct Table: Equatable {
  var rows: [Row]

  /// Rows that nothing is special about.
  init(_ ids: Range<Int>, text: String = String(repeating: "as it was at first. ", count: 8)) {
    rows = ids.map { ["id": "\($0)", "name": "name \($0)", "text": text] }
  }

  /// By its key, which is the first column.
  var byKey: [String: Row] {
    Dictionary(rows.map { ($0["id"] ?? "", $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// With one row a key: the first or the last.
  func set(keeps rule: String) -> Table {
    var copy = self
    var seen: Set<String> = []
    let ordered = rule == "first" ? rows : rows.reversed()
    copy.rows = ordered.filter { seen.insert($0["id"] ?? "").inserted }
    if rule != "first" { copy.rows.reverse() }
    return copy
  }

  /// As the source sends it.
  var csv: [UInt8] {
    Array("id,name,text\n".utf8)
      + rows.flatMap { Array("\($0["id"] ?? ""),\($0["name"] ?? ""),\($0["text"] ?? "")\n".utf8) }
  }

  /// Another text in some rows.
  func changing(_ ids: [Int], to text: String) -> Table {
    var copy = self
    for (index, row) in rows.enumerated() where ids.contains(Int(row["id"] ?? "") ?? -1) {
      copy.rows[index]["text"] = text
    }
    return copy
  }

  /// Without some rows.
  func removing(_ ids: [Int]) -> Table {
    var copy = self
    copy.rows.removeAll { ids.contains(Int($0["id"] ?? "") ?? -1) }
    return copy
  }

  /// With some more rows, at a place.
  func adding(_ ids: Range<Int>, at place: Int) -> Table {
    var copy = self
    copy.rows.insert(contentsOf: Table(ids).rows, at: min(place, copy.rows.count))
    return copy
  }
}

/// A record over an interval of time.
struct Version: Hashable, CustomStringConvertible {
  var row: Row
  var from: String
  var to: String?
  var description: String { "\(row["id"] ?? "?") [\(from), \(to ?? "…")) \(row["text"] ?? "")" }
}

/// The slow, obvious history: what each entry's records are, and since when.
struct Model {
  var entries: [(head: Head, rows: [String: Row])]

  /// All versions, those that are over and those that stand.
  var versions: Set<Version> {
    var all: Set<Version> = []
    var open: [String: Version] = [:]
    for (head, rows) in entries {
      let time = head.validFrom.description
      for (key, var version) in open where rows[key] != version.row {
        version.to = time
        all.insert(version)
        open[key] = nil
      }
      for (key, row) in rows where open[key] == nil { open[key] = Version(row: row, from: time) }
    }
    return all.union(open.values)
  }
}

/// Keeps rows, column by column or as JSON.
final class Rows: RowSink {
  var rows: [Row] = []
  let takesJSON: Bool

  init(asJSON: Bool = false) { takesJSON = asJSON }

  func jsonLines(_ lines: UnsafeRawBufferPointer) throws(Failure) {
    var parser = RecordParser(format: .jsonLines, header: [], key: [])
    for line in unsafe Array(lines).split(separator: 10) {
      let outcome = unsafe Array(line).withUnsafeBytes { unsafe parser.parse($0) }
      guard outcome == .record else { throw Failure(.software, "a row that is no JSON") }
      rows.append(Dictionary(uniqueKeysWithValues: parser.fields().map { ($0.name, $0.text) }))
    }
  }

  func row(_ fields: [Field]) throws(Failure) {
    rows.append(Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.text) }))
  }
}

extension World {
  /// The entries of the timeline, the oldest first.
  func entries() throws -> [Head] {
    let timeline = Timeline(folder)
    guard let newest = try timeline.newest() else { return [] }
    var entries = [newest.head]
    while let ref = entries[entries.count - 1].ancestors.first { entries.append(try timeline.read(ref)) }
    return entries.reversed()
  }

  func rows(asOf time: Instant) throws -> [Row] {
    let sink = Rows()
    try query.asOf(time, to: sink)
    return sink.rows
  }

  func dump(of run: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try unsafe query.dump(run) { unsafe bytes.append(contentsOf: $0) }
    return bytes
  }

  func lines(_ object: String) throws -> [[String: String?]] {
    try folder.get(object).split(separator: 10).map {
      try Documents.decode([String: String?].self, from: Array($0), name: object)
    }
  }
}
