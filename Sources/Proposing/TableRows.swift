/// The records of a beginning of CSV, by a delimiter: as ``RecordParser`` reads them, but of any number of fields.
struct TableRows {
  /// A record, or a blank line, which has no fields.
  struct Row {
    var fields: [[UInt8]]
    /// Where it stands in the text.
    var range: Range<Int>
    /// Whether its first field has quotes.
    var isQuoted: Bool

    var isBlank: Bool { fields.isEmpty }
  }

  /// Enough to tell by.
  static let limit = 1000

  private(set) var rows: [Row] = []
  /// Whether the text ends within quotes.
  private(set) var endsInQuotes = false

  /// - Parameters:
  ///   - isWhole: whether the text has an end; else its last record may not be whole, and is left out.
  ///   - startsInQuotes: for a text that may have been cut within quotes.
  init(
    _ text: ArraySlice<UInt8>, delimiter: UInt8, isWhole: Bool, limit: Int = limit,
    startsInQuotes: Bool = false
  ) {
    var row = Row(fields: [], range: text.startIndex..<text.startIndex, isQuoted: false)
    var field: [UInt8] = []
    var inQuotes = startsInQuotes
    var isFieldStart = !startsInQuotes
    var index = text.startIndex
    func isLineEnd(_ index: Int) -> Bool { text[index] == 0x0A }
    while index < text.endIndex, rows.count < limit {
      let byte = text[index]
      index += 1
      if inQuotes {
        guard byte == 0x22 else {
          field.append(byte)
          continue
        }
        if index < text.endIndex, text[index] == 0x22 {
          field.append(byte)
          index += 1
        } else {
          inQuotes = false
        }
      } else if byte == 0x22, isFieldStart {
        inQuotes = true
        isFieldStart = false
        if row.fields.isEmpty { row.isQuoted = true }
      } else if byte == delimiter {
        row.fields.append(field)
        field = []
        isFieldStart = true
      } else if byte == 0x0A {
        finish(&row, &field, end: index)
        isFieldStart = true
      } else {
        field.append(byte)
        isFieldStart = false
      }
    }
    guard rows.count < limit else { return }
    endsInQuotes = inQuotes
    if isWhole, row.range.lowerBound < text.endIndex { finish(&row, &field, end: text.endIndex) }
  }

  private mutating func finish(_ row: inout Row, _ field: inout [UInt8], end: Int) {
    if field.last == 0x0D { field.removeLast() }
    let isBlank = row.fields.isEmpty && field.isEmpty && !row.isQuoted
    if !isBlank { row.fields.append(field) }
    row.range = row.range.lowerBound..<end
    rows.append(row)
    row = Row(fields: [], range: end..<end, isQuoted: false)
    field = []
  }
}

/// What a value looks like.
enum ValueKind: Equatable {
  case blank
  /// Digits with a sign at most.
  case whole
  /// A number with a fraction or an exponent, be its sign a point or a comma.
  case fraction
  /// A date, a time or both.
  case date
  case text

  init(_ given: some Collection<UInt8>) {
    var value = Array(given)
    while value.last == 0x20 { value.removeLast() }
    value = Array(value.drop { $0 == 0x20 })
    guard let first = value.first else {
      self = .blank
      return
    }
    let digits = value.count { (0x30...0x39).contains($0) }
    let signs = value.dropFirst([0x2B, 0x2D].contains(first) ? 1 : 0)
    if digits > 0, signs.allSatisfy({ (0x30...0x39).contains($0) }) {
      self = .whole
    } else if digits > 0, ValueKind.isFraction(signs) {
      self = .fraction
    } else if digits >= 3, ValueKind.isDate(value, digits: digits) {
      self = .date
    } else {
      self = .text
    }
  }

  private static func isFraction(_ value: ArraySlice<UInt8>) -> Bool {
    var points = 0
    var exponents = 0
    for (place, byte) in value.enumerated() {
      switch byte {
      case 0x30...0x39: break
      case UInt8(ascii: "."), UInt8(ascii: ","): points += 1
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        if place == 0 { return false }
        exponents += 1
      case UInt8(ascii: "-"), UInt8(ascii: "+"): if exponents == 0 { return false }
      default: return false
      }
    }
    // 1.2.3 is a version, 01.02.2026 a date; 1,234,567 a number.
    let commas = value.count { $0 == UInt8(ascii: ",") }
    return exponents <= 1 && points > 0 && (points == 1 || commas >= points - 1)
  }

  private static func isDate(_ value: [UInt8], digits: Int) -> Bool {
    let separators = value.count { "-/.:".utf8.contains($0) }
    let others = value.count { byte in
      !(0x30...0x39).contains(byte) && !"-/.:+ ".utf8.contains(byte)
    }
    let letters = others == 0 || value.contains { "TZ".utf8.contains($0) } && others <= 2
    return separators >= 1 && letters && digits <= 23
      && (separators >= 2 || value.contains(UInt8(ascii: ":")))
  }
}
