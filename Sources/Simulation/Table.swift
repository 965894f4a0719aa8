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

  /// Which rows are taken, and what becomes of the others.
  struct Decision {
    /// One row a key, in the order of the dump.
    var set: [Row] = []
    /// What is in no set, and must be in quarantine, with its number.
    var left: [(row: Row, number: Int)] = []
    /// What is left out because it says what another row says.
    var duplicates = 0
    /// How many of those in quarantine are no records.
    var bad: Int { left.count { $0.row.isBad } }
  }

  /// Decides, by hand.
  /// - Parameter keepsLast: whether of rows with one key the last is taken, not the first.
  func decided(keepsLast: Bool) -> Decision {
    var winners: [Int: Int] = [:]
    for (number, row) in rows.enumerated() where !row.isBad && (keepsLast || winners[row.id] == nil) {
      winners[row.id] = number
    }
    var decision = Decision()
    for (number, row) in rows.enumerated() {
      guard !row.isBad, let winner = winners[row.id] else {
        decision.left.append((row, number))
        continue
      }
      if winner == number {
        decision.set.append(row)
      } else if rows[winner] == row {
        decision.duplicates += 1
      } else {
        decision.left.append((row, number))
      }
    }
    return decision
  }

  static let header = "id,name,text\n"

  /// As the source sends it.
  var csv: [UInt8] {
    var text = Self.header
    for row in rows {
      text += row.line
      text += "\n"
    }
    if endsOpen { text.removeLast() }
    return Array(text.utf8)
  }
}
