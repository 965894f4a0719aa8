import Converting
import Testing

@Suite struct XMLTests {
  private func lines(_ document: String, at record: [String] = ["r", "row"], by size: Int = 1 << 20) throws
    -> String
  {
    try String(
      decoding: converted(Array(document.utf8), by: size, XMLReader(record: record, isUTF8: false)),
      as: UTF8.self)
  }

  private func complaint(_ document: String, at record: [String] = ["r", "row"]) throws -> String {
    try ConvertingTests.complaint(Array(document.utf8)) { try XMLReader(record: record, isUTF8: false) }
  }

  @Test(arguments: [
    ("<row><a>1</a><b>x</b></row>", #"{"a":"1","b":"x"}"#),
    ("<row id=\"7\" b='x'><a>1</a></row>", #"{"@id":"7","@b":"x","a":"1"}"#),
    ("<row>\n  <a> 1 </a>\n</row>", #"{"a":" 1 "}"#),
    ("<row/>", "{}"), ("<row>text</row>", ##"{"#text":"text"}"##),
    ("<row><a/><b></b></row>", #"{"a":"","b":""}"#),
    ("<row><a>1</a><b>x</b><a>2</a><a/></row>", #"{"a":["1","2",""],"b":"x"}"#),
    ("<row><a u=\"m\">1</a></row>", ##"{"a":{"@u":"m","#text":"1"}}"##),
    ("<row>one <b>two</b> three </row>", ##"{"b":"two","#text":"one  three"}"##),
    ("<row><a><b>1</b><b><c>2</c></b></a></row>", #"{"a":{"b":["1",{"c":"2"}]}}"#),
    (
      "<row><a xmlns:xsi=\"i\" xsi:nil=\"true\"/><b xsi:nil=\"false\">1</b></row>",
      ##"{"a":null,"b":{"@xsi:nil":"false","#text":"1"}}"##
    ),
    ("<row xmlns=\"u\" xmlns:n=\"v\" xmlnsx=\"w\"><n:a>1</n:a></row>", #"{"@xmlnsx":"w","n:a":"1"}"#),
    ("<row><a>&lt;&amp;&#34;\\&#x9;&#10;é&#x1F600;</a></row>", #"{"a":"<&\"\\\t\né😀"}"#),
    ("<row><a><![CDATA[<b>]]>&amp;<!-- c -->d<?p i?>e</a></row>", #"{"a":"<b>&de"}"#),
    ("<row><row><row>1</row></row></row>", #"{"row":{"row":"1"}}"#),
    ("<other><row>1</row></other><row><a>1</a></row>x", #"{"a":"1"}"#),
    ("<row a=\"1\"><a>2</a></row>", #"{"@a":"1","a":"2"}"#),
  ])
  func aRecordIsALine(element: String, json: String) throws {
    let document = "<?xml version=\"1.0\"?>\n<r>\(element)<z/>\(element)</r>\n"
    for size in [1, 2, 3, 7, 1 << 20] {
      #expect(try lines(document, by: size) == "\(json)\n\(json)\n", "\(size)")
    }
  }

  @Test func deeperAndHigherPaths() throws {
    #expect(
      try lines("<a><b><c>1</c></b><b/><b><c>2</c><x><c>3</c></x></b></a>", at: ["a", "b", "c"])
        == ##"{"#text":"1"}"## + "\n" + ##"{"#text":"2"}"## + "\n")
    #expect(try lines("<a x=\"1\"/>", at: ["a"]) == #"{"@x":"1"}"# + "\n")
    #expect(try lines("<r></r>") == "")
  }

  @Test func encodingsOfItsOwn() throws {
    let latin =
      Array("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><r><row a=\"".utf8) + [0xE9]
      + Array("\"/></r>".utf8)
    let reader = try XMLReader(record: ["r", "row"], isUTF8: false)
    #expect(try String(decoding: converted(latin, by: 3, reader), as: UTF8.self) == "{\"@a\":\"é\"}\n")
    let wide = try made("iconv -f utf-8 -t utf-16", Array("<r><row a=\"é\"/></r>".utf8))
    let other = try XMLReader(record: ["r", "row"], isUTF8: false)
    #expect(try String(decoding: converted(wide, by: 3, other), as: UTF8.self) == "{\"@a\":\"é\"}\n")
    // What was decoded before is UTF-8, whatever it says.
    let decoded = try XMLReader(record: ["r", "row"], isUTF8: true)
    let text = Array("<?xml version=\"1.0\" encoding=\"windows-1252\"?><r><row a=\"é\"/></r>".utf8)
    #expect(try String(decoding: converted(text, by: 3, decoded), as: UTF8.self) == "{\"@a\":\"é\"}\n")
    let said = try complaint("<?xml version=\"1.0\" encoding=\"windows-1252\"?><r/>")
    #expect(said.contains("name it as source.encoding (line 1, column 31)"), "\(said)")
  }

  @Test(arguments: [
    ("<r><row><a>1</row></r>", "is no well-formed XML: mismatched tag (line 1, column 15)"),
    ("<r>\n<row>\n<a>1</a>", "ends early, inside its XML document (line 3"),
    ("<r><row><a", "ends early, inside its XML document (line 1"),
    ("<r><row><![CDATA[x", "ends early, inside its XML document"),
    ("", "is empty, and no XML document"), ("id,name\n1,x\n", "is no well-formed XML"),
    ("<r/><r/>", "is no well-formed XML: junk after document element"),
    (
      "<error>later</error>",
      "is XML whose root is <error>, not <r> as source.record has it (line 1, column 1)"
    ),
    ("<!DOCTYPE html>\n<html></html>", "is an HTML page"),
    (
      "<!DOCTYPE r SYSTEM \"http://127.0.0.1:1/x.dtd\"><r/>", "has a document type declaration (<!DOCTYPE r>)"
    ),
    (
      "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><r><row>&b;</row></r>",
      "has a document type declaration"
    ),
    ("<r><row>&unknown;</row></r>", "is no well-formed XML: undefined entity"),
    ("<r><row>\u{1}</row></r>", "is no well-formed XML"),
  ])
  func whatIsNoneIsRefused(document: String, says: String) throws {
    let said = try complaint(document)
    #expect(said.contains(says), "\(said)")
  }

  @Test func anotherDocument() throws {
    let said = try complaint("<a><x/></a>", at: ["a", "b", "c"])
    #expect(said == "is XML without /a/b: look at source.record")
  }

  @Test func limits() throws {
    func said(_ document: String) throws -> String {
      try ConvertingTests.complaint(Array(document.utf8), sizes: [64 << 10]) {
        try XMLReader(record: ["r", "row"], isUTF8: false)
      }
    }
    let deep = String(repeating: "<a>", count: 300)
    #expect(try said("<r><row>\(deep)").contains("is nested deeper than 200 elements"))
    #expect(try said("<r>\(deep)").contains("is nested deeper than 200 elements"))
    let long = String(repeating: "<a>0123456789</a>", count: 500_000)
    #expect(try said("<r><row>\(long)").contains("has a record (/r/row) that takes more than 16 MiB"))
    let wide = (0..<2_001).map { "<n\($0)/>" }.joined()
    #expect(try said("<r><row>\(wide)").contains("more than 2000 different names"))
    let comment = "<!--" + String(repeating: "x", count: 17 << 20)
    #expect(try said("<r>\(comment)").contains("goes on for more than 16 MiB within one tag or comment"))
    let tag = "<row a=\"" + String(repeating: "x", count: 17 << 20)
    #expect(try said("<r>\(tag)").contains("goes on for more than 16 MiB within one tag or comment"))
  }
}
