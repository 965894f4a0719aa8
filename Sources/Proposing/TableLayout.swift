import Basics

/// How a text is a table: what stands between fields, and what stands around the records.
struct TableLayout {
  static let delimiters = Array(",;\t|".utf8)
  /// A header that begins later than after so many lines is none.
  private static let preambleLimit = 50

  var delimiter: UInt8
  var columns: [String]
  /// How many of the records that were looked at have as many fields as the header.
  var regular: Int
  var records: Int
  /// The lines before the header, blank ones at the beginning aside.
  var preamble: [UInt8] = []
  /// How many lines these are.
  var skip = 0
  /// What the header begins with; nil if it is better to count lines.
  var headerStartsWith: String?
  /// Whether the header looks like a record.
  var looksHeaderless = false

  /// The best that any delimiter makes of a text.
  /// - Throws: ``Failure/Kind/badData`` if it is no table.
  static func found(in text: [UInt8], isWhole: Bool) throws(Failure) -> TableLayout {
    let first = text.prefix { $0 != 0x0A }
    if !isWhole, first.count == text.count {
      throw Failure(
        .badData,
        "the first line is longer than \(grouped(text.count)) bytes, so no header is in sight: look at what the source sends"
      )
    }
    if let named = namedDelimiter(first), let table = candidate(text, named, isWhole, from: 1)?.table {
      return table
    }
    let candidates = delimiters.compactMap { candidate(text, $0, isWhole, from: 0) }
    if let best = candidates.max(by: { $0.score < $1.score }), best.score >= 0.25 { return best.table }
    return try singleColumn(text, isWhole)
  }

  /// Excel's `sep=;`.
  private static func namedDelimiter(_ line: ArraySlice<UInt8>) -> UInt8? {
    let line = line.filter { $0 != 0x0D && $0 != 0x22 }
    guard line.count == 5, line.starts(with: Array("sep=".utf8)) else { return nil }
    return line[4] == 0x09 || (0x21...0x7E).contains(line[4]) ? line[4] : nil
  }

  private static func candidate(
    _ text: [UInt8], _ delimiter: UInt8, _ isWhole: Bool, from first: Int
  ) -> (score: Double, table: TableLayout)? {
    let rows = TableRows(text[...], delimiter: delimiter, isWhole: isWhole).rows
    var counts: [Int: Int] = [:]
    for row in rows.dropFirst(first) where row.fields.count > 1 { counts[row.fields.count, default: 0] += 1 }
    guard let width = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key,
      let header = headerIndex(rows, width, from: first)
    else { return nil }
    // What stands behind the last record is a footer, as long as it is short.
    let last = rows.lastIndex { $0.fields.count == width } ?? header
    let end = rows.count - last <= 20 ? last + 1 : rows.count
    let records = rows[header..<end].filter { !$0.isBlank }
    let regular = records.count { $0.fields.count == width }
    guard regular * 10 >= records.count * 7 else { return nil }
    let before = rows[..<header].count { !$0.isBlank }
    // In prose two lines may well have as many commas.
    guard before == 0 || regular > min(before, 2) else { return nil }
    let table = TableLayout(rows, header, text, delimiter, regular: regular, records: records.count)
    // A table in another dialect has its header among the lines before, and its delimiter within fields.
    var score = Double(regular) / Double(records.count) * (0.3 + 0.7 * quality(rows[header].fields))
    if before > 0 { score *= before > regular ? 0.3 : 0.9 }
    let hasOther = rows[header].fields.contains { field in
      field.contains { $0 != delimiter && delimiters.contains($0) && $0 != UInt8(ascii: ",") }
    }
    if hasOther { score *= 0.7 }
    return (score + Double(min(width, 20)) * 0.002, table)
  }

  /// Where the header of a table of this width is.
  private static func headerIndex(_ rows: [TableRows.Row], _ width: Int, from first: Int) -> Int? {
    let fitting = rows.indices.dropFirst(first).filter { rows[$0].fields.count == width }
    let early = fitting.filter { $0 < preambleLimit }
    // A title may happen to have as many fields; then a blank line or one of a single field follows, and names after that.
    func isSetApart(_ index: Int) -> Bool { index + 1 < rows.count && rows[index + 1].fields.count < 2 }
    guard let top = early.first, width > 1, isSetApart(top) else { return early.first }
    return early.first { !isSetApart($0) && quality(rows[$0].fields) == 1 } ?? top
  }

  /// Which share of some fields may be names of columns.
  private static func quality(_ fields: [[UInt8]]) -> Double {
    var seen: Set<[UInt8]> = []
    let good = fields.count { field in
      let isNew = seen.insert(field).inserted
      return isNew && ValueKind(field) == .text
    }
    return Double(good) / Double(fields.count)
  }

  private init(
    _ rows: [TableRows.Row], _ header: Int, _ text: [UInt8], _ delimiter: UInt8, regular: Int, records: Int
  ) {
    self.delimiter = delimiter
    self.regular = regular
    self.records = records
    let row = rows[header]
    columns = row.fields.map { String(decoding: $0, as: UTF8.self) }
    // Columns that are all numbers or dates where the records have such: then it is a record itself.
    let kinds = row.fields.map { ValueKind($0) }
    let next = rows.dropFirst(header + 1).first { $0.fields.count == row.fields.count }
    if let next {
      looksHeaderless =
        !kinds.contains(.text)
        || Self.quality(row.fields) < 0.6
          && kinds.contains { $0 != .text && $0 != .blank } && kinds == next.fields.map { ValueKind($0) }
    }
    // Blank lines before the header are left out anyway.
    guard let before = rows[..<header].last(where: { !$0.isBlank }) else { return }
    preamble = Array(text[..<before.range.upperBound])
    skip = text[..<row.range.lowerBound].count { $0 == 0x0A }
    headerStartsWith = Self.beginning(of: row, text, delimiter)
  }

  /// What tells the header from the lines before it.
  private static func beginning(of row: TableRows.Row, _ text: [UInt8], _ delimiter: UInt8) -> String? {
    var line = text[row.range].prefix { $0 != 0x0A }
    if line.last == 0x0D { line.removeLast() }
    let earlier = text[..<row.range.lowerBound].split(separator: 0x0A)
    var starts: [ArraySlice<UInt8>] = []
    if !row.isQuoted, let end = line.firstIndex(of: delimiter) { starts.append(line[...end]) }
    starts.append(line)
    for start in starts where start.count <= 200 && !earlier.contains(where: { $0.starts(with: start) }) {
      let text = String(decoding: start, as: UTF8.self)
      if text.utf8.elementsEqual(start), isSayable(text) { return text }
    }
    return nil
  }

  private static func singleColumn(_ text: [UInt8], _ isWhole: Bool) throws(Failure) -> TableLayout {
    let rows = TableRows(text[...], delimiter: UInt8(ascii: ","), isWhole: isWhole).rows
    let lines = rows.filter { !$0.isBlank }
    let header = rows.firstIndex { row in text[row.range].contains { $0 > 0x20 } }
    guard let header else {
      throw Failure(
        .badData,
        "it has nothing but blank lines: a feed needs a header at least; look at what the source sends")
    }
    let mixed = lines.count { row in
      row.fields.count > 1 || text[row.range].contains { delimiters.contains($0) }
    }
    guard mixed * 2 <= lines.count, lines.allSatisfy({ $0.fields.count > 1 || $0.range.count < 4096 }) else {
      throw Failure(
        .badData,
        "it is text, but no table: neither \",\" nor \";\" nor a tab nor \"|\" divides its lines into as many fields each "
          + "(it begins with \(shown(String(decoding: text.prefix(200), as: UTF8.self)))); look at what the source sends"
      )
    }
    return TableLayout(
      rows, header, text, UInt8(ascii: ","), regular: lines.count { $0.fields.count == 1 },
      records: lines.count)
  }
}
