import StrandlineTesting

/// A dump whose columns and rows change at random; the first column is the key.
struct Sheet {
  var columns = ["id", "name", "text", "A/B"]
  var rows: [[String]]

  init(rows count: Int, _ random: inout SplitMix64) {
    rows = (0..<count).map { number in
      ["\(number)", "name \(number)", "text \(random.below(1 << 40)) and more of it", "\(random.below(9))"]
    }
  }

  /// Changes something: rows in one place or all over, their order, their number, or columns.
  mutating func edit(_ run: Int, _ random: inout SplitMix64) {
    guard rows.count > 50 else { return }
    let place = random.below(rows.count - 40)
    let column = 1 + random.below(columns.count - 1)
    switch random.below(14) {
    case 0...2: for _ in 0..<5 { rows[random.below(rows.count)][column] = "value \(random.below(5))" }
    case 3: for row in place..<place + 10 { rows[row][column] = "\"quoted\", \(run)" }
    case 4: rows.removeSubrange(place..<place + random.below(20))
    case 5:
      let new = (0..<random.below(20)).map { number in
        ["n\(run).\(random.below(1000)).\(number)"] + columns.dropFirst().map { "new \($0)" }
      }
      rows.insert(contentsOf: new, at: place)
    case 6:
      // A second row of a key: there, and gone again by the rows' removal, so that one of two is promoted.
      var row = rows[place]
      if random.oneIn(2) { row[column] = "conflict" }
      rows.insert(row, at: random.below(rows.count))
    case 7: rows.remove(at: place)
    case 8, 9:
      let moved = rows[place..<place + 30]
      rows.removeSubrange(place..<place + 30)
      rows.insert(contentsOf: moved, at: random.below(rows.count))
    case 10: rows.insert(contentsOf: rows[place..<place + 30], at: random.below(rows.count))
    case 11:
      if random.oneIn(3) {
        columns[column] = ["text", "Text", "B/A", "valid_to", "x \(run)"][random.below(5)]
      }
    case 12:
      if random.oneIn(3) {
        columns.append("added \(run)")
        for row in rows.indices { rows[row].append(random.oneIn(9) ? "filled" : "") }
      }
    default:
      if random.oneIn(3), columns.count > 3 {
        columns.remove(at: column)
        for row in rows.indices { rows[row].remove(at: column) }
      }
    }
  }

  var csv: [UInt8] {
    let lines = ([columns] + rows).map { row in
      row.map {
        "\"" + $0.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
      }
      .joined(separator: ",")
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// As JSON Lines or as one document; blank cells are left out, so rows differ in which columns they have.
  func json(asDocument: Bool) -> [UInt8] {
    func text(_ value: String) -> String {
      "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
    }
    let records = rows.map { row in
      var seen: Set<String> = []
      let members = zip(columns, row).filter { !$1.isEmpty && seen.insert($0).inserted }.map { name, value in
        "\(text(name)):\(value.utf8.count == 1 && name != "id" ? "[\(text(value))]" : text(value))"
      }
      return "{" + members.joined(separator: ",") + "}"
    }
    return Array(
      (asDocument
        ? "{\"result\":{\"rows\":[\(records.joined(separator: ",\n"))]}}\n"
        : records.joined(separator: "\n") + "\n").utf8)
  }
}
