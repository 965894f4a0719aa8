import Basics
import FeedFile
import Proposing
import Records
import StrandlineTesting
import Testing

/// Random tables in random dialects: the proposal reads back exactly the table.
@Suite struct DialectTests {
  private struct Dialect: CustomStringConvertible {
    var delimiter: String
    var lineEnd: String
    var quotesAll: Bool
    var endsOpen: Bool
    var encoding: String
    var hasMark: Bool
    var packing: String
    var preamble: [String]
    var footer: [String]

    var description: String {
      "\(delimiter.debugDescription) \(encoding)\(hasMark ? " BOM" : "") \(packing) \(lineEnd.debugDescription) "
        + "all: \(quotesAll) open: \(endsOpen) \(preamble) \(footer)"
    }

    init(_ random: inout SplitMix64) {
      delimiter = random.pick([",", ";", "\t", "|"])
      lineEnd = random.pick(["\n", "\r\n"])
      quotesAll = random.oneIn(3)
      encoding = random.pick(["utf-8", "utf-8", "utf-16", "utf-16le", "windows-1252"])
      hasMark = encoding == "utf-8" && random.oneIn(3)
      packing = random.pick(["none", "none", "gzip", "zstd"])
      preamble =
        random.oneIn(3)
        ? Array(["Orders of the north", "made by a person", ""].suffix(1 + random.below(3))) : []
      footer =
        random.oneIn(3)
        ? random.pick([["", "Total" + delimiter + "7"], ["", "Made by: a person"], ["Summe: 12"]]) : []
      endsOpen = footer.isEmpty && random.oneIn(4)
    }

    func cell(_ text: String) -> String {
      let needs =
        quotesAll || text.contains { "\"\n\r".contains($0) } || text.contains(delimiter)
        || text.contains("\r\n")
      return needs ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }

    func write(_ table: [[String]]) throws -> [UInt8] {
      let rows = table.map { $0.map(cell).joined(separator: delimiter) }
      var text = (preamble + rows + footer).joined(separator: lineEnd) + (endsOpen ? "" : lineEnd)
      if hasMark { text = "\u{FEFF}" + text }
      var bytes = Array(text.utf8)
      if encoding != "utf-8" { bytes = try through("iconv", "-f", "utf-8", "-t", encoding, input: bytes) }
      switch packing {
      case "gzip": return try through("gzip", "-c", input: bytes)
      case "zstd": return try through("zstd", "-q", "-c", input: bytes)
      default: return bytes
      }
    }
  }

  private func value(_ random: inout SplitMix64, _ column: Int) -> String {
    switch (column + random.below(2)) % 6 {
    case 0: return "\(random.below(100_000))"
    case 1: return "\(random.below(100)),\(random.below(100))"
    case 2: return "2026-11-\(10 + random.below(19))"
    case 3:
      return random.pick([
        "", "a;b", "c,d", "x|y", "tab\tbed", "\"quoted\"", "two\nlines", "Grün & Söhne", " blank ",
      ])
    default:
      let letters = Array("abcdefghijklmnopqrstuvwxyzäöü ")
      return String((0...random.below(12)).map { _ in random.pick(letters) })
    }
  }

  private func table(_ random: inout SplitMix64) -> [[String]] {
    let names = ["Auftrag", "Kunde", "betrag_netto", "Straße", "note", "Datum", "x1"].shuffled(using: &random)
    let width = 2 + random.below(names.count - 1)
    var table = [Array(names.prefix(width))]
    for _ in 0..<(6 + random.below(60)) {
      var row = (0..<width).map { value(&random, $0) }
      // A record that begins like a total, or is blank, is another matter.
      row[0] = "r" + row[0].filter { $0 != "\n" }
      table.append(row)
    }
    return table
  }

  @Test(arguments: 0..<60) func readsBackTheTable(seed: Int) throws {
    var random = SplitMix64(seed)
    let dialect = Dialect(&random)
    let table = table(&random)
    let given = Given(try dialect.write(table), "dump")
    let feed: Feed
    do { feed = try given.feed() } catch {
      Issue.record("\(dialect): \(error)")
      return
    }
    let dump = try given.dump(feed)
    let read = try records(dump, feed.source.format)
    let written = try given.draft().text()
    #expect(read == table, "\(dialect)\n\(written)")
  }

  /// The header and the records.
  private func records(_ dump: [UInt8], _ format: Format) throws -> [[String]] {
    var scanner = DumpScanner(format: format)
    var parser = RecordParser(format: .jsonLines, header: [], key: [])
    var table: [[String]] = []
    var rest = dump[...]
    while true {
      let piece = try unsafe rest.withUnsafeBytes { (bytes) throws(ScanError) in
        try unsafe scanner.next(bytes, atEnd: true)
      }
      switch piece {
      case .needMore, .end: return table
      case .literal(let length): rest = rest.dropFirst(length)
      case .oversized(let length, _): rest = rest.dropFirst(length)
      case .header(let length):
        guard case .csv(let delimiter) = format else { return [] }
        let names = try Header.parse(Array(rest.prefix(length)), delimiter: delimiter)
        table.append(names)
        parser = RecordParser(format: format, header: names, key: [])
        rest = rest.dropFirst(length)
      case .record(let length):
        let record = Array(rest.prefix(length))
        let fields = unsafe record.withUnsafeBytes { bytes in
          unsafe parser.parse(bytes) == .record ? parser.fields().map(\.text) : []
        }
        if !fields.isEmpty { table.append(fields) }
        rest = rest.dropFirst(length)
      }
    }
  }
}
