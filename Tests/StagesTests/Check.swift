import Basics
import Documents
import History
import ObjectStore
import Stages
import Testing

extension World {
  /// Whether history is right: its states are `tables`, in this order, by every way of asking, and what is
  /// published is the newest. `why` names what was done, for the message.
  ///
  /// - Parameter rule: which of several rows with one key counts.
  func check(
    _ dumps: [Table], _ why: String, keeps rule: String = "first", place: SourceLocation = #_sourceLocation
  ) throws {
    let tables = dumps.map { $0.set(keeps: rule) }
    let heads = try entries()
    #expect(heads.map(\.seq) == heads.indices.map { $0 + 1 }, "\(why)", sourceLocation: place)
    guard heads.count == dumps.count else {
      Issue.record("\(why): \(heads.count) entries instead of \(tables.count)", sourceLocation: place)
      return
    }
    let model = Model(entries: Array(zip(heads, tables.map(\.byKey))).map { (head: $0.0, rows: $0.1) })
    for (number, head) in heads.enumerated() {
      let rows = try rows(asOf: head.validFrom)
      #expect(rows == tables[number].rows, "\(why): entry \(head.seq)", sourceLocation: place)
      #expect(
        try dump(of: head.run) == dumps[number].csv, "\(why): dump of entry \(head.seq)",
        sourceLocation: place)
      if number > 0 { try checkDifference(model, number, why, place) }
    }
    try checkVersions(model, why, place)
    try checkPublished(model, tables.last, why, place)
  }

  private func checkDifference(_ model: Model, _ number: Int, _ why: String, _ place: SourceLocation) throws {
    let (old, new) = (model.entries[number - 1], model.entries[number])
    #expect(old.head.validFrom < new.head.validFrom, "\(why): valid time moves on", sourceLocation: place)
    #expect(old.head.recordedAt <= new.head.recordedAt, "\(why): recorded time", sourceLocation: place)
    let sink = Rows(asJSON: true)
    try query.difference(old.head.validFrom, new.head.validFrom, to: sink)
    var operations: [String: String] = [:]
    for row in sink.rows { operations[row["key"] ?? ""] = row["op"] }
    #expect(operations.count == sink.rows.count, "\(why): each key once", sourceLocation: place)
    var wanted: [String: String] = [:]
    for key in Set(old.rows.keys).union(new.rows.keys) where old.rows[key] != new.rows[key] {
      wanted["[\"\(key)\"]"] = old.rows[key] == nil ? "insert" : new.rows[key] == nil ? "delete" : "update"
    }
    #expect(operations == wanted, "\(why): difference up to entry \(number + 1)", sourceLocation: place)
  }

  private func checkVersions(_ model: Model, _ why: String, _ place: SourceLocation) throws {
    let versions = model.versions
    let changed = Set(versions.filter { $0.to != nil }.map { $0.row["id"] ?? "" })
    for key in changed.sorted().prefix(3) + (model.entries.last?.rows.keys.sorted().prefix(1) ?? []) {
      let sink = Rows()
      try query.versions(ofKey: [key], to: sink)
      let wanted = versions.filter { $0.row["id"] == key }
      #expect(Set(sink.rows.map(Version.init)) == wanted, "\(why): versions of \(key)", sourceLocation: place)
      #expect(sink.rows.count == wanted.count, "\(why): versions of \(key)", sourceLocation: place)
    }
  }

  private func checkPublished(_ model: Model, _ table: Table?, _ why: String, _ place: SourceLocation) throws
  {
    guard let newest = model.entries.last, let table else { return }
    guard let pointer = try Pointer.read(folder)?.pointer else {
      Issue.record("\(why): nothing is published", sourceLocation: place)
      return
    }
    #expect(pointer.seq == newest.head.seq, "\(why): the newest is published", sourceLocation: place)
    let current = try pointer.current.flatMap { try published($0, why, place) }
    let closed = try pointer.closed.flatMap { try published($0, why, place) }
    #expect(current.map(\.row) == table.rows, "\(why): published current set", sourceLocation: place)
    #expect(
      current.allSatisfy { $0.to == nil } && closed.allSatisfy { $0.to != nil }, "\(why)",
      sourceLocation: place)
    #expect(Set(current + closed) == model.versions, "\(why): published history", sourceLocation: place)
    #expect(
      current.count + closed.count == model.versions.count, "\(why): each version once", sourceLocation: place
    )
    if let file = pointer.currentFile {
      let rows = try lines(file.object).map { $0.mapValues { $0 ?? "" } }
      #expect(rows == table.rows, "\(why): \(file.object)", sourceLocation: place)
    }
    for (list, parts) in [("current", pointer.current), ("history", pointer.closed + pointer.current)] {
      let manifest = String(decoding: try folder.get("published/\(list).manifest"), as: UTF8.self)
      #expect(
        manifest.split(separator: "\n").map(String.init) == parts.map(\.uri),
        "\(why): published/\(list).manifest", sourceLocation: place)
    }
  }

  private func published(_ part: Pointer.Part, _ why: String, _ place: SourceLocation) throws -> [Version] {
    let lines = try lines(part.object)
    #expect(lines.count == part.rows, "\(why): rows of \(part.object)", sourceLocation: place)
    return lines.map { line in Version(line.mapValues { $0 ?? "null" }) }
  }
}

extension Version {
  /// From a row with its interval; `null` stands for an end that did not come yet.
  init(_ row: Row) {
    var rest = row
    let (from, to) = (rest.removeValue(forKey: "valid_from"), rest.removeValue(forKey: "valid_to"))
    rest["recorded_at"] = nil
    self.init(row: rest, from: from ?? "", to: to == "null" ? nil : to)
  }
}
