import RecordModels
import Records
import Testing

@Suite struct LineScannerTests {
  @Test(arguments: [
    ("a,b\n1,2\n", ["header a,b\n", "record 1,2\n"]),
    ("a,b\r\n1,2\r\n3,4\n", ["header a,b\r\n", "record 1,2\r\n", "record 3,4\n"]),
    ("\u{FEFF}a\n1\n", ["literal \u{FEFF}", "header a\n", "record 1\n"]),
    ("\n\r\na\n\n\r\n1\n", ["literal \n\r\n", "header a\n", "record \n", "record \r\n", "record 1\n"]),
    ("a\n\"x\ny\"\n2\n", ["header a\n", "record \"x\ny\"\n", "record 2\n"]),
    ("a,b\n1,\"x\"\"\n\"\"y\"\n", ["header a,b\n", "record 1,\"x\"\"\n\"\"y\"\n"]),
    ("a\nx\"y\nz\"\n", ["header a\n", "record x\"y\n", "record z\"\n"]),
    ("a\n\"x\"y\"\n1\n", ["header a\n", "record \"x\"y\"\n", "record 1\n"]),
    ("a\n\"\"\n1\n", ["header a\n", "record \"\"\n", "record 1\n"]),
    ("a,b\n\"1\",\"2\n\"\n3,4\n", ["header a,b\n", "record \"1\",\"2\n\"\n", "record 3,4\n"]),
    ("a\rb\n1\r2\n", ["header a\rb\n", "record 1\r2\n"]),
    ("\"a\nb\"\n1\n", ["header \"a\nb\"\n", "record 1\n"]),
    ("a\n \"x\n", ["header a\n", "record  \"x\n"]),
  ]) func cutsCSV(dump: String, expected: [String]) {
    let result = scan(Array(dump.utf8), comma)
    #expect(result.pieces.map(plain) == expected)
    #expect(result.ending == .terminated)
  }

  @Test(arguments: [
    ("", DumpScanner.Ending.empty), ("\u{FEFF}", .empty), ("a", .unterminated), ("a\n", .terminated),
    ("a\n1", .unterminated), ("a\n\"1", .insideQuotes), ("a\n\"1\"", .unterminated),
    ("a\n\"1\"\"", .insideQuotes),
    ("a\n1,\"x\n", .insideQuotes), ("\"a", .insideQuotes), ("a\n1\r", .unterminated), ("\n", .terminated),
    ("a\nx\"", .unterminated),
  ]) func saysHowCSVEnds(dump: String, expected: DumpScanner.Ending) {
    for size in [1, 2, 100] { #expect(scan(Array(dump.utf8), comma, window: { size }).ending == expected) }
  }

  @Test func takesAnotherDelimiter() {
    let result = scan(Array("a;b\n1;\"x\ny\"\n,\"z\n".utf8), .csv(delimiter: UInt8(ascii: ";")))
    #expect(result.pieces.map(plain) == ["header a;b\n", "record 1;\"x\ny\"\n", "record ,\"z\n"])
  }

  @Test func cutsJSONLines() {
    let result = scan(Array("\u{FEFF}{\"a\":\"\"}\n\n{\"b\":\"x\\n\"}\r\n  \n{".utf8), .jsonLines)
    #expect(
      result.pieces.map(plain) == [
        "literal \u{FEFF}", "record {\"a\":\"\"}\n", "record \n", "record {\"b\":\"x\\n\"}\r\n",
        "record   \n",
        "record {",
      ])
    #expect(result.ending == .unterminated)
    #expect(scan([], .jsonLines).ending == .empty)
    #expect(scan(Array("{}\n".utf8), .jsonLines).ending == .terminated)
  }

  @Test(arguments: [1, 2, 3, 7, 1000]) func cutsOversizedIntoStretches(size: Int) {
    let long = "\"" + String(repeating: "x\n\"\",", count: 30) + "\"\n"
    let dump = "a\n1\n" + long + "1234567\n12345678\n" + String(repeating: "y", count: 50)
    let result = scan(Array(dump.utf8), comma, maximum: 8, window: { size })
    #expect(
      result.pieces.map(plain) == [
        "header a\n", "record 1\n", "oversized " + long, "record 1234567\n", "oversized 12345678\n",
        "oversized " + String(repeating: "y", count: 50),
      ])
    #expect(result.ending == .unterminated)
  }

  @Test(arguments: [1, 100]) func refusesAHeaderWithoutEnd(size: Int) {
    let result = scan(
      Array(("\"" + String(repeating: "x\n", count: 50)).utf8), comma, maximum: 20, window: { size })
    #expect(result.error?.kind == .headerTooLong)
    #expect(result.error?.message.contains("quote") == true)
  }

  @Test func knowsWhereRecordsMayBeSkipped() throws {
    let dump = Array("a\n1\n2\n\"x\n\"\n3\n".utf8)
    var scanner = DumpScanner(format: comma)
    func next(_ position: Int) throws -> DumpScanner.Piece {
      unsafe try dump.withUnsafeBytesOf(position..<dump.count) { unsafe try scanner.next($0, atEnd: true) }
    }
    #expect(!scanner.isAtRecordBoundary)
    #expect(try next(0) == .header(2))
    #expect(scanner.isAtRecordBoundary)
    #expect(try next(2) == .record(2))
    #expect(scanner.isAtRecordBoundary)
    scanner.skippedRecords(bytes: 2)
    #expect(try next(6) == .record(5))
    #expect(try next(11) == .record(2))
    #expect(try next(13) == .end)
    #expect(!scanner.isAtRecordBoundary)
  }

  @Test func terminators() {
    #expect(comma.terminator == UInt8(ascii: "\n"))
    #expect(Format.jsonLines.terminator == UInt8(ascii: "\n"))
    #expect(Format.json(unwrap: []).terminator == UInt8(ascii: ","))
  }
}

/// A piece without the quotes of its description.
func plain(_ cut: Cut) -> String {
  let text = String(decoding: cut.bytes, as: UTF8.self)
  switch cut {
  case .literal: return "literal " + text
  case .header: return "header " + text
  case .record: return "record " + text
  case .oversized: return "oversized " + text
  }
}
