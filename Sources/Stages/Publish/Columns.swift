import Dedupe
import History
import Records

/// The columns that published rows have before a record's own.
let validityColumns = ["valid_from", "valid_to", "recorded_at"]

/// Names under which a record's columns are published where their own will not do: the validity columns' names
/// are taken, and BigQuery knows no name with one of `!"$()*,./;?@[\]^`{}~`.
func publishedNames(of header: [String]) -> [String: String] {
  guard !header.isEmpty else {
    return Dictionary(uniqueKeysWithValues: validityColumns.map { ($0, $0 + "_2") })
  }
  var taken = Set(validityColumns)
  var renamed: [String: String] = [:]
  for name in header {
    let plain = String(name.map { "!\"$()*,./;?@[\\]^`{}~\n\r\t".contains($0) ? "_" : $0 })
    var candidate = plain
    var number = 2
    while !taken.insert(candidate.lowercased()).inserted {
      candidate = "\(plain)_\(number)"
      number += 1
    }
    if candidate != name { renamed[name] = candidate }
  }
  return renamed
}

/// Gathers which columns rows have, and of which type.
struct ColumnSet {
  private(set) var columns: [Pointer.Column] = []
  private var places: [String: Int] = [:]

  mutating func add(_ name: String, isString: Bool) {
    if let place = places[name] {
      if !isString { columns[place].type = "JSON" }
    } else {
      places[name] = columns.count
      columns.append(.init(name: name, type: isString ? "STRING" : "JSON"))
    }
  }

  /// The columns of a row, named as they are published.
  mutating func add(_ fields: [(name: String, text: String, isString: Bool)]) {
    for field in fields { add(field.name, isString: field.isString || field.text == "null") }
  }

  mutating func add(_ others: [Pointer.Column]) {
    for column in others { add(column.name, isString: column.type == "STRING") }
  }
}
