import Basics
import Dedupe
import History
import Records

/// The columns that published rows have before a record's own.
let validityColumns = ["valid_from", "valid_to", "recorded_at"]

/// Names under which a record's columns are published where their own will not do: the validity columns' names are
/// taken, BigQuery and DuckDB take no two names that differ in case alone, and BigQuery knows no name with one of
/// `!"$()*,./;?@[\]^`{}~`. Earlier names win, so names do not change when others are added after them.
func publishedNames(of names: [String]) -> [String: String] {
  var taken = Set(validityColumns)
  var renamed: [String: String] = [:]
  for name in names {
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

/// Gathers which columns rows have, under which names they are published, and of which type they are.
struct ColumnSet {
  /// The columns, in the order in which they were first seen.
  private(set) var columns: [Pointer.Column] = []
  /// The names that differ from the source's.
  private(set) var naming: [String: String] = [:]
  private var places: [String: Int] = [:]

  /// Adds columns as they were published.
  mutating func add(_ others: [Pointer.Column]) {
    for column in others { add(column.name, source: column.source, isString: column.type == "STRING") }
  }

  /// Adds the columns of a row, which are named as they are published.
  mutating func add(_ fields: [(name: String, text: String, isString: Bool)]) {
    for field in fields { add(field.name, source: nil, isString: field.isString || field.text == "null") }
  }

  mutating func add(_ name: String, source: String?, isString: Bool) {
    if let place = places[name] {
      if !isString { columns[place].type = "JSON" }
    } else {
      places[name] = columns.count
      columns.append(.init(name: name, source: source, type: isString ? "STRING" : "JSON"))
    }
  }

  /// The same columns, given as the source calls them, under the names by which they are published.
  func published(after last: Pointer?) -> ColumnSet {
    let before = (last?.columns ?? []).map { $0.source ?? $0.name }
    let known = Set(before)
    var result = ColumnSet()
    result.naming = publishedNames(of: before + columns.map(\.name).filter { !known.contains($0) })
    for column in columns {
      let name = result.naming[column.name]
      result.add(
        name ?? column.name, source: name == nil ? nil : column.name, isString: column.type == "STRING")
    }
    return result
  }
}
