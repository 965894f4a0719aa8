import RecordModels
import Records
import Testing

@Suite struct JSONRecordTests {
  @Test(arguments: [
    ("{}", "{}"),
    (#" {"b":1 , "a":[ 1 , {"z":0,"y":-0.5e+10} ] }"# + "\r\n", #"{"a":[1,{"y":-0.5e+10,"z":0}],"b":1}"#),
    (
      #"{"a":"\u00e9\/\u0041\"\\\b\f\n\r\t\u001F\u007f"}"#,
      "{\"a\":\"é/A\\\"\\\\\\b\\f\\n\\r\\t\\u001f\u{7F}\"}"
    ),
    (#"{"a":"\ud83c\udf0a\uD83C\ud83c\udf0a\udf0a"}"#, #"{"a":"🌊\ud83c🌊\udf0a"}"#),
    (
      #"{"a":null,"b":"","c":[],"d":{},"e":[null,""],"f":{"g":null}}"#,
      #"{"c":[],"d":{},"e":[null,""],"f":{"g":null}}"#
    ),
    (#"{"n":1.0,"m":1,"o":1E5,"p":1e5}"#, #"{"m":1,"n":1.0,"o":1E5,"p":1e5}"#),
    (#"{"\u0062":1,"a":2,"\ud800":3,"\\":4,"é":5,"z":6}"#, #"{"\\":4,"a":2,"b":1,"z":6,"é":5,"\ud800":3}"#),
    (
      #"{"aaaaaaaab":1,"aaaaaaaaa":2,"aaaaaaaa":3,"":4}"#, #"{"":4,"aaaaaaaa":3,"aaaaaaaaa":2,"aaaaaaaab":1}"#
    ),
    (#"{"a":true,"b":false}"#, #"{"a":true,"b":false}"#),
  ]) func canonicalForm(line: String, expected: String) {
    let parsed = json(line)
    #expect(parsed.outcome == .record)
    #expect(parsed.canonical == expected)
    #expect(json(expected).canonical == expected)
  }

  @Test func keepsBlanksIfAsked() {
    let line = #"{"b":null,"a":""}"#
    #expect(json(line, blanks: .kept).canonical == #"{"a":"","b":null}"#)
  }

  @Test(arguments: ["", "\n", "  \r\n", "\t\n"]) func blankLinesAreNoRecords(line: String) {
    #expect(json(line).outcome == .blank)
  }

  @Test(arguments: [
    "{", "}", "{]", "[}", "{a:1}", "{'a':1}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,"a":1}"#,
    #"{"a":1 "b":2}"#,
    #"{"a":[1,]}"#, #"{"a":[,1]}"#, #"{"a":[1 2]}"#, #"{"a":01}"#, #"{"a":-}"#, #"{"a":1.}"#, #"{"a":.5}"#,
    #"{"a":1e}"#,
    #"{"a":+1}"#, #"{"a":1e+}"#, #"{"a":0x1}"#, #"{"a":NaN}"#, #"{"a":Infinity}"#, #"{"a":tru}"#,
    #"{"a":truex}"#,
    #"{"a":nul"#, #"{"a":"x}"#, #"{"a":"\x"}"#, #"{"a":"\u12g4"}"#, #"{"a":"\u12"}"#, #"{"a":"\"}"#,
    "{\"a\":\"\t\"}",
    "{\"a\":\"\n\"}", #"{"a":1}}"#, #"{"a":1}{}"#, #"{"a":1} x"#, "tru", "nope", "-", "\u{FEFF}{}",
    #"{"a":1]"#, "[1}",
    #"{"a""#, #"{"a":"#, #"{"a":[1"#, #"{"a":[1,"#, #"{"a\":1}"#, #"{"\u":1}"#, "{\"a\":1\u{B}}", "\0",
    "{\"a\":\0}",
  ]) func refusesBrokenJSON(line: String) {
    let parsed = json(line)
    #expect(parsed.reason == .brokenJSON, "\(line)")
    #expect(parsed.message.contains("at byte"))
  }

  @Test(arguments: [
    ("[1]", "array"), ("\"x\"", "string"), ("1", "number"), ("null", "null"), ("true", "true or false"),
  ])
  func refusesWhatIsNoObject(line: String, word: String) {
    #expect(json(line).reason == .notAnObject)
    #expect(json(line).message.contains(word))
  }

  @Test(arguments: [
    #"{"a":1,"a":1}"#, #"{"a":1,"b":2,"\u0061":3}"#, #"{"x":[{"b":1,"a":2,"b":3}]}"#,
    "{" + (0..<60).map { "\"k\($0 % 59)\":1" }.joined(separator: ",") + "}",
  ]) func refusesANameTwice(line: String) {
    #expect(json(line).reason == .duplicateMember)
    #expect(json(line).message.contains("twice"))
  }

  @Test func refusesWhatIsNoUTF8() {
    let parsed = json(Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8))
    #expect(parsed.reason == .invalidUTF8)
    #expect(parsed.message.contains("byte 6"))
  }

  @Test func limitsNesting() {
    func nested(_ depth: Int) -> String {
      "{\"a\":" + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
    }
    #expect(json(nested(512)).outcome == .record)
    #expect(json(nested(512)).canonical == nested(512))
    #expect(json(nested(513)).reason == .brokenJSON)
    #expect(json(nested(513)).message.contains("nesting"))
    #expect(json(String(repeating: "[", count: 100_000)).reason == .brokenJSON)
  }

  @Test func takesElementsWithTheirComma() {
    var parser = RecordParser(format: .json(unwrap: []), header: [], key: ["a"])
    #expect(parse(Array("\n  {\"a\": 1}\n ,".utf8), with: &parser).canonical == #"{"a":1}"#)
    #expect(parse(Array(" {\"a\": 2}".utf8), with: &parser).canonical == #"{"a":2}"#)
    #expect(parse(Array(" ,".utf8), with: &parser).reason == .brokenJSON)
    #expect(parse(Array("{\"a\":1},,".utf8), with: &parser).reason == .brokenJSON)
  }

  @Test func membersAreAsWrittenOnOneLine() {
    var parser = RecordParser(
      format: .jsonLines, header: [], key: ["b"], ignored: ["c"], renamed: ["b": "B", "x": "y"])
    let parsed = parse(
      Array(#"{ "b" : "\u00e9" ,"a":[ 1, {"d" :"x y","c":2.0}],"n":null,"c":7}"#.utf8), with: &parser)
    #expect(parsed.members == #""B":"\u00e9","a":[1,{"d":"x y","c":2.0}],"n":null,"c":7"#)
    #expect(parsed.canonical == #"{"a":[1,{"c":2.0,"d":"x y"}],"b":"é"}"#)
    #expect(
      parsed.fields == [
        ["B", "é", "string"], ["a", #"[1,{"d":"x y","c":2.0}]"#, "other"], ["n", "null", "other"],
        ["c", "7", "other"],
      ])
    let pretty = parse(Array("{\"b\":\"1\",\n \"a\":[\n1,\n{}]}".utf8), with: &parser)
    #expect(pretty.members == #""B":"1","a":[1,{}]"#)
    #expect(json("{}").members == "")
  }

  @Test func fieldsShowLoneSurrogatesAsEscapes() {
    #expect(json(#"{"\udc00":"a\ud800"}"#).fields == [[#"\udc00"#, #"a\ud800"#, "string"]])
  }
}
