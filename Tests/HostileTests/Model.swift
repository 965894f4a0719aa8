import Blocks
import Dedupe
import Records

/// A state as the rules have it: every record is looked at, every time, and nothing is cut, hashed or kept.
struct Model {
  /// A pair of records, by their numbers; nil where there is none.
  struct Difference: Hashable, CustomStringConvertible {
    var before: Int?
    var after: Int?
    var description: String { "\(before.map { "\($0)" } ?? "-")>\(after.map { "\($0)" } ?? "-")" }
  }

  /// How records are looked at.
  struct View {
    var key: [String]
    /// Null, empty and missing are the same.
    var dropsBlanks: Bool
    /// Columns that are left out.
    var ignored: Set<String> = []
  }

  let dump: Dump
  var tags: [Patch.Tag] = []

  /// Decides which records of a dump are taken. All of them stand since `entry`.
  init(_ dump: Dump, _ rule: ColumnRule, entry: Int) {
    self.dump = dump
    let view = View(key: dump.reading.key, dropsBlanks: rule == .nonEmpty)
    var groups: [[UInt8]: [Int]] = [:]
    for (place, line) in dump.lines.enumerated() {
      if case .blank = line.says {
        tags.append(.blank)
      } else {
        tags.append(.bad)
        if let key = key(of: place, view) { groups[key, default: []].append(place) }
      }
    }
    for group in groups.values {
      let winner = dump.reading.duplicates == .first ? group[0] : group[group.count - 1]
      tags[winner] = .since(entry)
      if group.count == 1 { continue }
      let content = content(of: winner, view)
      for place in group where place != winner {
        tags[place] = self.content(of: place, view) == content ? .duplicate : .conflict
      }
    }
  }

  /// The key's parts, each with its length; nil if there is no record, or all parts are blank.
  func key(of place: Int, _ view: View) -> [UInt8]? {
    guard case .record(let values) = dump.lines[place].says else { return nil }
    if view.key.isEmpty { return content(of: place, view) }
    var bytes: [UInt8] = []
    var isBlank = true
    for name in view.key {
      let value = dump.names.firstIndex(of: name).map { values[$0] } ?? .empty
      let text = value.isBlank ? [] : value.text
      isBlank = isBlank && value.isBlank
      bytes += [UInt8(text.count & 255), UInt8(text.count >> 8)] + text
    }
    return isBlank ? nil : bytes
  }

  /// What a record says, its columns in the order of their names.
  func content(of place: Int, _ view: View) -> [UInt8] {
    guard case .record(let values) = dump.lines[place].says else { return [] }
    var bytes: [UInt8] = []
    for column in order where view.ignored.isEmpty || !view.ignored.contains(dump.names[column]) {
      let value = values[column]
      if value.kind == .missing || (view.dropsBlanks && value.isBlank) { continue }
      bytes += dump.names[column].utf8
      bytes += [0, value.kind.rawValue, UInt8(value.text.count & 255), UInt8(value.text.count >> 8)]
      bytes += value.text
    }
    return bytes
  }

  /// The columns by name.
  var order: [Int] {
    dump.names.indices.sorted { dump.names[$0].utf8.lexicographicallyPrecedes(dump.names[$1].utf8) }
  }

  /// What differs between the sets of two states, and which records are the same in both.
  static func compare(
    _ before: Model, _ after: Model, _ rule: ColumnRule
  ) -> (changes: [Difference], same: [(before: Int, after: Int)]) {
    var view = View(key: after.dump.reading.key, dropsBlanks: rule == .nonEmpty)
    if rule == .none {
      view.ignored = Set(before.dump.reading.header).symmetricDifference(after.dump.reading.header)
    }
    var changes: [Difference] = []
    // By key: the records of the earlier state and those of the later one.
    var sets: [[UInt8]: (old: [(place: Int, content: [UInt8])], new: [Int])] = [:]
    for place in before.tags.indices where before.tags[place].isTaken {
      if let key = before.key(of: place, view) {
        sets[key, default: ([], [])].old.append((place, before.content(of: place, view)))
      } else {
        // Its key is blank as it is read now.
        changes.append(Difference(before: place, after: nil))
      }
    }
    for place in after.tags.indices where after.tags[place].isTaken {
      if let key = after.key(of: place, view) { sets[key, default: ([], [])].new.append(place) }
    }
    var same: [(before: Int, after: Int)] = []
    for (old, new) in sets.values {
      var gone = old
      var come: [Int] = []
      for place in new {
        let content = after.content(of: place, view)
        if let match = gone.firstIndex(where: { $0.content == content }) {
          same.append((gone.remove(at: match).place, place))
        } else {
          come.append(place)
        }
      }
      for index in 0..<max(gone.count, come.count) {
        changes.append(
          Difference(
            before: index < gone.count ? gone[index].place : nil,
            after: index < come.count ? come[index] : nil))
      }
    }
    changes.sort { ($0.after ?? .max, $0.before ?? .max) < ($1.after ?? .max, $1.before ?? .max) }
    return (changes, same)
  }

  /// What stayed the same stands since when it did.
  mutating func inherit(from before: Model, _ same: [(before: Int, after: Int)]) {
    for pair in same { tags[pair.after] = before.tags[pair.before] }
  }

  func counts(before: Model?, _ changes: [Difference]) -> Counts {
    var counts = Counts()
    for tag in tags where tag != .blank {
      counts.records += 1
      switch tag {
      case .bad: counts.bad += 1
      case .duplicate: counts.duplicates += 1
      case .conflict: counts.conflicts += 1
      default: counts.current += 1
      }
    }
    counts.before = before?.tags.count { $0.isTaken } ?? 0
    counts.inserted = before == nil ? counts.current : changes.count { $0.before == nil }
    counts.deleted = changes.count { $0.after == nil }
    counts.updated = changes.count { $0.before != nil && $0.after != nil }
    return counts
  }

  // MARK: - As it is written

  /// A record's key as JSON.
  func keyJSON(of place: Int) -> [UInt8] {
    guard case .record(let values) = dump.lines[place].says else { return [] }
    if dump.reading.key.isEmpty {
      let members = order.filter { !values[$0].isBlank }.map { column in
        let value = values[column]
        return quoted(Array(dump.names[column].utf8)) + [0x3A]
          + (value.kind == .string ? quoted(value.text) : value.text)
      }
      return [0x7B] + members.joined(separator: [0x2C]) + [0x7D]
    }
    let parts = dump.reading.key.map { name in
      let value = dump.names.firstIndex(of: name).map { values[$0] } ?? .empty
      return quoted(value.isBlank ? [] : value.text)
    }
    return [0x5B] + parts.joined(separator: [0x2C]) + [0x5D]
  }

  /// A record's columns as JSON members without braces.
  func members(of place: Int) -> [UInt8] {
    guard dump.isCSV, case .record(let values) = dump.lines[place].says else {
      return dump.lines[place].members
    }
    let members = zip(dump.names, values).map { quoted(Array($0.utf8)) + [0x3A] + quoted($1.text) }
    return Array(members.joined(separator: [0x2C]))
  }
}
