import StrandlineTesting
import Testing

/// What is said to servers, and dumps that come in parts.
@Suite struct WhatIsAskedTests {
  @Test func queriesFormsAndDates() throws {
    let guarded = try GuardedSource()
    try guarded.describe(
      """
      url: "$/report.csv?/cases&day={today:%Y%m%d}"
      time_zone: Europe/Berlin
      query: { Region: [North, "South & East", ""], "rs:Format": CSV, From: "{month-1:%d.%m.%Y}" }
      form: { To: "{now:%H:%M}", q: [1, 2] }
      """)
    try guarded.bench.run("--observed-at", "2026-03-30T22:30:00Z")
    let rows = try guarded.bench.query("--as-of", "now", "--format", "csv").split(separator: "\n").map(
      String.init)
    #expect(
      rows == [
        "id,name,value", "0,method,POST", "1,/cases,", "2,day,20260331", "3,From,01.02.2026",
        "4,Region,North",
        "5,Region,South & East", "6,Region,", "7,rs:Format,CSV", "8,To,00:30", "9,q,1", "10,q,2",
      ])
    let asked = try #require(try guarded.asked().first)
    #expect(
      asked.path.hasSuffix("&Region=North&Region=South%20%26%20East&Region=&rs:Format=CSV"), "\(asked.path)")
  }

  @Test func aBodyAsItIs() throws {
    let guarded = try GuardedSource()
    let said = try guarded.records(
      """
      url: $/report.csv
      headers: { Content-Type: application/json }
      body: '{"a": {"b": "{today:%Y}"}}'
      """)
    #expect(
      said.hasPrefix("id,name,value\n0,method,POST\n1,body,\"{\"\"a\"\": {\"\"b\"\": \"\"20"), "\(said)")
  }

  @Test func aZoneThatIsNone() throws {
    try GuardedSource().expectRefusal(
      "url: $/open.csv\ntime_zone: Europe/Atlantis", [78], says: "has no zone Europe/Atlantis", "tzdata")
  }

  private static let long = "id,name\n" + (0..<200_000).map { "\($0),row \($0 * 7919)\n" }.joined()

  @Test(arguments: [("n=1", 2), ("n=3", 4), ("n=2&gzip=1", 3)])
  func whatBreaksOffIsGoneOnWith(query: String, requests: Int) throws {
    let guarded = try GuardedSource()
    #expect(try guarded.records("url: $/flaky.csv?\(query)") == Self.long)
    let asked = try guarded.asked()
    #expect(asked.count == requests)
    #expect(asked.dropFirst().allSatisfy { $0.headers["if-range"] == "\"v1\"" })
  }

  @Test(arguments: [
    ("n=4", "broke off"), ("n=1&tag=W/%22v1%22", "broke off"),
    ("n=1&changes=1", "it has another body by now"),
    ("n=1&whole=1", "answered 200 when it was asked for the rest"), ("n=1&shift=7", "does not go with it"),
    ("n=1\nresume: 0", "broke off"),
  ])
  func whatCannotBeGoneOnWithIsAnError(query: String, says: String) throws {
    try GuardedSource().expectRefusal("url: $/flaky.csv?\(query)", [69], says: says)
  }

  @Test(arguments: [
    ("links.csv\npages: { by: link }", 10),
    ("pages.csv\npages: { by: number, parameter: page, first: 0 }", 11),
    ("pages.jsonl\npages: { by: number, parameter: page, first: 0, size: 10, size_parameter: n }", 11),
    ("pages.json\nunwrap: data.items\npages: { by: number, parameter: page, first: 0 }", 11),
    ("offsets.csv?limit=3\npages: { by: offset, parameter: offset, size: 30, size_parameter: limit }", 5),
    ("tokens.json\nunwrap: data.items\npages: { by: token, token: meta.next, parameter: cursor }", 10),
    ("pages.json?url=1\nunwrap: data.items\npages: { by: token, token: [meta, next] }", 10),
  ])
  func dumpsInPages(source: String, requests: Int) throws {
    let guarded = try GuardedSource()
    #expect(try guarded.records("url: $/\(source)") == GuardedSource.all)
    #expect(try guarded.asked().count == requests)
    try guarded.bench.run(expecting: "unchanged")
  }

  @Test func severalAddressesAreOneDump() throws {
    let guarded = try GuardedSource()
    let urls = (0..<10).map { "$/part.csv?n=\($0)" }.joined(separator: ", ")
    #expect(try guarded.records("urls: [\(urls)]") == GuardedSource.all)
    let pages = (0..<10).map { "$/pages.json?page=\($0)" }.joined(separator: ", ")
    #expect(try guarded.records("urls: [\(pages)]\nunwrap: data.items") == GuardedSource.all)
  }

  @Test(arguments: [
    ("url: $/circle.csv\npages: { by: link }", 65, "the pages go round in circles"),
    ("url: $/stranger.csv\npages: { by: link }", 69, "leads on to another server"),
    ("url: $/same.csv\npages: { by: number, parameter: page }", 65, "the page is the same as the one before"),
    (
      "url: $/other-header.csv\npages: { by: number, parameter: page }", 65,
      "has another header than the answers before"
    ),
    (
      "url: $/pages.csv\npages: { by: number, parameter: page, first: 0, at_most: 5 }", 65,
      "more pages than 5"
    ),
    (
      "url: $/pages.json\npages: { by: number, parameter: page, first: 0 }", 65,
      "no JSON document with an array as a whole"
    ),
    ("urls: [$/open.csv, $/missing.csv]", 69, "answered 404"),
    ("urls: [$/open.csv, $/report.csv]", 65, "has another header"),
  ])
  func partsThatDoNotGoTogether(source: String, code: Int32, says: String) throws {
    try GuardedSource().expectRefusal(source, [code], says: says)
  }

  @Test func noMoreRequestsThanAllowed() throws {
    let guarded = try GuardedSource()
    #expect(try guarded.records("url: $/links.csv\nrate: 10/s\npages: { by: link }") == GuardedSource.all)
    let times = try guarded.asked().map(\.time)
    let pauses = zip(times.dropFirst(), times).map { $0 - $1 }
    #expect(times.count == 10 && (times.last ?? 0) - (times.first ?? 0) > 0.85, "\(pauses)")
  }
}
