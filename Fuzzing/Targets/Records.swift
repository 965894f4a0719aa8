import Basics
import RecordModels
import Records

extension FuzzTarget {
  static let records = [
    FuzzTarget(name: "csv", longest: 4096, check: csv),
    FuzzTarget(name: "jsonlines", longest: 4096, check: jsonLines),
    FuzzTarget(name: "document", longest: 4096, check: document),
    FuzzTarget(name: "header", longest: 4096, check: header),
  ]

  /// A whole dump of CSV: cut in any windows it is the same, and each record says what a slow model says.
  private static func csv(_ input: [UInt8]) throws {
    var choices = Choices(input)
    let delimiter = choices.pick(Array(",;\t|: \"\\\u{0}a".utf8))
    let (keyed, kept, maximum) = (choices.below(3), choices.below(2) == 1, choices.pick([1 << 20, 40, 2]))
    // A quote cannot be the delimiter: the feed file refuses it.
    let format = Format.csv(delimiter: delimiter == 0x22 ? 0x2C : delimiter)
    let whole = try scanned(choices.bytes, format, maximum: maximum)
    guard
      case .header(let head)? = whole.pieces.first(where: { if case .header = $0 { true } else { false } }),
      let names = try? Header.parse(head, delimiter: format.delimiter)
    else { return }
    let key = keyed == 0 ? [] : keyed == 1 ? [names[names.count / 2]] : [names[0], "none of them"]
    let model = SlowCSV(
      header: names, key: key, delimiter: format.delimiter, blanks: kept ? .kept : .dropped)
    var parser = RecordParser(format: format, header: names, key: key, blanks: model.blanks)
    try sameRecords(whole, format, &parser) { record, parsed in
      let expected = model.parse(record)
      if expected.isBlank {
        try require(parsed.outcome == .blank, "a blank line is \(parsed.outcome)")
      } else if let reason = expected.reason {
        try require(parsed.reason == reason, "bad for \(String(describing: parsed.reason)), not \(reason)")
      } else {
        try require(written(parsed) == written(expected.parsed), "\(parsed) is not \(expected.parsed)")
      }
    }
  }

  /// Lines of JSON: records are those of RFC 8259, and what is written of them is the same record again.
  private static func jsonLines(_ input: [UInt8]) throws {
    var choices = Choices(input)
    let key = choices.pick([[], ["a"], ["a.b", "c"]])
    let maximum = choices.pick([1 << 20, 40])
    let whole = try scanned(choices.bytes, .jsonLines, maximum: maximum)
    var parser = RecordParser(format: .jsonLines, header: [], key: key)
    try sameRecords(whole, .jsonLines, &parser) { record, parsed in try sound(record, parsed) }
  }

  /// A JSON document whose records are in an array at some path.
  private static func document(_ input: [UInt8]) throws {
    var choices = Choices(input)
    let format = Format.json(unwrap: choices.pick([[], ["a"], ["a", "b"]]))
    let maximum = choices.pick([1 << 20, 12])
    let whole = try scanned(choices.bytes, format, maximum: maximum)
    var parser = RecordParser(format: format, header: [], key: [])
    try sameRecords(whole, format, &parser) { record, parsed in
      if parsed.outcome == .record {
        try sound(record.last == 0x2C ? Array(record.dropLast()) : record, parsed)
      }
    }
  }

  private static func header(_ input: [UInt8]) throws {
    for delimiter in [UInt8(ascii: ","), UInt8(ascii: ";")] {
      guard let names = try? Header.parse(input, delimiter: delimiter) else { continue }
      try require(Set(names.map { Array($0.utf8) }).count == names.count, "names are not unique: \(names)")
      try require(names.allSatisfy { !$0.isEmpty }, "a name is empty: \(names)")
      // As bytes: an accent behind a quote makes one character of both.
      let quoted = names.map { (name) -> [UInt8] in
        [0x22] + name.utf8.flatMap { (byte: UInt8) -> [UInt8] in byte == 0x22 ? [0x22, 0x22] : [byte] } + [
          0x22
        ]
      }
      let again = try Header.parse(Array(quoted.joined(separator: [delimiter])), delimiter: delimiter)
      try require(again.map { Array($0.utf8) } == names.map { Array($0.utf8) }, "\(again) is not \(names)")
    }
  }

  /// Cuts a dump whole and in windows.
  private static func scanned(_ dump: [UInt8], _ format: Format, maximum: Int) throws -> Scan {
    let whole = scan(dump, format, maximum: maximum)
    let bytes = whole.pieces.flatMap(\.bytes)
    try require(whole.error == nil ? bytes == dump : dump.starts(with: bytes), "bytes are lost")
    for size in [1, 7, 64] {
      let cut = scan(dump, format, maximum: maximum, window: { size })
      try require(
        cut.error?.kind == whole.error?.kind, "in windows of \(size): \(String(describing: cut.error))")
      // How far an ill dump is streamed before the fault is seen may differ.
      if whole.error == nil { try require(cut == whole, "in windows of \(size) it is \(cut), not \(whole)") }
    }
    return whole
  }

  /// Parses all records, and sees that the other ways to cut them find the same.
  private static func sameRecords(
    _ whole: Scan, _ format: Format, _ parser: inout RecordParser, _ body: ([UInt8], Parsed) throws -> Void
  ) throws {
    for run in whole.pieces.split(whereSeparator: { if case .record = $0 { false } else { true } }) {
      var (rest, splitter) = (run.flatMap(\.bytes)[...], BlockSplitter(format: format))
      for record in run.map(\.bytes) {
        let (split, first) = unsafe rest.withUnsafeBytes { bytes in
          unsafe (splitter.nextLength(bytes), parser.parseFirst(of: bytes))
        }
        try require(split == record.count, "\(shown(record)) is split after \(split)")
        let parsed = parse(record, with: &parser)
        if let first {
          try require(
            first == record.count && parsed.outcome == .record, "\(shown(record)) is found as \(first)")
        }
        try body(record, parsed)
        rest = rest.dropFirst(record.count)
      }
    }
  }

  private static func sound(_ record: [UInt8], _ parsed: Parsed) throws {
    let kind = JSONModel.kind(of: record)
    switch parsed.outcome {
    case .blank: try require(kind == .blank, "\(shown(record)) is taken for blank")
    case .bad(let bad):
      switch bad.reason {
      case .notAnObject: try require(kind == .other, "\(shown(record)): \(bad)")
      case .brokenJSON: try require(kind == .broken || kind == .deep, "\(shown(record)): \(bad)")
      case .invalidUTF8:
        try require(String(validating: record, as: UTF8.self) == nil, "\(shown(record)): \(bad)")
      case .duplicateMember: try require(kind != .blank, "\(shown(record)): \(bad)")
      case .blankKey: try require(kind == .object, "\(shown(record)): \(bad)")
      default: try require(false, "\(shown(record)): \(bad)")
      }
    case .record:
      try require(kind == .object, "\(shown(record)) is taken for a record, and is \(kind)")
      for text in [parsed.canonical, "{\(parsed.members)}"] {
        try require(
          json(text).canonical == parsed.canonical, "\(text) is another record than \(shown(record))")
      }
      try require(!parsed.members.utf8.contains(0x0A), "a line feed in \(parsed.members)")
    }
  }

  /// Bytes, since strings that only look alike are equal.
  private static func written(_ parsed: Parsed) -> [[UInt8]] {
    guard parsed.outcome == .record else { return [Array(parsed.message.utf8)] }
    return [parsed.canonical, parsed.keyJSON, parsed.members].map { Array($0.utf8) }
      + [parsed.key, [parsed.keyIsSet ? 1 : 0]] + parsed.fields.flatMap { $0.map { Array($0.utf8) } }
  }
}

extension Format {
  fileprivate var delimiter: UInt8 { if case .csv(let delimiter) = self { delimiter } else { 0x2C } }
}
