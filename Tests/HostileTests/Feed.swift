import Dedupe
import Records
import StrandlineTesting

/// A source whose small dumps have everything in them that dumps should not have.
struct Feed {
  struct Row {
    enum Kind {
      /// A value for each column that there ever is, whether the dump has it now or not.
      case record([Value])
      case blank
      /// A line that can never be read.
      case bad
      /// A line of so many fields: bad unless there are as many columns.
      case fields(Int)
    }

    var kind: Kind
    /// How it is written.
    var style: UInt64
    var endsWithCR: Bool
  }

  static let allColumns = 6

  let isCSV: Bool
  let maximum: Int
  let rowLimit: Int
  private let padding: ClosedRange<Int>
  private let keys: [[UInt8]]
  private let texts: [[UInt8]]
  private let oddity: Int

  var delimiter: UInt8 = 0x2C
  /// What each column is called; which there are now, and in which order.
  var names = ["k", "l", "v\"w", "p", "e,\n1", "é"]
  var columns = [0, 1, 2, 3]
  var key: [String]
  var duplicates: DuplicateRule
  var rows: [Row] = []
  var hasMark = false
  var blanksBefore = 0
  /// Nothing at all came: no header either.
  var isVoid = false
  var endsOpen = false
  /// CSV: a quoted field without an end, which swallows the rest of the dump.
  var tail: [UInt8]?

  init(_ generator: inout SplitMix64) {
    isCSV = !generator.oneIn(4)
    let size = generator.below(20)
    // A block has at least a kilobyte: only long records make several of them out of a few.
    padding =
      size < 7 ? 0...0 : size < 10 ? 0...30 : size < 13 ? 60...400 : size < 18 ? 300...900 : 1500...3100
    let most = size < 10 ? generator.pick([2, 4, 8, 8, 16, 60]) : size < 13 ? 20 : size < 18 ? 12 : 6
    rowLimit = most
    keys = Array(Pool.keys.shuffled(using: &generator).prefix(generator.pick([1, 2, 4, 9, 18])))
    texts = Array(Pool.texts.shuffled(using: &generator).prefix(generator.pick([1, 3, 8, 24])))
    oddity = generator.pick([4, 12, 40, 1000])
    // Below some records are too long, above all headers are taken.
    maximum = generator.oneIn(12) ? 90 + generator.below(300) : DumpScanner.maxRecordBytes
    duplicates = generator.oneIn(2) ? .first : .last
    key = generator.pick([["k"], ["k"], ["k", "l"], ["k", "l"], ["l", "k"], [], ["v\"w"]])
    if generator.oneIn(3) { columns.append(generator.pick([4, 5])) }
    if generator.oneIn(10) { columns = [0] }
    if generator.oneIn(6) { hasMark = true }
    if generator.oneIn(8) { endsOpen = true }
    let count = size < 10 ? generator.below(most + 1) : most - generator.below(most / 2 + 1)
    for _ in 0..<count { rows.append(row(&generator)) }
  }

  func row(_ generator: inout SplitMix64) -> Row {
    var kind = Row.Kind.record([])
    if generator.oneIn(oddity) {
      kind = generator.pick([.blank, .bad, .fields(1), .fields(3), .fields(4), .fields(5)])
      if !isCSV, case .fields = kind { kind = .bad }
    } else {
      kind = .record(
        (0..<Self.allColumns).map { column in
          switch column {
          case 0, 1: token(&generator) ?? Value(generator.pick(keys))
          case 3: Value(pad(&generator))
          case 4: token(&generator) ?? Value(generator.oneIn(2) ? [] : generator.pick(texts))
          default: token(&generator) ?? Value(generator.pick(texts))
          }
        })
    }
    // Few styles, so that records come again byte for byte.
    return Row(
      kind: kind, style: UInt64(generator.below(generator.oneIn(2) ? 2 : 1000)),
      endsWithCR: generator.oneIn(oddity))
  }

  private func token(_ generator: inout SplitMix64) -> Value? {
    !isCSV && generator.oneIn(4) ? generator.pick(Pool.tokens) : nil
  }

  private func pad(_ generator: inout SplitMix64) -> [UInt8] {
    let length = padding.lowerBound + generator.below(padding.count)
    let unit: [UInt8] = generator.pick([
      [0x78], [0x61, 0x62], [0x78, 0x79, 0x0A], length > 400 ? [0x78] : [0x2C, 0x22, 0x2C],
    ])
    var out: [UInt8] = []
    out.reserveCapacity(length + 8)
    while out.count < length { out += unit }
    // Mostly the same, so that whole blocks may stay.
    out += Array("\(generator.below(3))".utf8)
    return out
  }

  var format: Format { isCSV ? .csv(delimiter: delimiter) : .jsonLines }

  /// The dump as it is now.
  func dump() -> Dump {
    let present = columns.map { names[$0] }
    var dump = Dump(
      reading: Reading(format: format, header: [], key: key, duplicates: duplicates),
      names: present)
    if isVoid {
      dump.names = []
      dump.ending = .empty
      return dump
    }
    if hasMark { dump.bytes += [0xEF, 0xBB, 0xBF] }
    var line = 0
    if isCSV {
      let blank: [UInt8] = blanksBefore % 2 == 0 ? [13, 10] : [10]
      for _ in 0..<blanksBefore { dump.bytes += blank }
      line = blanksBefore
      dump.reading.header = present
      dump.hasHeader = true
      var writer = Writer(style: UInt64(blanksBefore + columns.count), delimiter: delimiter)
      let header = writer.csv(present.map { Array($0.utf8) })
      dump.bytes += header
      line += header.count { $0 == 10 }
      let isAlone = rows.isEmpty && tail == nil
      if !(isAlone && endsOpen) {
        dump.bytes.append(10)
        line += 1
      }
    }
    for place in rows.indices {
      let isLast = place == rows.count - 1 && tail == nil
      var written = write(rows[place])
      if !isLast || !endsOpen {
        if rows[place].endsWithCR { written.bytes.append(13) }
        written.bytes.append(10)
      }
      append(written, at: &line, to: &dump)
    }
    if let tail {
      let bytes = tail.map { $0 == 0x2C ? delimiter : $0 }
      append(.init(bytes: bytes, offset: 0, line: 0, says: .bad), at: &line, to: &dump)
    }
    if dump.bytes.count == (hasMark ? 3 : 0) {
      dump.ending = .empty
    } else if tail != nil {
      dump.ending = .insideQuotes
    } else if let last = dump.lines.last?.bytes.last ?? dump.bytes.last, last != 10 {
      dump.ending = .unterminated
    }
    return dump
  }

  private func append(_ written: Dump.Line, at line: inout Int, to dump: inout Dump) {
    if written.bytes.isEmpty { return }
    var written = written
    written.offset = dump.bytes.count
    written.line = line
    if written.bytes.count > maximum { written.says = .bad }
    dump.bytes += written.bytes
    line += written.bytes.count { $0 == 10 }
    dump.lines.append(written)
  }

  private func write(_ row: Row) -> Dump.Line {
    var writer = Writer(style: row.style, delimiter: delimiter)
    var line = Dump.Line(bytes: [], offset: 0, line: 0, says: .blank)
    switch row.kind {
    case .blank:
      if !isCSV { line.bytes = Pool.blankJSON[Int(row.style) % Pool.blankJSON.count] }
    case .bad:
      let lines = isCSV ? Pool.badCSV : Pool.badJSON
      line.bytes = lines[Int(row.style) % lines.count]
      line.says = .bad
    case .fields(let count):
      let fields = Array(repeating: Value(Array("w".utf8)), count: count)
      line.bytes = writer.csv(fields.map(\.text))
      line.says = count == columns.count ? .record(fields) : .bad
    case .record(let values):
      let present = columns.map { values[$0] }
      if isCSV {
        line.bytes = writer.csv(present.map(\.text))
      } else {
        (line.bytes, line.members) = writer.json(columns.map { names[$0] }, present)
      }
      line.says = .record(present)
    }
    return line
  }
}
