import Testing

/// The forms in which a dump may come.
@Suite struct FormatTests {
  private static let plain = "id,v\n1,a\n2,\"x;y,z\"\n"

  @Test(arguments: [
    ("{ path: c.csv }", "id,v\n1,a\n2,\"x;y,z\"\n"), ("{ path: c.csv }", "\u{FEFF}id,v\n1,a\n2,\"x;y,z\"\n"),
    ("{ path: c.csv }", "id,v\r\n1,a\r\n2,\"x;y,z\"\r\n"),
    ("{ path: c.csv }", "\"id\",\"v\"\n\"1\",\"a\"\n\"2\",\"x;y,z\"\n"),
    ("{ path: c.csv, delimiter: \";\" }", "id;v\n1;a\n2;\"x;y,z\"\n"),
    ("{ path: c.tsv }", "id\tv\n1\ta\n2\tx;y,z\n"),
    ("{ path: c.csv, delimiter: tab }", "id\tv\n1\ta\n2\tx;y,z\n"),
    ("{ path: c.csv }", "id,v\n1,a\n2,\"x;y,z\""),
    ("{ path: c.jsonl }", "{\"id\":\"1\",\"v\":\"a\"}\n{ \"id\": \"2\", \"v\": \"x;y,z\" }\n"),
    ("{ path: c.json }", "[{\"id\":\"1\",\"v\":\"a\"},\n{\"id\":\"2\",\"v\":\"x;y,z\"}]"),
    (
      "{ path: c.json, unwrap: result.items }",
      "{\"n\":2,\"result\":{\"items\":[{\"id\":\"1\",\"v\":\"a\"},{\"id\":\"2\",\"v\":\"x;y,z\"}]},\"x\":[]}\n"
    ),
  ])
  func isTakenAndComesBack(source: String, dump: String) throws {
    let name = String(source.dropFirst("{ path: ".count).prefix { $0 != "," && $0 != " " })
    for way in ["path", "gz", "input", "pipe"] {
      let place = way == "gz" ? source.replacing(name, with: "\(name).gz") : source
      let bench = try Bench(feed: "feed: cases\nstore: ./store\nsource: \(place)\nkey: [id]\n")
      try bench.write(way == "input" ? "other" : name, dump)
      var run = ""
      switch way {
      case "path": run = try bench.run().data.run
      case "gz":
        #expect(try bench.shell("gzip \(name)").status == 0)
        run = try bench.run().data.run
      case "input": run = try bench.run("--input", "other").data.run
      default:
        let fetched = try bench.call("fetch", "--feed", "feed.yaml", "--input", "-", input: dump)
        fetched.expect(0)
        let tick = try bench.tick(from: "dedupe", event: fetched.output)
        tick.expect(0)
        run = try #require(try tick.event).data.run
      }
      #expect(try bench.query("--as-of", "now", "--format", "csv") == Self.plain, "\(way)")
      #expect(
        try bench.query("--as-of", "now", "--format", "jsonl")
          == #"{"id":"1","v":"a"}\#n{"id":"2","v":"x;y,z"}\#n"#)
      #expect(try bench.query("--dump", run) == dump, "\(way)")
      let again = try bench.tick(way == "input" ? ["--input", "other"] : [])
      if way != "pipe" { #expect(try again.event?.data.outcome == "unchanged", "\(again)") }
    }
  }

  @Test func anotherFormOfTheSameIsNoChange() throws {
    let bench = try Bench()
    try bench.write("cases.csv", Self.plain)
    try bench.run()
    for form in [
      "\u{FEFF}id,v\r\n1,a\r\n2,\"x;y,z\"\r\n", "v,id\n\"x;y,z\",2\na,1\n", "id,v,new\n1,a,\n2,\"x;y,z\",\n",
    ] {
      try bench.write("cases.csv", form)
      let counts = try #require(try bench.run().data.counts)
      #expect([counts.inserted, counts.updated, counts.deleted] == [0, 0, 0], "\(form)")
    }
    #expect(try bench.query("--key", "1").split(separator: "\n").count == 1)
  }

  @Test func aJSONDumpThatBreaksOff() throws {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: c.json, unwrap: items }\nkey: [id]\n")
    try bench.write("c.json", #"{"items":[{"id":"1"},{"id":"2"}]}"#)
    try bench.run()
    let head = try bench.head()
    for broken in [
      #"{"items":[{"id":"1"},{"id":"2"}"#, #"{"items":[{"id":"1"},{"i"#, #"{"error":"later"}"#,
      "<html></html>", "",
    ] {
      try bench.write("c.json", broken)
      try bench.tick().expect(65, says: "the dump cannot be read: ")
      #expect(try bench.head() == head)
    }
    try bench.write("c.json", #"{"items":[{"id":"1"},{"id":"3"}]}"#)
    #expect(try bench.run().data.counts?.inserted == 1)
  }

  @Test func publishedNamesStayWhatTheyWere() throws {
    let bench = try Bench(feed: "feed: cases\nstore: ./store\nsource: { path: d.jsonl }\nkey: [A]\n")
    let records = [
      (#"{"A":1,"a":1}"#, #"{"A":1,"a_2":1}"#),
      (#"{"a":2,"A":1}"#, #"{"a_2":2,"A":1}"#),
      (#"{"A_2":7,"a":3,"A":1}"#, #"{"A_2_2":7,"a_2":3,"A":1}"#),
      (#"{"A":1,"A.b":"x","valid_from":"v","":5}"#, #"{"A":1,"A_b":"x","valid_from_2":"v","column":5}"#),
      (#"{"A":1}"#, #"{"A":1}"#),
      (#"{"A":1,"A.b":"z"}"#, #"{"A":1,"A_b":"z"}"#),
    ]
    for (record, published) in records {
      try bench.write("d.jsonl", record + "\n")
      try bench.run()
      let current = try bench.shell("cat store/cases/published/current.jsonl").output
      #expect(current == published + "\n", "of \(record)")
    }
  }
}
