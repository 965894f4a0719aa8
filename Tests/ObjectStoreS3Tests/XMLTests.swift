import ObjectStoreS3
import Testing

@Suite struct XMLTests {
  private func parse(_ text: String) throws -> XMLElement { try XMLElement(Array(text.utf8)) }

  @Test func readsADocument() throws {
    let document = try parse(
      """

      <?xml version="1.0" encoding="UTF-8"?>
      <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/" a='>'>
        <Name>b</Name><Prefix/><Empty></Empty >
        <Contents><Key>a&amp;b &lt;&#x1F600;&#233;&gt;</Key><ETag>&quot;x&apos;&quot;</ETag></Contents>
        <Contents><Key> two </Key></Contents>
      </ListBucketResult>

      """)
    #expect(document.name == "ListBucketResult" && document.text.isEmpty)
    #expect(document["Name"] == "b" && document["Prefix"] == "" && document["Empty"] == "")
    #expect(document["None"] == nil)
    #expect(document.all("Contents").map { $0["Key"] } == ["a&b <\u{1F600}\u{E9}>", " two "])
    #expect(document.child("Contents")?["ETag"] == "\"x'\"")
  }

  @Test func readsEventByEvent() throws {
    var reader = XMLReader(Array("<s:a><b/>t</s:a>".utf8))
    var events: [XMLReader.Event] = []
    while let event = try reader.next() { events.append(event) }
    #expect(events == [.start("a"), .start("b"), .end("b"), .text("t"), .end("a")])
    #expect(try reader.next() == nil, "the end stays the end")
  }

  @Test(arguments: [
    "", " ", "text", "<", "<a", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a/>text", "<a><b></a></b>", "<1/>",
    "<a b/>",
    "<a b=c/>", "<a b='c/>", "<a b='<'/>", "<a / >", "<a>&nbsp;</a>", "<a>&</a>", "<a>&#0;</a>",
    "<a>&#xD800;</a>",
    "<a>&#+65;</a>", "<a>&#x;</a>", "<a>&#x-1;</a>", "<a>&amp</a>", "<a>\u{1}</a>", "<!DOCTYPE a><a/>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a><!-- c --></a>", "<a><![CDATA[b]]></a>", "<a><?b?></a>",
    "<?xml version=\"1.0\"", "<a/><?xml?>", "<a\u{0}/>", "<a>]]></a", "<>", "< a/>", "<a>b", "<a><b/>",
  ])
  func refuses(text: String) { #expect(throws: XMLError.self) { try parse(text) } }

  @Test func refusesWhatIsNoText() {
    #expect(throws: XMLError.self) { try XMLElement(Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)) }
    #expect(throws: XMLError.self) { try XMLElement(Array("<a>".utf8) + [0xC0, 0x80] + Array("</a>".utf8)) }
  }

  @Test func isBounded() throws {
    let deep = XMLReader.depthLimit
    func nested(_ depth: Int) -> String {
      String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }
    _ = try parse(nested(deep))
    #expect(throws: XMLError.self) { try parse(nested(deep + 1)) }
    #expect(throws: XMLError.self) { try parse("<\(String(repeating: "a", count: 201))/>") }
    #expect(throws: XMLError.self) {
      try parse("<a>\(String(repeating: "b", count: XMLReader.textLimit + 1))</a>")
    }
    #expect(throws: XMLError.self) {
      try parse("<a>\(String(repeating: "<b/>", count: XMLElement.countLimit))</a>")
    }
  }

  /// Documents cut anywhere, and with any byte changed, are read or refused, and never anything worse.
  @Test func survivesDamage() {
    let good = Array("<?xml version='1.0'?><a b=\"c\"><d>&amp;&#65;e</d><f/></a>".utf8)
    for end in 0..<good.count { _ = try? XMLElement(Array(good[..<end])) }
    for place in good.indices {
      for byte in UInt8.min...UInt8.max {
        var bad = good
        bad[place] = byte
        _ = try? XMLElement(bad)
      }
    }
  }
}
