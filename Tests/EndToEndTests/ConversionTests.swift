import StrandlineTesting
import Testing

/// Dumps as people have them: packed, in other encodings, with titles and totals around them, as XML.
@Suite struct ConversionTests {
  private static let plain = "id,name\n1,Grün\n2,\"½ €, x\"\n"
  private static let lines = #"{"@id":"1","name":"Grün"}\#n{"@id":"2","name":"½ €, x"}\#n"#
  private static let xml =
    "<?xml version='1.0' encoding='utf-8'?>\n<report>\n <rows>\n  <row id='1'><name>Grün</name></row>\n"
    + "  <row id='2'>\n   <name>½ €, x</name>\n  </row>\n </rows>\n</report>\n"

  struct Case: Sendable, CustomTestStringConvertible {
    var source: String
    /// What the source has as text.
    var text: String
    /// How it is packed, as a shell command.
    var packed: String
    /// What is stored.
    var dump = ConversionTests.plain
    var key = "id"
    var testDescription: String { "\(source) \(packed)" }
  }

  private static let cases = [
    Case(
      source: "{ path: c.csv, encoding: windows-1252 }", text: plain, packed: "iconv -f utf-8 -t windows-1252"
    ),
    Case(source: "{ path: c.csv, encoding: utf-16 }", text: plain, packed: "iconv -f utf-8 -t utf-16"),
    Case(
      source: "{ path: c.tsv, encoding: UTF-16LE }", text: "\u{FEFF}id\tname\n1\tGrün\n",
      packed: "iconv -f utf-8 -t utf-16le",
      dump: "\u{FEFF}id\tname\n1\tGrün\n"),
    Case(
      source: "{ path: c.jsonl, encoding: iso-8859-1 }", text: #"{"id":"1","name":"Grün"}"# + "\n",
      packed: "iconv -f utf-8 -t iso-8859-1", dump: #"{"id":"1","name":"Grün"}"# + "\n"),
    Case(source: "{ path: c.csv.zst }", text: plain, packed: "zstd -c"),
    Case(source: "{ path: c.csv }", text: plain, packed: "zstd -c"),
    Case(source: "{ path: c.csv }", text: plain, packed: "gzip -c"),
    Case(source: "{ path: c.csv }", text: plain, packed: zip),
    Case(source: "{ path: c.zip }", text: plain, packed: zip),
    Case(
      source: "{ path: c.bin, compression: zip, encoding: cp1252 }", text: plain,
      packed: "iconv -f utf-8 -t cp1252 | \(zip)"),
    Case(
      source: "{ path: c.csv, skip: 2, footer_starts_with: Sum, footer: 2 }",
      text: "Report\n\n\(plain)\nSum,2\nby hand\n", packed: "cat"),
    Case(
      source: "{ path: c.csv.gz, encoding: utf-16, header_starts_with: id, footer_starts_with: Sum }",
      text: "Report;of today\n\(plain)Sum\n", packed: "iconv -f utf-8 -t utf-16 | gzip -c"),
    Case(
      source: "{ path: c.xml, record: /report/rows/row }", text: xml, packed: "cat", dump: lines, key: "'@id'"
    ),
    Case(
      source: "{ path: c.xml.gz, record: /report/rows/row }", text: xml, packed: "gzip -c", dump: lines,
      key: "'@id'"),
    Case(
      source: "{ path: c, format: xml, record: /report/rows/row, encoding: cp1252 }", text: xml,
      packed: "iconv -f utf-8 -t cp1252", dump: lines, key: "'@id'"),
  ]

  private static let zip =
    "python3 -c 'import sys, zipfile as z; z.ZipFile(sys.stdout.buffer, \"w\", z.ZIP_DEFLATED).writestr(\"d.csv\", sys.stdin.buffer.read())'"

  @Test(arguments: cases)
  func whatIsStoredIsTheTextOfRecords(item: Case) throws {
    let name = String(item.source.dropFirst("{ path: ".count).prefix { $0 != "," && $0 != " " })
    for way in ["path", "input", "pipe"] {
      let bench = try Bench(
        feed: "feed: cases\nstore: ./store\nsource: \(item.source)\nkey: \(item.key)\n")
      try bench.write("text", item.text)
      let place = way == "path" ? name : "other"
      #expect(try bench.shell("cat text | \(item.packed) > \(place)").status == 0)
      var run: Event
      switch way {
      case "path": run = try bench.run()
      case "input": run = try bench.run("--input", "other")
      default:
        let fetched = try bench.call(
          "fetch", ["--feed", "feed.yaml", "--input", "-"], input: try bench.read("other"))
        fetched.expect(0)
        let tick = try bench.tick(from: "dedupe", event: fetched.output)
        run = try #require(try tick.event, "\(tick)")
      }
      #expect(try bench.query("--dump", run.data.run) == item.dump, "\(way)")
      // What came is known by its digest.
      let answer = try bench.text("store/cases/runs/\(run.data.run)/fetch.json")
      let sum = try bench.shell("sha256sum < \(place)").output.prefix(64)
      #expect(answer.contains("\"sha256\":\"\(sum)\""), "\(way): \(answer)")
      let again = try bench.tick(way == "path" ? [] : ["--input", "other"])
      #expect(try again.event?.data.outcome == "unchanged", "\(again)")
    }
  }

  @Test func aPlainDumpHasNoDigestOfItsOwn() throws {
    let bench = try Bench()
    try bench.write("cases.csv", Self.plain)
    let run = try bench.run().data.run
    #expect(!(try bench.text("store/cases/runs/\(run)/fetch.json")).contains("\"original\""))
  }

  @Test func whatIsLeftOutIsInTheAnswer() throws {
    let bench = try Bench(
      feed:
        "feed: cases\nstore: ./store\nsource: { path: c.csv, skip: 1, footer_starts_with: Sum }\nkey: id\n")
    try bench.write("c.csv", "Report of Monday\n\(Self.plain)Sum,2\n")
    let run = try bench.run().data.run
    let answer = try bench.text("store/cases/runs/\(run)/fetch.json")
    #expect(
      answer.contains("\"before\":\"Report of Monday\\n\"") && answer.contains("\"after\":\"Sum,2\\n\""))
    // Another title is no change.
    try bench.write("c.csv", "Report of Tuesday\n\(Self.plain)Sum,2\n")
    #expect(try bench.tick().event?.data.outcome == "unchanged")
  }

  @Test func aDumpWithoutItsFooterIsKeptAndCanBeAccepted() throws {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: c.csv, footer_starts_with: Sum }\nkey: id\n")
    try bench.write("c.csv", "\(Self.plain)Sum,2\n")
    try bench.run()
    try bench.write("c.csv", Self.plain + "3,x\n")
    let tick = try bench.tick()
    tick.expect(
      65, says: "its footer is missing", "(source.footer_starts_with)", "dedupe --accept",
      "or set the field named here otherwise")
    let run = try #require(try tick.event).data.run
    #expect(try bench.query("--dump", run) == Self.plain + "3,x\n")
    let accepted = try bench.shell(
      "$bin/dedupe --feed feed.yaml --accept \(run) | $bin/snapshot | $bin/publish")
    #expect(accepted.status == 0, "\(accepted)")
  }

  @Test func noRecordsWhereTheyWereLookedFor() throws {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: c.xml, record: /report/rows/rwo }\nkey: '@id'\n")
    try bench.write("c.xml", Self.xml)
    try bench.tick().expect(
      65,
      says: "the dump has no records: it is XML without an element /report/rows/rwo, as source.record has it",
      "dedupe --accept")
  }

  @Test func twoFilesAreComparedAsTheyAreRead() throws {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: c.csv, encoding: windows-1252 }\nkey: id\n")
    try bench.write("a", "id,name\n1,Grün\n")
    try bench.write("b", "id,name\n1,Grün\n2,½\n")
    for way in ["cat", "gzip -c"] {
      let made = try bench.shell(
        "for n in a b; do iconv -f utf-8 -t windows-1252 $n | \(way) > $n.csv; done; $bin/dedupe --feed feed.yaml --before a.csv --input b.csv"
      )
      #expect(made.status == 0, "\(made)")
      #expect(
        made.output == #"{"op":"insert","key":["2"],"after":{"id":"2","name":"½"}}"#
          + "\n")
    }
    try bench.write("feed.yaml", "feed: cases\nsource: { path: c.csv }\nkey: id\n")
    let wide = try bench.shell(
      "iconv -f utf-8 -t utf-16 a > wide.csv; $bin/dedupe --feed feed.yaml --before wide.csv --input wide.csv"
    )
    wide.expect(65, says: "set source.encoding to utf-16")
  }

  @Test func anEncodingThatNobodyKnows() throws {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: c.csv, encoding: klingon-8 }\nkey: id\n")
    try bench.write("c.csv", Self.plain)
    try bench.tick().expect(78, says: "source.encoding: this system knows no encoding klingon-8")
  }

  /// An array of 60 MB in one line, as a document.
  @Test func oneLineOfJSONIsReadInBoundedMemory() throws {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: c.json, unwrap: items }\nkey: id\n",
      environment: ["STRANDLINE_LEASE": "60s", "STRANDLINE_GRACE": "60s"])
    let made = try bench.shell(
      "awk 'BEGIN { printf \"{\\\"items\\\":[\"; for (n = 0; n < 300000; n++) printf \"%s{\\\"id\\\":%d,\\\"text\\\":\\\"%0180d\\\"}\", n ? \",\" : \"\", n, n; printf \"]}\" }' > c.json && wc -c < c.json"
    )
    #expect(try #require(Int(made.output.filter(\.isNumber))) > 60_000_000, "\(made)")
    let fetched = try bench.call("PeakMemory", ["peak", try builtExecutable("fetch"), "--feed", "feed.yaml"])
    fetched.expect(0)
    let memory = try #require(try bench.text("peak").split(separator: " ").first.flatMap { Int($0) })
    #expect(memory < 48 << 10, "fetch took \(memory >> 10) MiB")
  }
}
