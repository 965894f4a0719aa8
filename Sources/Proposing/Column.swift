import Basics
import Records

/// What is known of a column by the first records.
struct Column: Equatable {
  /// As a key names it: a column's name, or names of JSON members joined by dots.
  var name: String
  /// How many of its values are of which kind.
  var kinds: [Int] = [0, 0, 0, 0, 0]
  /// How long its values are, all together, in bytes.
  var length = 0
  /// The first value that is not blank.
  var example = ""
  /// Whether it has values that are arrays or objects.
  var isNested = false

  init(_ name: String) { self.name = name }

  /// How many values were seen that are not blank.
  var values: Int { kinds.reduce(0, +) - kinds[0] }

  /// What most of its values are; text if it has none.
  var kind: ValueKind {
    if values == 0 { return .text }
    // A column of numbers with a fraction here and there is one of fractions.
    if kinds[2] > 0, kinds[1] + kinds[2] == values { return .fraction }
    let all: [ValueKind] = [.blank, .whole, .fraction, .date, .text]
    let most = (1..<5).max { kinds[$0] < kinds[$1] } ?? 4
    return all[most]
  }

  mutating func note(_ value: some StringProtocol) {
    let kind = ValueKind(Array(value.utf8))
    switch kind {
    case .blank: kinds[0] += 1
    case .whole: kinds[1] += 1
    case .fraction: kinds[2] += 1
    case .date: kinds[3] += 1
    case .text: kinds[4] += 1
    }
    length += value.utf8.count
    if kind != .blank, example.isEmpty { example = String(value.prefix(100)) }
  }
}

/// The columns of a dump, by its first records.
struct ColumnList: ~Copyable {
  /// So many records are looked at.
  static let records = 1000
  /// More columns are not looked at.
  static let limit = 1000
  private static let depth = 3

  private(set) var columns: [Column] = []
  private(set) var isCut = false
  private var places: [String: Int] = [:]
  private var nested = RecordParser(format: .jsonLines, header: [], key: [])

  init() {}

  /// The columns of a dump's first records.
  /// - Parameter next: gives the next bytes of the dump; 0: its end.
  static func found(
    _ format: Format, _ next: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) -> [Column] {
    var list = ColumnList()
    var count = 0
    _ = try unsafe DumpReader.read(
      format, next,
      key: {
        list.addAll($0); return []
      },
      record: { (parser) throws(Failure) in
        list.note(parser.fields())
        count += 1
        return count < records
      })
    return list.columns.filter { !$0.isNested }
  }

  private mutating func addAll(_ names: [String]) { for name in names { _ = place(name) } }

  private mutating func place(_ name: String) -> Int? {
    if let place = places[name] { return place }
    guard columns.count < Self.limit else {
      isCut = true
      return nil
    }
    places[name] = columns.count
    columns.append(Column(name))
    return columns.count - 1
  }

  private mutating func note(_ fields: [(name: String, text: String, isString: Bool)]) {
    for field in fields { note(field.name, field.text, field.isString, depth: 1) }
  }

  private mutating func note(_ name: String, _ text: String, _ isString: Bool, depth: Int) {
    if !isString, text.hasPrefix("{"), depth < Self.depth {
      var inner: [(name: String, text: String, isString: Bool)] = []
      var text = text
      text.withUTF8 { bytes in
        if unsafe nested.parse(UnsafeRawBufferPointer(bytes)) == .record { inner = nested.fields() }
      }
      for field in inner { note("\(name).\(field.name)", field.text, field.isString, depth: depth + 1) }
      return
    }
    guard let place = place(name) else { return }
    if !isString, text.hasPrefix("{") || text.hasPrefix("[") { columns[place].isNested = true }
    columns[place].note(!isString && text == "null" ? "" : text)
  }
}
