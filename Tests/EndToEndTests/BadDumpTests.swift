import Testing

/// Dumps that are sick: what is said, that history is untouched, and that the next good one is taken.
@Suite struct BadDumpTests {
  private static let good = rows(1000)

  /// A header and so many rows, of which some are changed.
  private static func rows(_ count: Int, _ change: (Int) -> String? = { _ in nil }) -> String {
    var text = "id,name,v\n"
    for number in 0..<count { text += (change(number) ?? "\(number),name \(number),v\n") }
    return text
  }

  /// A feed whose first dump was taken.
  private func bench(_ settings: String = "") throws -> Bench {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: cases.csv }\nkey: [id]\n\(settings)")
    try bench.write("cases.csv", Self.good)
    try bench.run()
    return bench
  }

  /// Expects a dump to be refused, and that a good one is taken afterwards.
  private func expectRefusal(
    _ bench: Bench, _ dump: [UInt8], says texts: String..., at location: SourceLocation = #_sourceLocation
  ) throws {
    let head = try bench.head()
    try bench.write("cases.csv", bytes: dump)
    let tick = try bench.tick()
    #expect(tick.status == 65, "\(tick)", sourceLocation: location)
    #expect(tick.results.map(\.status) == [0, 65, 0, 0], "\(tick)", sourceLocation: location)
    #expect(try tick.event?.data.outcome == "refused", "\(tick)", sourceLocation: location)
    for text in texts { #expect(tick.errors.contains(text), "\(text)?\n\(tick)", sourceLocation: location) }
    #expect(try bench.head() == head, sourceLocation: location)
    #expect(
      try bench.query("--as-of", "now", "--format", "csv") == Self.good, sourceLocation: location)
    // The dump is kept, byte for byte.
    let run = try #require(try tick.event).data.run
    #expect(
      try bench.call("query", ["--feed", "feed.yaml", "--dump", run]).bytes == dump, sourceLocation: location)
    try expectRecovery(bench, at: location)
  }

  private func expectRecovery(_ bench: Bench, at location: SourceLocation = #_sourceLocation) throws {
    let next = Self.rows(1000) { $0 == 7 ? "7,seven,v\n" : nil }
    try bench.write("cases.csv", next)
    let event = try bench.run(at: location)
    #expect(event.data.counts?.updated == 1, sourceLocation: location)
    #expect(try bench.query("--as-of", "now", "--format", "csv") == next, sourceLocation: location)
  }

  @Test func aMissingKeyColumn() throws {
    try expectRefusal(
      bench(), Array("ident,name,v\n1,a,b\n".utf8),
      says: "the key column \"id\" is missing from the header; the dump has: ident, name, v.",
      "`key` in the feed file")
  }

  @Test func aPageInPlaceOfTheDump() throws {
    try expectRefusal(
      bench(), Array("<!DOCTYPE html>\n<html><body>Down, sorry</body></html>\n".utf8),
      says: "the dump looks like HTML or XML, not like CSV (it begins with \"<!DOCTYPE html>\")",
      "look at what the source sends")
  }

  @Test func noHeaderAndNoRecords() throws {
    try expectRefusal(bench(), [], says: "the dump is empty: it has not even a header; look at the source")
    try expectRefusal(
      bench(), Array("id,name,v\n".utf8), says: "the dump has no records", "dedupe --accept", "guards.empty")
  }

  @Test func manyRecordsAreGone() throws {
    try expectRefusal(
      bench(), Array(Self.rows(700).utf8), says: "300 of 1000 records are gone (guards.gone allows 20%)",
      "dedupe --accept")
  }

  @Test func manyRaggedRows() throws {
    let ragged = Self.rows(1000) { $0 % 50 == 0 ? "\($0),short\n" : nil }
    try expectRefusal(
      bench(), Array(ragged.utf8),
      says:
        "20 of 1000 records are bad (guards.bad allows 1%): the first is in line 2 of the dump: 2 fields, the header has 3",
      "/store/cases/quarantine/", "--accept", "guards.bad")
  }

  @Test func fewRaggedRowsGoToQuarantine() throws {
    let bench = try bench()
    try bench.write(
      "cases.csv", Self.rows(1000) { $0 == 10 ? "10,short\n" : $0 == 20 ? "20,too,many,fields\n" : nil })
    let event = try bench.run()
    #expect(event.data.counts?.bad == 2)
    let rows = try bench.quarantine(event)
    #expect(rows.map(\.reason) == ["fieldCount", "fieldCount"])
    #expect(rows.map(\.line) == [12, 22], "\(rows)")
    #expect(rows.map(\.bytes) == ["10,short\n", "20,too,many,fields\n"], "\(rows)")
    try expectRecovery(bench)
  }

  @Test func rowsThatAreNoUTF8() throws {
    let bench = try bench()
    var dump = Array(Self.good.utf8)
    let place = try #require(Self.good.firstRange(of: "name 500,")).lowerBound
    dump[Self.good.utf8.distance(from: Self.good.startIndex, to: place)] = 0xFF
    try bench.write("cases.csv", bytes: dump)
    let event = try bench.run()
    #expect(event.data.counts?.bad == 1)
    let row = try #require(try bench.quarantine(event).first)
    #expect(row.reason == "invalidUTF8" && row.line == 502)
    #expect(row.bytesHex?.hasPrefix("3530302cff616d65") == true, "\(row)")
    #expect(try bench.call("query", ["--feed", "feed.yaml", "--dump", event.data.run]).bytes == dump)
    try expectRecovery(bench)
  }

  @Test func aQuoteThatNeverEnds() throws {
    try expectRefusal(
      bench(), Array((Self.good + "1000,\"never ends,v\n").utf8), says: "it ends inside a quoted field",
      "dedupe --accept", "guards.truncated")
    // In the midst it swallows the rest.
    let swallowing = Self.rows(1000) { $0 == 500 ? "500,\"never,v\n" : nil }
    try expectRefusal(bench(), Array(swallowing.utf8), says: "it ends inside a quoted field")
  }

  @Test func aDumpWithoutItsLastLineEnd() throws {
    try expectRefusal(
      bench(), Array(Self.good.utf8.dropLast(2)),
      says: "its last line has no line end, although the last dump's had one")
  }

  @Test func aNulByteIsKept() throws {
    let bench = try bench()
    let dump = Self.rows(1000) { $0 == 3 ? "3,a\u{0}b,\u{0}\n" : nil }
    try bench.write("cases.csv", dump)
    try bench.run()
    #expect(try bench.query("--as-of", "now", "--format", "csv") == dump)
    #expect(try bench.query("--key", "3").contains(#""name":"a\u0000b","v":"\u0000""#))
    #expect(
      try bench.text("store/cases/published/current.jsonl").contains(
        #"{"id":"3","name":"a\u0000b","v":"\u0000"}"#))
  }

  @Test func aSecondRecordOfAKey() throws {
    let bench = try bench()
    try bench.write("cases.csv", Self.good + "5,other,v\n6,name 6,v\n")
    let event = try bench.run()
    #expect(event.data.counts?.conflicts == 1)
    #expect(event.data.counts?.duplicates == 1)
    #expect(try bench.quarantine(event).map(\.reason) == ["duplicateKey"])
    #expect(try bench.query("--as-of", "now", "--format", "csv") == Self.good)
    try expectRecovery(bench)
  }

  @Test func aDownloadThatBreaksOff() throws {
    let bench = try Bench()
    let server = try SourceServer(bench)
    func point(to path: String) throws {
      try bench.write(
        "feed.yaml", "feed: cases\nstore: ./store\nsource: { url: \"\(server.url(path))\" }\nkey: [id]\n")
    }
    try bench.write("served", Self.good)
    try point(to: "whole")
    try bench.run()
    let head = try bench.head()
    try bench.write("served", Self.rows(1000) { $0 == 9 ? "9,nine,v\n" : nil })
    try point(to: "half")
    let cut = try bench.tick()
    cut.expect(69, says: "/half")
    #expect(cut.results.count == 1)
    #expect(try bench.head() == head)
    try point(to: "page")
    try bench.tick().expect(65, says: "the dump looks like HTML or XML, not like CSV")
    #expect(try bench.head() == head)
    try point(to: "whole")
    #expect(try bench.run().data.counts?.updated == 1)
    #expect(try bench.text("port") == server.port)
  }

  @Test func aServerThatIsDown() throws {
    let bench = try Bench()
    try bench.write(
      "feed.yaml", "feed: cases\nstore: ./store\nsource: { url: \"http://127.0.0.1:1/\" }\nkey: [id]\n")
    try bench.call("fetch", "--feed", "feed.yaml").expect(69, says: "http://127.0.0.1:1/")
  }
}
