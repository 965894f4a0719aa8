import RecordModels
import Records
import StrandlineTesting
import Testing

/// An obvious writer, with freedom in all that means nothing.
struct CSVWriter {
  var generator: SplitMix64
  var alphabet: [Unicode.Scalar] = ["a", "b", " ", "\"", ",", "\n", "\r", "é", "漢", "\\", "\u{1}", "\0"]

  mutating func value() -> String {
    String(String.UnicodeScalarView((0..<generator.below(12)).map { _ in generator.pick(alphabet) }))
  }

  mutating func write(_ rows: [[String]]) -> [UInt8] {
    var text = ""
    for row in rows {
      text += row.map { write($0, isAlone: row.count == 1) }.joined(separator: ",")
      text += generator.pick(["\n", "\r\n"])
    }
    return Array(text.utf8)
  }

  private mutating func write(_ value: String, isAlone: Bool) -> String {
    let needsQuotes = value.unicodeScalars.contains { "\",\r\n".unicodeScalars.contains($0) }
    if needsQuotes || (isAlone && value.isEmpty) || generator.below(3) == 0 {
      var quoted = "\""
      for scalar in value.unicodeScalars {
        quoted.unicodeScalars.append(scalar)
        if scalar == "\"" { quoted += "\"" }
      }
      return quoted + "\""
    }
    return value
  }
}

@Suite struct CSVPropertyTests {
  private func read(_ dump: [UInt8], key: [String] = []) -> (header: [String], rows: [Parsed]) {
    var header: [String] = []
    var rows: [Parsed] = []
    var parser = RecordParser(format: comma, header: [], key: [])
    for piece in scan(dump, comma).pieces {
      switch piece {
      case .header(let bytes):
        header =
          unsafe (try? bytes.whole { bytes throws(BadRecord) in
            unsafe try Header.parse(bytes, delimiter: 0x2C)
          })
          ?? []
        parser = RecordParser(format: comma, header: header, key: key)
      case .record(let bytes): rows.append(parse(bytes, with: &parser))
      default: Issue.record("\(piece)")
      }
    }
    return (header, rows)
  }

  @Test func whatIsWrittenIsRead() {
    var writer = CSVWriter(generator: SplitMix64(1))
    for _ in 0..<1_000 {
      let width = 1 + writer.generator.below(6)
      let header = (0..<width).map { "c\($0)" }
      let rows = (0..<writer.generator.below(6)).map { _ in (0..<width).map { _ in writer.value() } }
      let (names, read) = read(writer.write([header] + rows))
      #expect(names == header)
      let values = read.map { $0.fields.map { Array($0[1].utf8) } }
      #expect(values == rows.map { $0.map { Array($0.utf8) } })
    }
  }

  @Test func orderOfColumnsQuotesAndLineEndsMakeNoDifference() {
    var writer = CSVWriter(generator: SplitMix64(2))
    for _ in 0..<1_000 {
      let width = 1 + writer.generator.below(6)
      let header = (0..<width).map { "c\($0)" }
      let row = (0..<width).map { _ in writer.value() }
      let order = Array(0..<width).shuffled(using: &writer.generator)
      let key = [header[0]]
      let plain = read(writer.write([header, row]), key: key).rows[0]
      let shuffled = read(writer.write([order.map { header[$0] }, order.map { row[$0] }]), key: key).rows[0]
      #expect(plain.outcome == shuffled.outcome)
      #expect(plain.canonical == shuffled.canonical)
      #expect(plain.key == shuffled.key)
    }
  }

  @Test func differentValuesDiffer() {
    var writer = CSVWriter(generator: SplitMix64(3))
    writer.alphabet = ["a", "\"", ",", "\\", "n", "\n"]
    var seen: [String: [String]] = [:]
    for _ in 0..<20_000 {
      let row = [String(writer.value().prefix(3)), String(writer.value().prefix(3))]
      let canonical = read(writer.write([["a", "b"], row])).rows[0].canonical
      #expect(seen.updateValue(row, forKey: canonical).map { $0 == row } ?? true)
    }
  }

  @Test func canonicalCSVIsCanonicalJSON() {
    var writer = CSVWriter(generator: SplitMix64(4))
    for _ in 0..<3_000 {
      let row = [writer.value(), writer.value(), writer.value()]
      let parsed = read(writer.write([["x", "a", "b"], row])).rows[0]
      let again = json(parsed.canonical)
      #expect(again.canonical == parsed.canonical)
      #expect(json("{\(parsed.members)}").canonical == parsed.canonical)
    }
  }

  @Test func nothingTraps() {
    var generator = SplitMix64(6)
    let alphabet = Array("\",\r\n{}[]:\\ab1 \u{FEFF}é".utf8)
    var lines = RecordParser(format: comma, header: ["a", "b"], key: ["b"])
    var objects = RecordParser(format: .jsonLines, header: [], key: ["a", "a.b"])
    for _ in 0..<20_000 {
      let record = noise(alphabet, 30, &generator)
      let fromCSV = parse(record, with: &lines)
      if fromCSV.outcome == .record { #expect(json(fromCSV.canonical).canonical == fromCSV.canonical) }
      _ = parse(record, with: &objects)
    }
  }
}
