import StrandlineTesting
import Testing

/// Feeds of other sources than files are begun: servers that want to know who asks, examples, and real feeds.
@Suite struct BeginningSourceTests {
  @Test func whoAsks() throws {
    let source = try GuardedSource()
    let (bench, url) = (source.bench, source.origin)
    let refused = try bench.call("feed", "init", "\(url)/basic.csv")
    refused.expect(
      78, says: "none was given (it offers Basic): say who asks in source.auth",
      "--auth user=NAME --auth password_env=VARIABLE")
    try bench.call("feed", "init", "\(url)/basic.csv", "--auth", "user=reader", "--auth", "password_env=T")
      .expect(
        78, says: "check the user, password or token")
    try bench.call(
      "feed", "init", "\(url)/basic.csv", "--auth", "user=reader", "--auth", "password_env=NOT_SET"
    )
    .expect(
      78, says: "source.auth: the environment variable NOT_SET is not set")
    try bench.call("feed", "init", "\(url)/basic.csv", "--auth", "user=reader").expect(
      78, says: "source.auth")
    let secret = "http://reader:s3cret@localhost/basic.csv"
    let open = try bench.call("feed", "init", secret)
    open.expect(78, says: "holds credentials")
    #expect(!open.errors.contains("s3cret"))
    for (path, arguments, fields) in [
      (
        "basic", ["--auth", "user=reader", "--auth", "password_env=PASS"],
        ["    user: reader", "    password_env: PASS"]
      ),
      ("bearer", ["--auth", "bearer_env=T"], ["    bearer_env: T"]),
      (
        "key", ["--auth", "header=X-Api-Key", "--auth", "key_env=K"],
        ["    header: X-Api-Key", "    key_env: K"]
      ),
    ] {
      let output = "\(path).yaml"
      let begun = try bench.call("feed", ["init", "\(url)/\(path).csv", "--output", output] + arguments)
      begun.expect(0, says: "the first run would find 100 records")
      let written = try bench.text(output)
      #expect(written.fields.filter { $0.hasPrefix("    ") } == fields)
      #expect(written.fields.last == "key: id")
      for text in [written, begun.errors] {
        #expect(!GuardedSource.secrets.values.contains { text.contains($0) }, "\(text)")
      }
      try bench.call("local-runner", "--once", output).expect(0)
    }
    // Each was asked once, and once more by its first run.
    let asked = try source.asked().map(\.path)
    #expect(asked.count { $0 == "/bearer.csv" } == 2 && asked.count { $0 == "/key.csv" } == 2)
  }

  @Test func examplesThatAreFiles() throws {
    let examples = SharedData.package + "/examples"
    func begin(_ file: String, _ feed: String, _ records: Int) throws -> [String] {
      let bench = try Bench()
      try #require(try bench.shell("cp \(examples)/\(file) .").status == 0)
      let name = String(file.split(separator: "/")[1])
      return try bench.begin(name, feed: feed, records: records).fields.dropFirst(4).map { String($0) }
    }
    #expect(try begin("tides/levels-1.csv", "levels-1", 6) == ["key: [station, time]"])
    #expect(
      try begin("encoding/export-2026-11-20.csv", "export", 3) == [
        "  encoding: windows-1252", "  delimiter: \";\"", "  header_starts_with: \"Auftrag;\"",
        "  footer_starts_with: \"Summe;\"", "key: Auftrag",
      ])
    #expect(try begin("bucket/articles-1.csv", "articles-1", 3) == ["key: article"])
    #expect(try begin("bucket-pattern/gauge-2026-11-19.csv", "gauge", 2) == ["key: gauge"])
    #expect(
      try begin("xml/stations-1.xml", "stations-1", 4) == [
        "  record: /report/stations/station", "key: \"@id\"",
      ])
  }

  /// Those whose dump is one answer of a server.
  @Test func examplesThatAreServed() throws {
    let examples = SharedData.package + "/examples"
    let bench = try Bench(environment: ["CLIENT_SECRET": "7 & 8", "READER_PASSWORD": "fünf"])
    let copied = try bench.shell(
      "cp \(examples)/*/*.csv . && cp \(examples)/pages/incidents-1.json pages.json && mv cases-2026-11-20.csv cases.csv"
    )
    try #require(copied.status == 0, "\(copied)")
    let server = try ChildProcess(
      "python3", ["\(examples)/server.py"],
      environment: ["CLIENT_SECRET": "7 & 8", "READER_PASSWORD": "fünf"],
      directory: bench.folder.path, input: nil)
    let origin = "http://127.0.0.1:\(try server.firstLine())"
    func begin(_ path: String, _ auth: [String], _ feed: String, _ key: String) throws {
      let output = "begun-\(feed).yaml"
      let arguments = ["init", "\(origin)/\(path)", "--output", output] + auth.flatMap { ["--auth", $0] }
      try bench.call("feed", arguments).expect(0)
      let written = try bench.text(output)
      #expect(written.fields.first == "feed: \(feed)" && written.fields.last == "key: \(key)", "\(written)")
      let run = try bench.call("local-runner", "--once", output)
      #expect(run.status == 0 && run.output.contains("\(feed) published"), "\(written)\(run)")
    }
    try begin("open/cases.csv", [], "cases", "[date, district]")
    let client = ["token_url=\(origin)/token", "client_id=strandline", "client_secret_env=CLIENT_SECRET"]
    try begin("client/contracts-1.csv", client, "contracts-1", "contract")
    try begin(
      "account/hamburg-1.csv", ["user=reader", "password_env=READER_PASSWORD"], "hamburg-1", "article")
    try begin("pages/pages.json?limit=2", [], "pages", "id")
    server.closeInput()
  }

  @Test func theExampleBehindNTLM() throws {
    let bench = try Bench(environment: ["REPORT_PASSWORD": "Grün & 3 Bäume"])
    try bench.write(
      "served", "order,region,amount\n" + (0..<500).map { "\(10_000 + $0),r\($0 % 4),\($0).50\n" }.joined())
    let server = try ChildProcess(
      Server.environment,
      [SharedData.package + "/Tests/Support/ntlm_server.py", "svc_report", "Grün & 3 Bäume", "CORP", "0"],
      directory: bench.folder.path, input: nil)
    let url = "http://127.0.0.1:\(try server.firstLine())/report.csv"
    try bench.call("feed", "init", url).expect(
      78, says: "it offers NTLM", "--auth method=ntlm --auth user='DOMAIN\\NAME' --auth password_env=VARIABLE"
    )
    let written = try bench.begin(
      url, "--auth", "method=ntlm", "--auth", "user=CORP\\svc_report", "--auth",
      "password_env=REPORT_PASSWORD",
      feed: "report",
      records: 500)
    #expect(written.fields.last == "key: order")
    server.closeInput()
  }

  @Test(
    .enabled(if: SharedData.isExpected, "\(SharedData.hint)"),
    arguments: ["covid", "sp500", "fires", "ukcases"])
  func realFeeds(feed: String) throws {
    let folder = try SharedData.require() + "/" + feed
    let listed = try runProcess("ls", [folder], environment: ["LC_ALL": "C"])
    let dumps = listed.outputText.split(separator: "\n").filter { $0.hasSuffix(".gz") }
    // The newest of those of fires has nothing in it.
    let dump = try #require(feed == "fires" ? dumps.first { $0.hasPrefix("2020") } : dumps.last)
    let bench = try Bench(environment: ["STRANDLINE_LEASE": "60s", "STRANDLINE_GRACE": "60s"])
    let written = try bench.begin("\(folder)/\(dump)", feed: feed)
    let expected = [
      "covid": ["key: [Date, Country]"], "sp500": ["key: Symbol"],
      "fires": ["  unwrap: AllYearIncidents", "key: IncidentId"],
      // The key that the feed is given elsewhere is wrong on purpose; this one is not.
      "ukcases": ["key: [Date, Country, Area]"],
    ]
    #expect(Array(written.fields.dropFirst(4)) == expected[feed])
    if feed == "fires" { #expect(written.contains("\"ListIncidents\"")) }
  }
}

extension CloudTests {
  /// A feed of an object in a bucket is begun.
  @Suite struct BeginningTests {
    @Test(arguments: Cloud.faithful) func anObject(_ cloud: Cloud) throws {
      let storage = CloudStorage(cloud: cloud, place: cloud.place())
      try storage.put(
        "in/cases.csv",
        "Day\tCountry\tCases\n" + (0..<90).map { "d\($0 / 9)\tc\($0 % 9)\t\($0 % 4)\n" }.joined())
      let bench = try Bench(cloud, storage.place)
      let url = "\(storage.place)/in/cases.csv"
      let written = try bench.begin(url, feed: "cases", records: 90)
      #expect(
        written.fields == [
          "feed: cases", "store: ./store", "source:", "  url: \"\(url)\"", "  delimiter: tab",
          "key: [Day, Country]",
        ])
      try bench.call("feed", "init", "\(storage.place)/none.csv").expect(69, says: "none.csv")
    }
  }
}
