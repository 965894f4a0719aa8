/// A dump as the model thinks of it.
struct Table {
  struct Row: Hashable {
    var id: Int
    var name: String
    var text: String
    /// A line that is no record of three columns.
    var isBad = false

    var line: String { isBad ? "\(id),short" : "\(id),\(name),\(text)" }
    /// The members of its JSON object.
    var members: String { "\"id\":\"\(id)\",\"name\":\"\(name)\",\"text\":\"\(text)\"" }
  }

  var rows: [Row]
  /// Whether the last line has no end.
  var endsOpen = false

  /// One row a key: the first; without what is bad.
  var set: [Row] {
    var seen: Set<Int> = []
    return rows.filter { !$0.isBad && seen.insert($0.id).inserted }
  }

  /// What is in no set, and must be in quarantine.
  var left: [Row] {
    var first: [Int: Row] = [:]
    return rows.filter { row in
      if row.isBad { return true }
      guard let known = first[row.id] else {
        first[row.id] = row
        return false
      }
      return known != row
    }
  }

  /// As the source sends it.
  var csv: [UInt8] {
    var text = "id,name,text\n"
    for row in rows {
      text += row.line
      text += "\n"
    }
    if endsOpen { text.removeLast() }
    return Array(text.utf8)
  }
}
