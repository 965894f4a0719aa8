import Testing

/// Functions that a person calls one by one.
@Suite struct ByHandTests {
  private static let changes = """
    {"op":"update","key":["2"],"before":{"id":"2","v":"b, \\"two\\""},"after":{"id":"2","v":"B,\\n\\"two\\""}}
    {"op":"delete","key":["3"],"before":{"id":"3","v":"c"}}
    {"op":"insert","key":["4"],"after":{"id":"4","v":""}}

    """

  private func sorted(_ text: String) -> [String] { text.split(separator: "\n").map(String.init).sorted() }

  @Test(arguments: ["csv", "gz", "jsonl", "pipe"])
  func twoFilesAreCompared(format: String) throws {
    let suffix = format == "jsonl" ? "jsonl" : "csv"
    let bench = try Bench(feed: "feed: cases\nsource: { path: cases.\(suffix) }\nkey: [id]\n")
    try bench.write("a.csv", "id,v\n1,a\n2,\"b, \"\"two\"\"\"\n3,c\n")
    try bench.write("b.csv", "id,v\n1,a\n2,\"B,\n\"\"two\"\"\"\n4,\n")
    try bench.write(
      "a.jsonl", #"{"id":"1","v":"a"}\#n{"v":"b, \"two\"","id":"2"}\#n{"id":"3","v":"c"}\#n"#)
    try bench.write(
      "b.jsonl", #"{"id":"1","v":"a"}\#n{"id":"2","v":"B,\n\"two\""}\#n{"id":"4","v":""}\#n"#)
    let result: Result
    switch format {
    case "gz":
      #expect(try bench.shell("gzip a.csv b.csv").status == 0)
      result = try bench.call("dedupe", "--feed", "feed.yaml", "--before", "a.csv.gz", "--input", "b.csv.gz")
    case "pipe":
      result = try bench.call(
        "dedupe", ["--feed", "feed.yaml", "--before", "a.csv", "--input", "-"], input: try bench.read("b.csv")
      )
    default:
      result = try bench.call(
        "dedupe", "--feed", "feed.yaml", "--before", "a.\(suffix)", "--input", "b.\(suffix)")
    }
    result.expect(0, says: "3 records, 1 inserted, 1 updated, 1 deleted")
    let expected =
      format == "jsonl"
      ? Self.changes.replacing(
        #""before":{"id":"2","v":"b, \"two\""}"#, with: #""before":{"v":"b, \"two\"","id":"2"}"#)
      : Self.changes
    #expect(sorted(result.output) == sorted(expected), "\(result)")
    #expect(!bench.exists("store"))
  }

  @Test func filesThatCannotBeCompared() throws {
    let bench = try Bench(feed: "feed: cases\nsource: { path: cases.csv }\nkey: [id]\n")
    try bench.write("a.csv", "id,v\n1,a\n")
    try bench.write("b.csv", "ident,v\n1,a\n")
    try bench.write("c.csv", "id,v\n")
    func compare(_ before: String, _ input: String) throws -> Result {
      try bench.call("dedupe", "--feed", "feed.yaml", "--before", before, "--input", input)
    }
    try compare("a.csv", "b.csv").expect(65, says: "b.csv: the key column \"id\" is missing from the header")
    try compare("a.csv", "c.csv").expect(65, says: "c.csv: the dump has no records")
    try compare("a.csv", "nope.csv").expect(69, says: "the file nope.csv cannot be opened")
    try compare("nope.csv", "a.csv").expect(69, says: "the file nope.csv cannot be opened")
    try compare("a.csv", ".").expect(78, says: ". is a directory")
    try bench.call("dedupe", "--feed", "feed.yaml", "--before", "a.csv").expect(
      64, says: "--before and --input go together")
    #expect(
      try bench.call("dedupe", ["--feed", "feed.yaml", "--before", "a.csv", "--input", "a.csv"]).output == "")
  }

  @Test func aRefusedRunIsAccepted() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n2,b\n")
    try bench.run()
    try bench.write("cases.csv", "id,v\n")
    let refused = try bench.tick()
    refused.expect(65, says: "the dump has no records")
    let run = try #require(try refused.event).data.run
    let accepted = try bench.shell(
      "$bin/dedupe --feed feed.yaml --accept \(run) | $bin/snapshot | $bin/publish")
    #expect(accepted.status == 0, "\(accepted)")
    #expect(try accepted.event.data.outcome == "published")
    #expect(try accepted.event.data.counts?.deleted == 2)
    #expect(try bench.query("--as-of", "now") == "")
    // Asked again, it answers as before.
    let again = try bench.shell("$bin/dedupe --feed feed.yaml --accept \(run) | $bin/snapshot | $bin/publish")
    #expect(again.bytes == accepted.bytes, "\(again)")
    try bench.run(expecting: "unchanged")
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.run()
    #expect(try bench.query("--key", "1").split(separator: "\n").count == 2)
    // What is older than the head cannot be accepted any more.
    try bench.write("cases.csv", "id,v\n")
    let late = try #require(try bench.tick().event).data.run
    try bench.write("cases.csv", "id,v\n1,b\n")
    try bench.run()
    try bench.call("dedupe", "--feed", "feed.yaml", "--accept", late).expect(
      64, says: "only a newer dump can be accepted")
  }

  @Test func aRefusedDumpThatComesAgainIsNotStoredAgain() throws {
    let bench = try Bench()
    try bench.write("cases.csv", CaseDumps(seed: 1, rows: 1000).csv)
    try bench.run()
    try bench.write("cases.csv", CaseDumps(seed: 1, rows: 500).csv.replacing("name", with: "Name"))
    var written: [Int] = []
    for _ in 0..<3 {
      let tick = try bench.tick()
      tick.expect(65, says: "500 of 1000 records are gone")
      written.append(try #require(try tick.event?.data.dump).newBytes)
    }
    #expect(written[0] > 0 && written[1...] == [0, 0], "\(written)")
  }

  @Test func stagesByTheNameOfTheRun() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    let run = try bench.call("fetch", "--feed", "feed.yaml").event.data.run
    for stage in ["dedupe", "snapshot", "publish", "publish", "dedupe"] {
      try bench.call(stage, "--feed", "feed.yaml", "--run", run).expect(0)
    }
    #expect(try bench.runs().map(\.outcome) == ["published"])
    try bench.call("snapshot", "--feed", "feed.yaml", "--run", "other").expect(
      64, says: "--run other: there is no such run")
  }

  @Test func differencesColumnByColumn() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v,w\n1,a,x\n2,b,y\n3,c,z\n")
    try bench.run("--input", "cases.csv", "--observed-at", "2020-01-01")
    try bench.write("cases.csv", "id,v,w\n1,a,x\n2,B,\n4,d,q\n")
    try bench.run("--input", "cases.csv", "--observed-at", "2020-01-02")
    #expect(
      try bench.query("--diff", "2020-01-01", "2020-01-02", "--format", "csv") == """
        op,key,column,before,after
        update,"[""2""]",v,b,B
        update,"[""2""]",w,y,
        insert,"[""4""]",id,,4
        insert,"[""4""]",v,,d
        insert,"[""4""]",w,,q
        delete,"[""3""]",id,3,
        delete,"[""3""]",v,c,
        delete,"[""3""]",w,z,

        """)
  }

  @Test func aKeyThatChanged() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n2,a\n")
    try bench.run()
    try bench.write("cases.csv", "id,v\n1,a\n2,b\n")
    try bench.run()
    let head = try bench.head()
    try bench.write("feed.yaml", "feed: cases\nstore: ./store\nsource: { path: cases.csv }\nkey: [v]\n")
    let tick = try bench.tick()
    tick.expect(78, says: "the key changed from [\"id\"] to [\"v\"]", "--rekey")
    #expect(try bench.head() == head)
    let run = try #require(try tick.event).data.run
    let rekeyed = try bench.shell(
      "$bin/dedupe --feed feed.yaml --accept \(run) --rekey | $bin/snapshot | $bin/publish")
    #expect(rekeyed.status == 0, "\(rekeyed)")
    try bench.run(expecting: "unchanged")
    try bench.write("cases.csv", "id,v\n1,a\n3,b\n")
    try bench.run()
    // Versions from before the key changed are told by the key that counts now.
    let versions = try bench.query("--key", "b").split(separator: "\n")
    #expect(versions.count == 2)
    #expect(versions.first?.hasSuffix(#""id":"2","v":"b"}"#) == true, "\(versions)")
    #expect(versions.last?.contains(#""valid_to":null"#) == true, "\(versions)")
    #expect(try bench.query("--key", "a").split(separator: "\n").count == 1)
  }

  @Test func aKeyThatNoRecordHad() throws {
    let bench = try Bench(feed: "feed: cases\nstore: ./store\nsource: { path: cases.csv }\nkey: [id, v]\n")
    for rows in ["01,a\n02,b\n", "01,a\n"] {
      try bench.write("cases.csv", "id,v\n\(rows)")
      try bench.run()
    }
    let none = try bench.call("query", "--feed", "feed.yaml", "--key", "1", "--key", "a")
    none.expect(0, says: "no record of feed cases ever had this key (id, v)")
    #expect(none.output == "")
    for (id, v) in [("01", "a"), ("02", "b")] {
      let known = try bench.call("query", "--feed", "feed.yaml", "--key", id, "--key", v)
      #expect(known.status == 0 && known.errors == "" && known.output != "", "\(known)")
    }
  }

  @Test func versionsWhereTheWholeRecordIsItsKey() throws {
    let bench = try Bench(feed: "feed: cases\nstore: ./store\nsource: { path: cases.csv }\n")
    for rows in ["1,a\n2,b\n", "1,a\n3,c\n", "1,a\n2,b\n"] {
      try bench.write("cases.csv", "id,v\n\(rows)")
      try bench.run()
    }
    func versions(_ record: String) throws -> Int {
      try bench.query("--key", record).split(separator: "\n").count
    }
    #expect(try versions(#"{"id":"1","v":"a"}"#) == 1)
    #expect(try versions(#"{ "v": "b", "id": "2" }"#) == 2)
    #expect(try versions(#"{"id":"3","v":"c"}"#) == 1)
    #expect(try versions(#"{"id":"1","v":"b"}"#) == 0)
    try bench.call("query", "--feed", "feed.yaml", "--key", "1").expect(
      64, says: "feed cases has no key columns, so a whole record is its key: give it as a JSON object")
  }

  @Test func answersInThreeFormats() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,\"a, \"\"b\"\"\"\n2,\n")
    try bench.run()
    #expect(try bench.query("--as-of", "now", "--format", "csv") == (try bench.text("cases.csv")))
    #expect(try bench.query("--as-of", "now") == #"{"id":"1","v":"a, \"b\""}\#n{"id":"2","v":""}\#n"#)
    let table = "id  v\n--  ------\n1   a, \"b\"\n2\n"
    #expect(try bench.query("--as-of", "now", "--format", "table") == table)
    // On a terminal it is a table by itself.
    let terminal = try bench.shell(
      "script -qec \"$bin/query --feed feed.yaml --as-of now\" /dev/null < /dev/null")
    if terminal.status != 127 {
      #expect(terminal.output.replacing("\r\n", with: "\n") == table, "\(terminal)")
    }
    try bench.write("cases.csv", "id,v\n2,x\n")
    try bench.run()
    let difference = try bench.query("--diff", try bench.runs()[0].validFrom, "now")
    #expect(
      sorted(difference) == [
        #"{"op":"delete","key":["1"],"before":{"id":"1","v":"a, \"b\""}}"#,
        #"{"op":"update","key":["2"],"before":{"id":"2","v":""},"after":{"id":"2","v":"x"}}"#,
      ])
    try bench.call("query", "--feed", "feed.yaml", "--key", "1", "2").expect(64)
    try bench.call("query", "--feed", "feed.yaml", "--key", "1", "--key", "2").expect(
      64, says: "the key of feed cases has 1 parts (id), but 2 were given")
  }
}
