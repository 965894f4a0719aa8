import RecordModels
import Records
import StrandlineTesting
import Testing

@Suite struct KeyTests {
  @Test(
    arguments: [
      ([""], [0, 0]), (["a", "b"], [0x61, 0, 0, 0x62, 0, 0]), (["a\0", ""], [0x61, 0, 0xFF, 0, 0, 0, 0]),
      ([], []),
    ] as [([String], [UInt8])]) func encodes(parts: [String], bytes: [UInt8])
  {
    #expect(encodeKey(parts: parts) == bytes)
  }

  private func tuple(_ generator: inout SplitMix64) -> [String] {
    (0..<3).map { _ in
      String(
        String.UnicodeScalarView(
          (0..<generator.below(4)).map { _ in generator.pick(["\0", "\u{1}", "a", "é"]) }))
    }
  }

  @Test func orderIsTheOrderOfTuplesAndNoTwoAreAlike() {
    var generator = SplitMix64(11)
    func bytes(_ parts: [String]) -> [[UInt8]] { parts.map { Array($0.utf8) } }
    for _ in 0..<20_000 {
      let (a, b) = (tuple(&generator), tuple(&generator))
      let before = bytes(a).lexicographicallyPrecedes(bytes(b)) { $0.lexicographicallyPrecedes($1) }
      #expect(encodeKey(parts: a).lexicographicallyPrecedes(encodeKey(parts: b)) == before)
      #expect((encodeKey(parts: a) == encodeKey(parts: b)) == (bytes(a) == bytes(b)))
    }
  }

  @Test func recordsAndWordsGiveTheSameKey() {
    var generator = SplitMix64(5)
    for _ in 0..<3_000 {
      let parts = tuple(&generator)
      let line = parts.map { "\"\($0)\"" }.joined(separator: ",")
      let escaped = parts.map { $0.unicodeScalars.map { "\\u\(hex4($0.value))" }.joined() }
      let object = "{\"c\":\"\(escaped[2])\",\"a\":\"\(escaped[0])\",\"b\":\"\(escaped[1])\"}"
      let names = ["a", "b", "c"]
      let fromCSV = csv(line, names, key: names)
      let fromJSON = json(object, key: names)
      if parts.allSatisfy(\.isEmpty) {
        #expect(fromCSV.reason == .blankKey)
        #expect(fromJSON.reason == .blankKey)
      } else {
        #expect(fromCSV.key == encodeKey(parts: parts))
        #expect(fromJSON.key == encodeKey(parts: parts))
        #expect(fromCSV.keyIsSet && fromJSON.keyIsSet)
        #expect(fromCSV.keyJSON == fromJSON.keyJSON)
      }
    }
  }

  private func hex4(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }

  @Test(arguments: [
    (#"{"a.b":1,"a":{"b":2}}"#, ["1"]), (#"{"a":{"b":2}}"#, ["2"]),
    (#"{"a":{"b":{"y":[1, 2],"x":"\/"}}}"#, [#"{"x":"/","y":[1,2]}"#]),
    (#"{"a":{"b":true}}"#, ["true"]), (#"{"a":{"b":"é\u0000"}}"#, ["é\0"]), (#"{"a":{"b":1.50}}"#, ["1.50"]),
  ]) func takesPathsWithDots(object: String, parts: [String]) {
    let parsed = json(object, key: ["a.b"])
    #expect(parsed.outcome == .record)
    #expect(parsed.key == encodeKey(parts: parts))
  }

  @Test(arguments: [
    #"{"a":{"b":null}}"#, #"{"a":{"b":""}}"#, #"{"a":[1]}"#, "{}", #"{"a":{"c":1}}"#, #"{"a.b":null}"#,
  ])
  func refusesBlankKeys(object: String) {
    let parsed = json(object, key: ["a.b"])
    #expect(parsed.reason == .blankKey)
    #expect(parsed.message.contains("\"a.b\""))
    #expect(json(object, key: ["a.b", "n"]).reason == .blankKey)
  }

  @Test func nullAndMissingPartsAreEmpty() {
    #expect(json(#"{"a":1,"b":null}"#, key: ["a", "b", "c"]).key == encodeKey(parts: ["1", "", ""]))
    #expect(json(#"{"a":1,"b":null}"#, key: ["a", "b", "c"]).keyJSON == #"["1","",""]"#)
    #expect(csv("1,", ["a", "b"], key: ["b", "a"]).keyJSON == #"["","1"]"#)
  }

  @Test func aWholeRecordIsItsKey() {
    let parsed = csv("2,1", ["b", "a"])
    #expect(parsed.key == Array(#"{"a":"1","b":"2"}"#.utf8))
    #expect(parsed.keyJSON == #"{"a":"1","b":"2"}"#)
    #expect(json("{}").keyIsSet)
  }

  @Test func namesKeyColumnsThatTheHeaderLacks() {
    let parser = RecordParser(format: comma, header: ["a", "b"], key: ["b", "c"])
    #expect(parser.missingKeyColumns == ["c"])
    #expect(csv("1,2", ["a", "b"], key: ["b", "c"]).key == encodeKey(parts: ["2", ""]))
    #expect(csv("1,2", ["a", "b"], key: ["c"]).reason == .blankKey)
  }

  @Test func loneSurrogatesStayApart() {
    let lone = json(#"{"a":"\ud800"}"#, key: ["a"])
    let text = json(#"{"a":"\\ud800"}"#, key: ["a"])
    #expect(lone.key != text.key)
    #expect(lone.keyJSON == #"["\ud800"]"#)
    #expect(text.keyJSON == #"["\\ud800"]"#)
  }
}
