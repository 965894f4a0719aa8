import RecordModels
import Records
import StrandlineTesting
import Testing

@Suite struct CSVRecordTests {
  @Test(arguments: [
    ("a,b\n", ["a", "b"]), ("a,b\r\n", ["a", "b"]), ("a,b", ["a", "b"]), (",\n", ["", ""]),
    ("\"a\",\"b\"\n", ["a", "b"]), ("\"a,\",\"\n\"\n", ["a,", "\n"]),
    ("\"a\"\"b\",\"\"\"\"\n", ["a\"b", "\""]),
    ("\"\"\"\"\"\",\"\"\n", ["\"\"", ""]), ("a\"b,c\"\n", ["a\"b", "c\""]),
    ("\"a\"b\"c,d\n", ["ab\"c", "d"]),
    ("\"a\" ,\"b\"\r\n", ["a ", "b"]), (" \"a\",b\n", [" \"a\"", "b"]), ("a\rb,c\r\r\n", ["a\rb", "c\r"]),
    ("a,b\r", ["a", "b\r"]), ("\0,\u{1}\n", ["\0", "\u{1}"]), ("é,漢字🌊\n", ["é", "漢字🌊"]),
    ("\"a\"\"\"x,\"b\"\"c\"\"\"\n", ["a\"x", "b\"c\""]), ("\"a\r\nb\",c\n", ["a\r\nb", "c"]),
    ("0123456789abcdef,0123456\n", ["0123456789abcdef", "0123456"]),
  ]) func readsFields(line: String, values: [String]) {
    let parsed = csv(line, ["x", "y"])
    #expect(parsed.outcome == .record)
    #expect(parsed.fields.map { Array($0[1].utf8) } == values.map { Array($0.utf8) })
    #expect(parsed.fields.allSatisfy { $0[2] == "string" })
  }

  @Test(arguments: ["", "\n", "\r\n"]) func blankLinesAreNoRecords(line: String) {
    #expect(csv(line, ["a"]).outcome == .blank)
    #expect(csv(line, ["a", "b"]).outcome == .blank)
  }

  @Test(arguments: [
    ("1\n", BadRecord.Reason.fieldCount, "1 field, the header has 2"), ("1,2,3", .fieldCount, "3 fields"),
    (" \n", .fieldCount, "1 field"), ("1,\"x\n", .unterminatedQuote, "\"b\""),
    ("\"1\"\"\n", .unterminatedQuote, "\"a\""), ("1,2,\"", .unterminatedQuote, "number 3"),
    (",\n", .blankKey, "\"a\""), ("\"\",x\n", .blankKey, "\"a\""),
  ]) func refuses(line: String, reason: BadRecord.Reason, words: String) {
    let parsed = csv(line, ["a", "b"], key: ["a"])
    #expect(parsed.reason == reason)
    #expect(parsed.message.contains(words), "\(parsed.message)")
  }

  @Test(
    arguments: [
      [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x9F, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xFF], [0xC3, 0x28],
    ] as [[UInt8]]) func namesTheFieldThatIsNoUTF8(bytes: [UInt8])
  {
    for padding in [0, 5, 16, 31] {
      let line = Array("1,".utf8) + [UInt8](repeating: 0x78, count: padding) + bytes + Array("\n".utf8)
      let parsed = csv(line, ["a", "b"])
      #expect(parsed.reason == .invalidUTF8)
      #expect(parsed.message.contains("\"b\""))
      #expect(parsed.message.contains("byte \(2 + padding) "))
    }
  }

  @Test func agreesWithTheStandardLibraryOnUTF8() {
    var generator = SplitMix64(9)
    let alphabet: [UInt8] = [
      0x41, 0x80, 0xBF, 0xC2, 0xC3, 0xE0, 0xA0, 0x9F, 0xED, 0xEF, 0xF0, 0x90, 0xF4, 0x8F,
    ]
    for _ in 0..<20_000 {
      let bytes =
        noise(alphabet, 6, &generator) + noise([0x41], 20, &generator) + noise(alphabet, 4, &generator)
      let isValid = String(validating: bytes, as: UTF8.self) != nil
      #expect((csv(Array("x".utf8) + bytes, ["a"]).outcome == .record) == isValid)
    }
  }

  @Test func canonicalFormIsSortedEscapedAndWithoutBlanks() {
    let parsed = csv("3,\"x\"\"\\\n\t\u{1}\u{7F}é\",,0\n", ["b", "a", "c", "B"])
    #expect(parsed.canonical == #"{"B":"0","a":"x\"\\\n\t\u0001"# + "\u{7F}" + #"é","b":"3"}"#)
    #expect(csv(",\n", ["a", "b"]).canonical == "{}")
    #expect(csv(",\n", ["b", "a"], blanks: .kept).canonical == #"{"a":"","b":""}"#)
  }

  @Test func membersAreInSourceOrderAndRenamed() {
    var parser = RecordParser(
      format: comma, header: ["b", "a\"", "c"], key: [], ignored: ["b"], renamed: ["b": "x\"", "c": "é"])
    let parsed = parse(Array("1,\"\n\",\n".utf8), with: &parser)
    #expect(parsed.members == #"{"x\"":"1","a\"":"\n","é":""}"#.dropFirst().dropLast())
    #expect(parsed.canonical == #"{"a\"":"\n"}"#)
    #expect(parsed.fields == [["x\"", "1", "string"], ["a\"", "\n", "string"], ["é", "", "string"]])
  }

  @Test func composedAndDecomposedNamesDiffer() {
    var parser = RecordParser(format: comma, header: ["é", "e\u{301}"], key: ["e\u{301}"], ignored: ["é"])
    let parsed = parse(Array("1,2".utf8), with: &parser)
    #expect(parsed.canonical.utf8.elementsEqual("{\"e\u{301}\":\"2\"}".utf8))
    #expect(parsed.keyJSON == #"["2"]"#)
  }

  @Test func aLongRecordAndManyFields() {
    let header = (0..<3000).map { "c\($0)" }
    let line = header.map { "\"\($0)\n\"\"\"" }.joined(separator: ",")
    #expect(csv(line, header).fields.map { $0[1] } == header.map { $0 + "\n\"" })
    let long = String(repeating: "x\"\"é\u{2}", count: 50_000)
    let parsed = csv("\"\(long)\"", ["a"])
    #expect(parsed.fields[0][1] == long.replacing("\"\"", with: "\""))
    #expect(parsed.canonical == #"{"a":""# + String(repeating: #"x\"é\u0002"#, count: 50_000) + #""}"#)
  }
}
