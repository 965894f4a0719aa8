import RecordModels
import Records
import Testing

@Suite struct DocumentScannerTests {
  @Test(arguments: [
    ("[]", [], ["literal []"]),
    (" [ ] \n", [], ["literal  [ ] \n"]),
    ("[1]", [], ["literal [", "record 1", "literal ]"]),
    (
      "\u{FEFF}[1 , {\"a\":[1,2]}\n]\n", [],
      ["literal \u{FEFF}[", "record 1 ,", "record  {\"a\":[1,2]}", "literal \n]\n"]
    ),
    (#"["]\",[",{"}":"{"}]"#, [], ["literal [", #"record "]\",[","#, #"record {"}":"{"}"#, "literal ]"]),
    (#"["\\","x"]"#, [], ["literal [", #"record "\\","#, #"record "x""#, "literal ]"]),
    (
      #"{"n":1,"rows":[{},{}],"x":[3]}"#, ["rows"],
      [#"literal {"n":1,"rows":["#, "record {},", "record {}", #"literal ],"x":[3]}"#]
    ),
    (
      #"{"a":{"rows":[1]},"s":"]}\"","d":{"e":[[2]],"rows":[ 3 ]},"rows":4} "#, ["d", "rows"],
      [
        #"literal {"a":{"rows":[1]},"s":"]}\"","d":{"e":[[2]],"rows":["#, "record  3",
        #"literal  ]},"rows":4} "#,
      ]
    ),
    (#"{"r\u00f6\"ws" : [1]}"#, ["rö\"ws"], [#"literal {"r\u00f6\"ws" : ["#, "record 1", "literal ]}"]),
    (#"{"n":null , "t":true,"rows":[]}"#, ["rows"], [#"literal {"n":null , "t":true,"rows":[]}"#]),
    ("[1 2,{a}]", [], ["literal [", "record 1 2,", "record {a}", "literal ]"]),
  ]) func cutsJSON(dump: String, path: [String], expected: [String]) {
    for size in [1, 2, 3, 5, 1000] {
      let result = scan(Array(dump.utf8), .json(unwrap: path), window: { size })
      #expect(result.pieces.map(plain) == expected)
      #expect(result.error == nil)
      #expect(result.ending == .terminated)
    }
  }

  @Test(arguments: [
    ("", [], ScanError.Kind.truncated, "empty"), ("  \n", [], .truncated, "before its JSON document begins"),
    ("[", [], .truncated, "in the array"), ("[1,", [], .truncated, "in the array"),
    ("[1", [], .truncated, "in the array"), ("[\"a]", [], .truncated, "cut off"),
    (#"{"rows":[1]"#, ["rows"], .truncated, "before the document is closed"),
    (#"{"n":1"#, ["rows"], .truncated, "before the array at \"rows\" begins"),
    ("<!DOCTYPE html><html><body>Sorry", [], .notJSON, "<!DOCTYPE html>"),
    ("Sorry, come again", ["rows"], .notJSON, "Sorry"),
    ("id,name\n1,x\n", [], .notJSON, "id,name"),
    ("[1,]", [], .notJSON, "missing"), ("[,1]", [], .notJSON, "missing"), ("[1,,2]", [], .notJSON, "byte 3"),
    ("[}", [], .notJSON, "'}'"), ("[1}", [], .notJSON, "byte 2"),
    (#"{"a" 1}"#, ["rows"], .notJSON, "'1'"), (#"{a:1}"#, ["rows"], .notJSON, "'a'"),
    (#"{"a":}"#, ["rows"], .notJSON, "'}'"), (#"{"a":1]"#, ["rows"], .notJSON, "']'"),
    (#"{"rows":[],"rows":[1]}"#, ["rows"], .notJSON, "twice"),
    ("{}", [], .notAnArray, "unwrap"), (#"{"rows":{}}"#, ["rows"], .notAnArray, "\"rows\""),
    (#"{"rows":null}"#, ["rows"], .notAnArray, "byte 8"),
    ("[]", ["rows"], .noSuchPath, "leave out unwrap"), ("{}", ["rows"], .noSuchPath, "no member \"rows\""),
    (#"{"a":{"b":1},"rows":[]}"#, ["a", "rows"], .noSuchPath, "\"a\" has no member \"rows\""),
    (#"{"a":[1]}"#, ["a", "rows"], .noSuchPath, "no object"),
    ("[] []", [], .trailingData, "[]"), ("[1]x", [], .trailingData, "\"x\""),
    (#"{"rows":[]}{"#, ["rows"], .trailingData, "byte 11"),
  ]) func refuses(dump: String, path: [String], kind: ScanError.Kind, words: String) {
    for size in [1, 2, 7, 1000] {
      let result = scan(Array(dump.utf8), .json(unwrap: path), window: { size })
      #expect(result.error?.kind == kind)
      #expect(result.error?.message.contains(words) == true, "\(result.error?.message ?? "no error")")
    }
  }

  @Test(arguments: [1, 3, 10, 1000]) func cutsOversizedIntoStretches(size: Int) {
    let long = "{\"a\":\"" + String(repeating: "\\\\\\\",]", count: 20) + "\"}"
    let space = String(repeating: " ", count: 30)
    let dump = "[1, \(long) ,2345678,12345678,\(space)5,\(long)\(space)]"
    let result = scan(Array(dump.utf8), .json(unwrap: []), maximum: 8, window: { size })
    #expect(
      result.pieces.map(plain) == [
        "literal [", "record 1,", "oversized  \(long) ,", "record 2345678,", "oversized 12345678,",
        "literal \(space)", "record 5,", "oversized \(long)\(space)", "literal ]",
      ])
    #expect(result.error == nil)
  }

  @Test func afterSkippedRecordsAnElementFollows() {
    let dump = Array("[1,2,]".utf8)
    var scanner = DumpScanner(format: .json(unwrap: []))
    func next(_ position: Int) throws(ScanError) -> DumpScanner.Piece {
      unsafe try dump.withUnsafeBytesOf(position..<dump.count) { bytes throws(ScanError) in
        unsafe try scanner.next(bytes, atEnd: true)
      }
    }
    #expect(throws: Never.self) { try next(0) }
    #expect(scanner.isAtRecordBoundary)
    scanner.skippedRecords(bytes: 4)
    let error = #expect(throws: ScanError.self) { try next(5) }
    #expect(error?.offset == 5)
  }

  @Test func streamsALongPrefix() {
    let long = String(repeating: "x\\\"", count: 100_000)
    let dump = "{\"log\":[\"\(long)\"],\"rows\":[1]}"
    let result = scan(Array(dump.utf8), .json(unwrap: ["rows"]), maximum: 100, window: { 100 })
    #expect(result.pieces.count == 3)
    #expect(result.pieces[1] == .record([UInt8(ascii: "1")]))
  }
}
