/// The lines behind the records of a table that are none: totals, counts, remarks.
struct TableFooter: Equatable {
  /// How many there are, blank ones aside.
  var lines: Int
  /// What the first of them begins with.
  var startsWith: String

  /// What came of looking for a footer.
  enum Finding: Equatable {
    case none
    case footer(TableFooter)
    /// The last line is other than the records, but nothing tells whether it is a footer or was cut off.
    case unsure(String)
  }

  /// No footer has more lines.
  private static let limit = 20
  private static let words = [
    "total", "totals", "grand total", "sum", "summe", "gesamt", "gesamtsumme", "insgesamt", "zwischensumme",
    "somme",
    "totale", "suma", "summa", "soma", "totaal", "celkem", "yhteensä", "итого", "合計",
  ]
  private static let counted = [
    "row", "record", "line", "zeile", "datens", "satz", "sätze", "ligne", "fila", "affected",
  ]

  private static let wholeWords: Set<String> = [
    "row", "rows", "record", "records", "line", "lines", "zeile", "zeilen", "datensatz", "datensätze", "satz",
    "sätze", "ligne", "lignes", "fila", "filas",
  ]

  /// Looks for one.
  /// - Parameters:
  ///   - tail: the last bytes of the table, or all of it.
  ///   - isWhole: whether that is all of it, header included.
  ///   - isRagged: whether many records have another width.
  static func found(
    in tail: [UInt8], isWhole: Bool, delimiter: UInt8, width: Int, isRagged: Bool
  ) -> Finding {
    var text = tail[...]
    if !isWhole {
      guard let end = text.firstIndex(of: 0x0A) else { return .none }
      text = text[(end + 1)...]
    }
    func rows(_ startsInQuotes: Bool) -> [TableRows.Row] {
      TableRows(
        text, delimiter: delimiter, isWhole: true, limit: .max, startsInQuotes: startsInQuotes
      ).rows
    }
    func fitting(_ rows: [TableRows.Row]) -> Int { rows.count { $0.fields.count == width } }
    var all = rows(false)
    if !isWhole {
      let other = rows(true)
      if fitting(other) > fitting(all) { all = Array(other.dropFirst()) }
    }
    if isWhole, let header = all.firstIndex(where: { !$0.isBlank }) { all.removeSubrange(...header) }
    return judge(all, text, delimiter, width, isRagged)
  }

  private static func judge(
    _ rows: [TableRows.Row], _ text: ArraySlice<UInt8>, _ delimiter: UInt8, _ width: Int, _ isRagged: Bool
  ) -> Finding {
    var footer: [Int] = []
    var isSetApart = false
    for index in rows.indices.reversed() {
      let row = rows[index]
      if row.isBlank {
        // What stands behind a blank line is no record.
        if !footer.isEmpty { isSetApart = true }
        continue
      }
      let isOdd = row.fields.count != width && width > 1 && !isRagged
      guard isOdd || isTotal(row, width), footer.count < limit else { break }
      isSetApart = false
      footer.append(index)
    }
    guard let first = footer.last else { return .none }
    guard isSetApart || footer.contains(where: { isTotal(rows[$0], width) }) else {
      return .unsure(line(rows[first], text))
    }
    let row = rows[first]
    let lines = text[row.range.lowerBound...].split(separator: 0x0A).count { line in
      line.contains { $0 > 0x20 }
    }
    guard let start = beginning(of: text[row.range], delimiter) else {
      return .unsure(self.line(row, text))
    }
    return .footer(TableFooter(lines: lines, startsWith: start))
  }

  private static func line(_ row: TableRows.Row, _ text: ArraySlice<UInt8>) -> String {
    String(decoding: text[row.range].prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
  }

  private static func isTotal(_ row: TableRows.Row, _ width: Int) -> Bool {
    guard let field = row.fields.first(where: { !$0.isEmpty }) else { return false }
    let text = String(decoding: field, as: UTF8.self).lowercased()
    let word = text.prefix { $0.isLetter || $0 == " " }
    var trimmed = word[...]
    while trimmed.last == " " { trimmed.removeLast() }
    // A record may be of something that is called Total: a total has nothing else to say who it is of.
    if words.contains(String(trimmed)) {
      return width == 1 || row.fields.count != width || isOfFigures(row.fields.dropFirst())
    }
    return row.fields.count != width && text.contains { $0.isNumber }
      && counted.contains { text.contains($0) }
  }

  /// Whether fields have figures and what is counted by them, and nothing else.
  private static func isOfFigures(_ fields: ArraySlice<[UInt8]>) -> Bool {
    var (hasFigures, hasUnit, hasBlank) = (false, false, false)
    for field in fields {
      let text = String(decoding: field, as: UTF8.self)
      switch ValueKind(field) {
      case .blank: hasBlank = true
      case .whole, .fraction: hasFigures = true
      default:
        if Amount.isOne(text) || isCount(text) {
          hasFigures = true
        } else if Amount.isUnit(text) {
          hasUnit = true
        } else {
          return false
        }
      }
    }
    // A record has all of its fields, mostly.
    return !hasUnit || hasFigures && hasBlank
  }

  /// Whether a text is a number of records: figures, and words for what they count.
  private static func isCount(_ text: String) -> Bool {
    let words = text.lowercased().split { !$0.isLetter }
    return !words.isEmpty && words.allSatisfy { wholeWords.contains(String($0)) }
      && text.contains { $0.isNumber }
  }

  /// What the line begins with on other days too: not its figures.
  private static func beginning(of line: ArraySlice<UInt8>, _ delimiter: UInt8) -> String? {
    var start = line.prefix { $0 != 0x0A && $0 != 0x0D }
    if let end = start.firstIndex(of: delimiter) { start = start[...end] }
    start = start.prefix { !(0x30...0x39).contains($0) }
    start = start.prefix(80)
    let text = String(decoding: start, as: UTF8.self)
    guard text.utf8.elementsEqual(start), isSayable(text),
      text.contains(where: { !$0.isWhitespace && $0 != "\"" })
    else { return nil }
    return text
  }
}
