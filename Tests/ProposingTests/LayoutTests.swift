import Basics
import FeedFile
import Proposing
import Records
import Testing

/// What is proposed for texts as people have them.
@Suite struct LayoutTests {
  private static let long = (0..<40).map { "\($0);\($0 * 7 % 13),5;\($0 % 3),25;x\n" }.joined()

  /// A source, and what the feed file says of it beside its path.
  struct Case: Sendable, CustomTestStringConvertible {
    var text: String
    var name = "dump"
    var expected: String
    var testDescription: String { "\(text.prefix(40).debugDescription) \(name)" }

    init(_ text: String, _ name: String, _ expected: String) {
      (self.text, self.name, self.expected) = (text, name, expected)
    }

    init(_ text: String, _ expected: String) { self.init(text, "dump", expected) }
  }

  static let cases = [
    Case("id,v\n1,a\n2,b\n", ""),
    Case("\u{FEFF}id,v\r\n1,a\r\n2,b\r\n", ""),
    Case("id;v\n1;a\n2;b\n", "delimiter: \";\""),
    Case("id\tv\n1\ta\n", "delimiter: tab"),
    Case("id\tv\n1\ta\n", "dump.tsv", ""),
    Case("id,v\n1,a\n", "dump.tsv", "delimiter: \",\""),
    Case("id|v\n1|a\n", "delimiter: \"|\""),
    Case("id,v\n1,\"a\nb\"\n2,\"c;d;e\"\n3,\"x \"\"y\"\"\"\n", ""),
    // Decimal commas are as many in each line as there are semicolons, or more.
    Case("id;a;b;name\n" + long, "delimiter: \";\""),
    Case("a;b\n" + (0..<30).map { "\($0),5;\($0),25\n" }.joined(), "delimiter: \";\""),
    Case("id,v\n", ""),
    Case("id\n1\n2\n3\n", ""),
    Case("id,v\n1,a", ""),
    Case("\n\nid,v\n1,a\n2,b\n", ""),
    Case("Report of sales, north\n\nid,v\n1,a\n2,b\n", "header_starts_with: \"id,\""),
    Case("id,v of old\nmade today\nid,v\n1,a\n2,b\n3,c\n", "skip: 2"),
    Case("a,b\n\nid,v\n1,a\n2,b\n", "header_starts_with: \"id,\""),
    // Records of another width do not make a header of one that follows.
    Case("id,v\n1,a,b\n2,b,c\n" + (3..<30).map { "\($0),a\n" }.joined(), ""),
    Case("id,v\n\n1,a\n2,b\n", ""),
    Case("# made 2026-11-21\nid;v;w\n1;a;b\n2;b;c\n", "delimiter: \";\"\nheader_starts_with: \"id;\""),
    Case("sep=;\nid;v\n1;a\n2;b\n", "delimiter: \";\"\nheader_starts_with: \"id;\""),
    Case("sep=\\\nid\\v\n1\\a\n", "delimiter: \"\\\\\"\nheader_starts_with: \"id\\\\\""),
    Case("sep=x\nidxv\n1xa\n", "delimiter: x\nheader_starts_with: idx"),
    Case("id,v\n1,2\n2,3\nTotal,5\n", "footer_starts_with: \"Total,\""),
    Case("id;v;w\n1;a;2\n2;b;3\nTotal;;€ 1.234,00\n", "delimiter: \";\"\nfooter_starts_with: \"Total;\""),
    Case("id,v,w\n1,a,2\n2,b,3\nTotal,,\"$1,234\"\n", "footer_starts_with: \"Total,\""),
    Case("id,v,w\n1,a,2\n2,b,3\nTotal,,$1,234\n", "footer_starts_with: \"Total,\""),
    Case(
      "id;v;w\n1;a;2\n2;b;3\nSumme;-1 234,00 EUR;CHF 12.-\n",
      "delimiter: \";\"\nfooter_starts_with: \"Summe;\""),
    Case(
      "id;v;w\n1;a;2\n2;b;3\nSumma;(1 234 kr);12,5 %\n", "delimiter: \";\"\nfooter_starts_with: \"Summa;\""),
    Case("id;v;w\n1;a;2\n2;b;3\nSuma;zł 12;R$ 3\n", "delimiter: \";\"\nfooter_starts_with: \"Suma;\""),
    // A currency may have a column of its own, and figures may say what they count.
    Case(
      "id;a;b;v;c\n1;a;x;2,5;€\n2;b;y;3,5;€\nSumme;1200;;54.321,00;€\n",
      "delimiter: \";\"\nfooter_starts_with: \"Summe;\""),
    Case(
      "id;a;b;v;c\r\n1;a;x;2,5;EUR\r\n2;b;y;3,5;EUR\r\n\r\nSumme;;;54.321,00;EUR\r\n",
      "delimiter: \";\"\nfooter_starts_with: \"Summe;\""),
    Case(
      "id;a;v\n1;a;2\n2;b;3\nSumme;180 Zeilen;48330\n", "delimiter: \";\"\nfooter_starts_with: \"Summe;\""),
    Case("id,v,w\n1,a,2\n2,b,3\nTotal,2 rows,100 %\n", "footer_starts_with: \"Total,\""),
    Case("id,v,w,x\n1,a,2,c\n2,b,3,d\nTotal,54.2,zł,\n", "footer_starts_with: \"Total,\""),
    Case("name,currency,price\nAce,USD,1.5\nBee,CHF,2\nTotal,EUR,54.2\n", ""),
    // What it begins with is another figure tomorrow.
    Case("id,v\n1,a\n2,b\n\n2 rows\nby joe\n", ""),
    Case("id,v\n1,a\n2,b\n\nRows: 2\nby joe\n", "footer_starts_with: \"Rows: \"\nfooter: 2"),
    Case("id,v\n1,a\n2,b\n(2 rows affected)\n", "footer_starts_with: \"(\""),
    Case("id,v\n1,a\n2,b\n\nStand 21.11.2026 um 10 Uhr\n", "footer_starts_with: \"Stand \""),
    // A record that is called so is one.
    Case("id,v\n1,a\nTotal,b\n", ""),
    Case("id,v\n1,a\nTotal,A12\n", ""),
    Case("id,v\n1,a\nTotal,12 kg\n", ""),
    Case("id,v\n1,a\nTotal,€\n", ""),
    Case("id,v,w\n1,a,2\nTotal,EUR,\n", ""),
    Case("id,v,w\n1,a,2\nTotal,FR,12\n", ""),
    Case("id,v,w\n1,a,2\nTotal,EUR 5 fund,12\n", ""),
    Case("id,v,w\n1,a,2\nTotal,6 rowing boats,12\n", ""),
    Case("id,v,w\n1,a,2\nTotal,rows,12\n", ""),
    Case("id,v\n1,a\n2,b\n3", ""),
    Case("[id];[name]\n1;a\n2;b\n", "delimiter: \";\""),
    Case("{id},{name}\n1,a\n", ""),
    Case("{\"a\":1}\n{\"a\":2}\n", "format: jsonl"),
    Case("[id];[name]\n1;a\n2;b\n", "delimiter: \";\""),
    Case("{id},{name}\n1,a\n", ""),
    Case("{\"a\":1}\n{\"a\":2}\n", "dump.ndjson", ""),
    Case("{\"a\":1}\n", "dump.jsonl", ""),
    Case("[{\"a\":1},{\"a\":2}]", "format: json"),
    Case("[\n {\n \"a\":1}\n]", "dump.json", ""),
    Case("[]", "dump.json", ""),
    Case(
      "{\"n\":2,\"result\":{\"items\":[{\"a\":1},{\"a\":[{\"b\":1},{\"b\":2},{\"b\":3}]}]}}", "dump.json",
      "unwrap: result.items"),
    Case("{\"links\":[{\"a\":1}],\"rows\":[{\"a\":1},{\"a\":2},{\"a\":3}]}", "dump.json", "unwrap: rows"),
    Case("{\"a.b\":{\"c\":[{\"a\":1}]}}", "dump.json", "unwrap: [a.b, c]"),
    Case("{\"Incidents\":[]}", "dump.json", "unwrap: Incidents"),
    Case("<r><t>x</t><rows><row id='1'/><row id='2'/></rows></r>", "dump.xml", "record: /r/rows/row"),
    Case("<r><row><v>1</v><v>2</v></row></r>", "format: xml\nrecord: /r/row/v"),
    Case("<r><row><v>1</v><w>2</w></row></r>", "format: xml\nrecord: /r/row"),
    Case("<r><a i='1'/><a i='2'/><b><x/><y/></b><b/><b/><b/></r>", "dump.xml", "record: /r/b"),
  ]

  @Test(arguments: cases) func isAsExpected(_ given: Case) throws {
    let expected = given.expected.split(separator: "\n").map { "  \($0)\n" }.joined()
    let text = "feed: given\nsource:\n  path: \(given.name)\n\(expected)"
    let wanted = try parse(feedFile: Array(text.utf8), name: "expected")
    let draft = try Given(given.text, given.name).draft()
    let written = try draft.text()
    #expect(try draft.feed() == wanted, "\(written)")
    // No field that is true without it.
    let fields = written.split(separator: "\n").filter { !$0.contains("#") }
    #expect(fields.joined(separator: "\n") + "\n" == text)
  }

  @Test(arguments: ["gzip", "zstd", "zip", "none"]) func packed(as packing: String) throws {
    let plain = Array("id;v\n1;a\n2;b\n".utf8)
    var bytes = plain
    switch packing {
    case "gzip": bytes = try through("gzip", "-c", input: plain)
    case "zstd": bytes = try through("zstd", "-c", "-q", input: plain)
    case "zip":
      bytes = try through(
        "python3", "-c",
        "import sys,zipfile,io;b=io.BytesIO();z=zipfile.ZipFile(b,'w',8);z.writestr('a.csv',sys.stdin.buffer.read());"
          + "z.close();sys.stdout.buffer.write(b.getvalue())", input: plain)
    default: break
    }
    let ending = ["gzip": ".gz", "zstd": ".zst", "zip": ".zip", "none": ""][packing] ?? ""
    for name in ["dump.csv\(ending)", "dump", "dump.csv.gz", "https://example.org/dump.csv.gz?at=1"] {
      let given = Given(bytes, name)
      let feed = try given.feed()
      #expect(feed.source.format == .csv(delimiter: UInt8(ascii: ";")))
      #expect(try given.dump(feed) == plain)
      let isMisled = name.contains(".gz") && packing != "gzip"
      #expect(feed.source.conversion.compression.rawValue == (isMisled ? packing : "auto"), "\(name)")
    }
  }

  @Test(arguments: [
    ("utf-16", "utf-16"), ("utf-16le", "utf-16le"), ("utf-16be", "utf-16be"),
    ("windows-1252", "windows-1252"),
    ("cp850", "cp850"), ("utf-8", nil),
  ])
  func inEncodings(name: String, expected: String?) throws {
    var text = "Titel\n\nid;Straße\n1;Mühlenweg\n2;Grüner Weg\nSumme;2\n"
    // A byte-order mark that iconv writes is told apart from one that it does not.
    if name == "utf-8" { text = "\u{FEFF}" + text }
    let given = Given(try through("iconv", "-f", "utf-8", "-t", name, input: Array(text.utf8)), "dump.csv")
    let feed = try given.feed()
    #expect(feed.source.conversion.encoding == expected)
    #expect(feed.source.conversion.headerStartsWith == "id;")
    #expect(feed.source.conversion.footer == .init(lines: 1, startsWith: "Summe;"))
    let dump = try given.dump(feed)
    #expect(String(decoding: dump, as: UTF8.self) == "id;Straße\n1;Mühlenweg\n2;Grüner Weg\n")
  }

  @Test func aFooterFarFromTheBeginning() throws {
    for encoding in ["utf-8", "utf-16", "utf-16be", "windows-1252"] {
      let rows = (0..<120_000).map { "\($0);\"a\nb;ü\";\($0 % 7)\n" }.joined()
      let text = "id;text;n\n" + rows + "\nSumme;120000;\n"
      let bytes = try through("iconv", "-f", "utf-8", "-t", encoding, input: Array(text.utf8))
      let sample = Sample(of: bytes)
      #expect(!sample.isWhole)
      let layout = try Layout.propose(raw: [], sample: sample, name: "dump.csv")
      #expect(layout.conversion.footer == .init(lines: 1, startsWith: "Summe;"), "\(encoding)")
    }
  }

  @Test func xmlInAnEncodingThatExpatDoesNotKnow() throws {
    let text =
      "<?xml version='1.0' encoding='windows-1252'?><r><a n='1'><v>ü€</v></a><a n='2'><v>x</v></a></r>"
    for said in [text, text.replacing(" encoding='windows-1252'", with: "")] {
      let given = Given(
        try through("iconv", "-f", "utf-8", "-t", "windows-1252", input: Array(said.utf8)), "dump.xml")
      let feed = try given.feed()
      #expect(feed.source.conversion.encoding == "windows-1252")
      #expect(feed.source.conversion.record == ["r", "a"])
      #expect(String(decoding: try given.dump(feed), as: UTF8.self).hasPrefix(#"{"@n":"1","v":"ü€"}"#))
    }
    let utf16 = Given(
      try through("iconv", "-t", "utf-16", input: Array("<r><a n='1'/><a n='2'/></r>".utf8)), "d.xml")
    #expect(try utf16.feed().source.conversion.encoding == nil)
  }

  @Test func whatAPersonShouldLookAt() throws {
    func warnings(_ text: String) throws -> String {
      try Given(text).draft().layout?.warnings.joined(separator: "\n") ?? ""
    }
    #expect(try warnings("id,v\n1,a\n2,b\n") == "")
    #expect(try warnings("1,2026-11-20\n2,2026-11-21\n3,2026-11-22\n").contains("looks like a record"))
    #expect(try warnings("id\n1\n2\n").contains("Only one column"))
    #expect(try warnings("id,v\n" + (0..<50).map { "\($0),a\n" }.joined() + "51").contains("cut off"))
    let mixed = Array("id,v\n".utf8) + (0..<9).flatMap { Array("\($0),ü\n".utf8) } + [0x39, 0x2C, 0xFC, 0x0A]
    let draft = try Given(mixed).draft()
    #expect(draft.layout?.warnings.first?.contains("but for 1 byte:") == true)
    #expect(try draft.text().contains("# Look: It is UTF-8"))
  }
}
