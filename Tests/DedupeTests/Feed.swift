import StrandlineTesting
import Blocks
import Dedupe
import Records

/// A source whose dumps change from run to run as sources do, with few keys, so that they meet.
struct Feed {
  enum Row {
    case record(key: Int, value: Int, pad: Int)
    case blank
    case bad(Int)
  }

  enum Kind: CaseIterable { case csv, jsonLines, json }

  let kind: Kind
  var columns = ["id", "value", "pad"]
  var key = ["id"]
  var rows: [Row] = []
  var lineEnd = "\n"
  var quotes = false
  var duplicates: DuplicateRule
  private let keys: Int
  private let padding: Int

  init(_ generator: inout SplitMix64) {
    kind = generator.pick(Kind.allCases + [.csv])
    padding = generator.pick([0, 20, 100, 400])
    let count = generator.pick([40, 300, padding > 50 ? 500 : 2000])
    keys = max(2, count * generator.pick([1, 4, 12, 40]) / 8)
    duplicates = generator.oneIn(2) ? .first : .last
    if generator.oneIn(6) { key = [] } else if generator.oneIn(5) { key = ["id", "value"] }
    for _ in 0..<count { rows.append(row(&generator)) }
  }

  var format: Format {
    switch kind {
    case .csv: .csv(delimiter: 0x2C)
    case .jsonLines: .jsonLines
    case .json: .json(unwrap: ["rows"])
    }
  }

  var reading: Reading {
    Reading(format: format, header: kind == .csv ? columns : [], key: key, duplicates: duplicates)
  }

  /// Key 0 is blank.
  private func row(_ generator: inout SplitMix64) -> Row {
    switch generator.below(60) {
    case 0: .blank
    case 1: .bad(generator.below(1000))
    default: .record(key: generator.below(keys), value: generator.below(3), pad: generator.below(2))
    }
  }

  private func value(_ column: String, key: Int, value: Int, pad: Int) -> String {
    switch column {
    case "id": key == 0 ? "" : "k\(key)"
    case "value": value == 0 ? "" : "v\(value)"
    case "pad": String(repeating: "ab", count: padding / 2) + "\(pad)"
    // A column that came: empty for most, or for none.
    case "extra1": key % 3 == 0 ? "e\(value)\(pad)" : ""
    case "extra2": "f\(pad)"
    default: ""
    }
  }

  var dump: [UInt8] {
    var out: String
    switch kind {
    case .csv:
      out = columns.map { quotes ? "\"\($0)\"" : $0 }.joined(separator: ",") + lineEnd
      for row in rows { out += csv(row) + lineEnd }
    case .jsonLines:
      out = ""
      for row in rows { out += json(row) + lineEnd }
    case .json:
      let elements = rows.lazy.map { json($0) }.filter { !$0.isEmpty }
      out = "{\"rows\":[\(lineEnd)" + elements.joined(separator: ",\(lineEnd)") + "]}"
    }
    return Array(out.utf8)
  }

  private func csv(_ row: Row) -> String {
    switch row {
    case .blank: ""
    case .bad(let number): "bad,\(number)" + String(repeating: ",x", count: 4)
    case .record(let key, let number, let pad):
      columns.map { column in
        let text = value(column, key: key, value: number, pad: pad)
        return quotes ? "\"\(text)\"" : text
      }.joined(separator: ",")
    }
  }

  private func json(_ row: Row) -> String {
    switch row {
    case .blank: return ""
    case .bad(let number): return "{bad: \(number)}"
    case .record(let key, let number, let pad):
      let members = columns.compactMap { column -> String? in
        let text = value(column, key: key, value: number, pad: pad)
        // Empty is written in three ways.
        if text.isEmpty { return pad == 0 ? nil : column == "id" ? "\"id\":\"\"" : "\"\(column)\":null" }
        return quotes ? "\"\(column)\" : \"\(text)\"" : "\"\(column)\":\"\(text)\""
      }
      return "{\(members.joined(separator: ","))}"
    }
  }

  /// What happens between two runs: little more often than much.
  mutating func edit(_ generator: inout SplitMix64) {
    for _ in 0..<generator.pick([0, 1, 1, 2, 3, 8]) { editRow(&generator) }
    if generator.oneIn(6) { moveRows(&generator) }
    if generator.oneIn(5) { editAll(&generator) }
  }

  private mutating func editRow(_ generator: inout SplitMix64) {
    let place = generator.below(rows.count + 1)
    let end = min(rows.count, place + 1)
    switch generator.below(5) {
    case 0: rows.insert(row(&generator), at: place)
    case 1: if rows.count > 1 { rows.removeSubrange(place..<end) }
    case 2: rows.replaceSubrange(place..<end, with: [row(&generator)])
    case 3: if place < rows.count { rows.insert(rows[place], at: generator.below(rows.count + 1)) }
    default:
      if place < rows.count, case .record(let key, let value, let pad) = rows[place] {
        rows[place] = .record(key: key, value: (value + 1) % 3, pad: pad)
      }
    }
  }

  private mutating func moveRows(_ generator: inout SplitMix64) {
    let place = generator.below(rows.count)
    let end = min(rows.count, place + 1 + generator.below(200))
    let moved = Array(rows[place..<end])
    if generator.oneIn(4) { return rows.append(contentsOf: moved) }
    if rows.count - moved.count > 0 { rows.removeSubrange(place..<end) }
    rows.insert(contentsOf: moved, at: generator.below(rows.count + 1))
  }

  private mutating func editAll(_ generator: inout SplitMix64) {
    switch generator.below(9) {
    case 0: lineEnd = lineEnd == "\n" ? "\r\n" : "\n"
    case 1: quotes.toggle()
    case 2: columns.shuffle(using: &generator)
    case 3, 4:
      let extra = generator.pick(["extra1", "extra2", "empty"])
      if let place = columns.firstIndex(of: extra) {
        columns.remove(at: place)
      } else {
        columns.append(extra)
      }
    case 5: key = generator.pick([["id"], ["id", "value"], ["value", "id"], [], ["value"]])
    case 6: duplicates = duplicates == .first ? .last : .first
    case 7: rows.shuffle(using: &generator)
    default: rows.reverse()
    }
  }
}
