import Testing

/// Feed files, flags and stores that are wrong.
@Suite struct SettingsTests {
  @Test(arguments: [
    ("feed: cases\nkee: [id]\nsource: { path: a.csv }\n", "feed.yaml:2: unknown field \"kee\""),
    ("feed: cases\n", "feed.yaml:1: "),
    ("feed: cases\nsource: { path: a.csv, format: xls }\n", "feed.yaml:2: "),
    ("feed: a/b\nsource: { path: a.csv }\n", "feed.yaml:1: "),
    ("feed: cases\nsource: { path: a.csv }\nmin_interval: soon\n", "feed.yaml:3: "),
    ("feed: [\n", "feed.yaml:"), ("", "feed.yaml"), ("{\"feed\": \"cases\",}", "feed.yaml:1"),
  ])
  func aWrongFeedFile(text: String, says: String) throws {
    let bench = try Bench(feed: text)
    for function in ["fetch", "query"] {
      let arguments = ["--feed", "feed.yaml", "--store", "store"] + (function == "query" ? ["--runs"] : [])
      let result = try bench.call(function, arguments)
      result.expect(78, says: says)
      #expect(result.output.isEmpty, "\(result)")
    }
    #expect(!bench.exists("store"), "a store was made for a feed file that is wrong")
  }

  @Test func aFeedFileThatIsMissingOrNotNamed() throws {
    let bench = try Bench()
    try bench.call("fetch", "--feed", "nope.yaml").expect(78, says: "feed file nope.yaml: No such file")
    try bench.call("fetch", "--feed", ".").expect(78, says: "feed file .: Is a directory")
    try bench.call("fetch").expect(64, says: "which feed? Give --feed FILE or set STRANDLINE_FEED")
    try bench.call("query", "--runs").expect(64, says: "which feed? Give --feed FILE")
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.call("fetch", [], variables: ["STRANDLINE_FEED": "feed.yaml"]).expect(
      0, says: "fetched 9 bytes")
  }

  @Test func aStoreThatIsNotNamedOrNotKnown() throws {
    let bench = try Bench(feed: "feed: cases\nsource: { path: cases.csv }\n")
    try bench.call("fetch", "--feed", "feed.yaml").expect(
      64,
      says: "where is history kept? Give --store DIRECTORY, set STRANDLINE_STORE, or `store` in the feed file"
    )
    try bench.call("fetch", "--feed", "feed.yaml", "--store", "ftp://bucket/x").expect(
      78, says: "ftp:// is no store; give a directory, s3://bucket/prefix or gs://bucket/prefix")
    let missing = try bench.call("query", "--feed", "feed.yaml", "--store", "nowhere", "--runs")
    #expect([69, 78].contains(missing.status) && missing.errors.contains("/nowhere"), "\(missing)")
    #expect(!bench.exists("nowhere"))
    try bench.call("fetch", "--feed", "feed.yaml", "--store", "feed.yaml").expect(78, says: "feed.yaml")
  }

  @Test func aStoreIsNamedWithoutDetours() throws {
    let bench = try Bench(feed: "feed: cases\nstore: ././/store/\nsource: { path: cases.csv }\n")
    try bench.write("cases.csv", "id,v\n1,a\n")
    let event = try bench.run()
    #expect(event.data.store == bench.path("store"))
    #expect(event.data.published == bench.path("store/cases/published/pointer.json"))
  }

  @Test func aFeedFileInJSONOfAnotherFolder() throws {
    let bench = try Bench()
    #expect(try bench.shell("mkdir feeds").status == 0)
    try bench.write(
      "feeds/f.json", #"{"feed": "cases", "store": "kept", "source": {"path": "c.csv"}, "key": ["id"]}"#)
    try bench.write("feeds/c.csv", "id,v\n1,a\n")
    #expect(
      try bench.shell("$bin/fetch --feed feeds/f.json | $bin/dedupe | $bin/snapshot | $bin/publish").status
        == 0)
    #expect(bench.exists("feeds/kept/cases/head.json"))
    let shown = try bench.call("query", "--feed", "feeds/f.json", "--as-of", "now")
    #expect(shown.output == "{\"id\":\"1\",\"v\":\"a\"}\n", "\(shown)")
  }

  @Test func timesThatAreNone() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.call("fetch", "--feed", "feed.yaml", "--input", "cases.csv", "--observed-at", "yesterday")
      .expect(
        64, says: "'yesterday'", "--observed-at")
    try bench.call("fetch", "--feed", "feed.yaml", "--input", "cases.csv", "--observed-at", "2999-01-01")
      .expect(
        64, says: "lies in the future: it is ")
    try bench.run("--input", "cases.csv", "--observed-at", "2020-01-01T00:00:00Z")
    try bench.write("cases.csv", "id,v\n1,b\n")
    try bench.call("fetch", "--feed", "feed.yaml", "--input", "cases.csv", "--observed-at", "2019-12-31")
      .expect(
        64, says: "is not after the newest dump, which is of 2020-01-01T00:00:00Z")
    for arguments in [
      ["--as-of", "soon"], ["--diff", "soon", "now"], ["--as-of", "now", "--known-at", "soon"],
    ] {
      try bench.call("query", ["--feed", "feed.yaml"] + arguments).expect(
        64, says: "\"soon\" is no time: give one such as 2026-")
    }
    let early = "history begins at 2020-01-01T00:00:00Z: there is nothing as of 2019-06-01"
    try bench.call("query", "--feed", "feed.yaml", "--as-of", "2019-06-01").expect(64, says: early)
    try bench.call("query", "--feed", "feed.yaml", "--diff", "2019-06-01", "now").expect(64, says: early)
    try bench.call("query", "--feed", "feed.yaml").expect(64, says: "Give one of --as-of, --diff")
    try bench.call("query", "--feed", "feed.yaml", "--as-of", "now", "--runs").expect(64, says: "Give one of")
    try bench.call("fetch", "--feed", "feed.yaml", "--lease", "soon").expect(
      64, says: "--lease soon: give a duration")
    try bench.run("--input", "cases.csv", "--observed-at", "2020-02-01")
    #expect(try bench.query("--as-of", "2020-01-31") == "{\"id\":\"1\",\"v\":\"a\"}\n")
    #expect(try bench.query("--as-of", "2020-02-01") == "{\"id\":\"1\",\"v\":\"b\"}\n")
  }

  @Test func aStoreWithNothingInIt() throws {
    let bench = try Bench()
    #expect(try bench.shell("mkdir store").status == 0)
    try bench.call("query", "--feed", "feed.yaml", "--as-of", "now").expect(
      64, says: "nothing was recorded of feed cases yet")
    #expect(try bench.query("--runs", "--format", "table") == "(nothing)\n")
    try bench.call("query", "--feed", "feed.yaml", "--dump", "x").expect(64, says: "there is no run \"x\"")
    try bench.call("dedupe", "--feed", "feed.yaml", "--run", "x").expect(
      64, says: "there is no such run of feed cases")
    try bench.call("dedupe", "--feed", "feed.yaml", "--accept", "x").expect(
      64, says: "no refused run of that name")
  }
}
