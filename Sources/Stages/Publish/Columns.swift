import Basics
import Dedupe
import History
import Records

/// The columns that published rows have before a record's own.
let validityColumns = ["valid_from", "valid_to", "recorded_at"]

/// Under which names a record's columns are published.
///
/// A column keeps the name that it once got, whatever comes and goes beside it. A new one gets its own name where that
/// will do: the validity columns' names are taken, engines take no two names that differ in case alone, and BigQuery
/// knows no name that is empty, longer than 300 characters or has one of `!"$()*,./;?@[\]^`{}~`.
struct PublishedNames {
  /// The names that differ from the source's.
  private(set) var renamed: [String: String] = [:]
  private var names: [String: String] = [:]
  private var taken = Set(validityColumns)

  /// The names of what was published before.
  init(after last: Pointer?) {
    for column in last?.columns ?? [] { note(column.name, for: column.source ?? column.name) }
  }

  /// The name of a column that the source calls `source`.
  mutating func name(for source: String) -> String {
    if let name = names[source] { return name }
    var plain = ""
    for scalar in source.unicodeScalars.prefix(290) {
      let isForbidden = scalar.value < 0x20 || scalar.value == 0x7F || Self.forbidden.contains(scalar)
      plain.unicodeScalars.append(isForbidden ? "_" : scalar)
    }
    if plain.isEmpty { plain = "column" }
    var candidate = plain
    var number = 2
    while taken.contains(candidate.lowercased()) {
      candidate = "\(plain)_\(number)"
      number += 1
    }
    note(candidate, for: source)
    return candidate
  }

  private static let forbidden = Set("!\"$()*,./;?@[\\]^`{}~".unicodeScalars)

  private mutating func note(_ name: String, for source: String) {
    names[source] = name
    taken.insert(name.lowercased())
    if name != source { renamed[source] = name }
  }
}

/// Gathers which columns rows have and of which type they are.
struct ColumnSet {
  /// The columns, in the order in which they were first seen.
  private(set) var columns: [Pointer.Column] = []
  private var places: [String: Int] = [:]

  /// Adds columns as they were published.
  mutating func add(_ others: [Pointer.Column]) {
    for column in others { add(column.name, source: column.source, isString: column.type == "STRING") }
  }

  /// Adds the columns of a row, which are named as they are published, or as the source calls them.
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

  /// The same columns, which have the source's names, under those by which they are published.
  func published(_ names: inout PublishedNames) -> ColumnSet {
    var result = ColumnSet()
    for column in columns {
      let name = names.name(for: column.name)
      result.add(name, source: name == column.name ? nil : column.name, isString: column.type == "STRING")
    }
    return result
  }
}
