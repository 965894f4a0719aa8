import Glibc
import StrandlineTesting
import Testing

/// A feed is begun from nothing but its source.
@Suite struct BeginningTests {
  private static let orders =
    "Orders\n\nid;name;amount\n" + (1...60).map { "\($0);n\($0 % 7);\($0),50\n" }.joined()

  @Test func aFile() throws {
    let bench = try Bench(environment: ["TMPDIR": "tmp"])
    _ = try bench.shell("mkdir tmp dumps feeds")
    try bench.write("dumps/orders-2026-11-21.csv", Self.orders + "Total;;1830,00\n")
    let written = try bench.begin("dumps/orders-2026-11-21.csv", feed: "orders", records: 60)
    #expect(
      written.fields == [
        "feed: orders", "store: ./store", "source:", "  path: dumps/orders-2026-11-21.csv",
        "  delimiter: \";\"",
        "  header_starts_with: \"id;\"", "  footer_starts_with: \"Total;\"", "key: id",
      ])
    #expect(written.contains("# Unique in all 60 records."))
    #expect(try bench.shell("ls -A tmp").output == "", "something was left behind")
  }

  @Test func pathsAreRelativeToTheFeedFile() throws {
    let bench = try Bench()
    _ = try bench.shell("mkdir -p dumps feeds/of")
    try bench.write("dumps/a.csv", Self.orders)
    let path = "feeds/of/begun.yaml"
    try bench.call("feed", "init", "dumps/a.csv", "--output", path, "--store", "here/store").expect(0)
    let fields = try bench.text(path).fields
    #expect(
      fields.contains("  path: ../../dumps/a.csv") && fields.contains("store: ../../here/store"), "\(fields)")
    try bench.call("local-runner", "--once", path).expect(0)
    #expect(bench.exists("here/store/a/head.json"))
    try bench.call("feed", "init", bench.path("dumps/a.csv"), "--output", path, "--force").expect(0)
    #expect(try bench.text(path).fields.contains("  path: \(bench.path("dumps/a.csv"))"))
  }

  @Test func onStandardOutput() throws {
    let bench = try Bench(environment: ["STRANDLINE_STORE": "elsewhere"])
    try bench.write("a.csv", Self.orders)
    let result = try bench.call("feed", "init", "a.csv", "--name", "Orders")
    result.expect(0, says: "the first run would find 60 records", "next: save it as Orders.yaml, then ")
    #expect(result.output.fields.first == "feed: Orders")
    // Where history is kept is said already.
    #expect(!result.output.contains("store"), "\(result)")
    try bench.write("Orders.yaml", result.output)
    try bench.call("local-runner", "--once", "Orders.yaml").expect(0)
    #expect(bench.exists("elsewhere/Orders/head.json"))
  }

  @Test func nothingIsReplacedUnlessSaidSo() throws {
    let bench = try Bench()
    try bench.write("a.csv", Self.orders)
    try bench.write("mine.yaml", "mine")
    _ = try bench.shell("mkfifo pipe")
    // It is looked at before the source is read, for which somebody would have to write to the pipe.
    let result = try bench.call("feed", "init", "pipe", "--output", "mine.yaml")
    result.expect(64, says: "mine.yaml is there already", "--force")
    #expect(try bench.text("mine.yaml") == "mine")
    try bench.call("feed", "init", "a.csv", "--output", "mine.yaml", "--force").expect(0)
    #expect(try bench.text("mine.yaml").fields.first == "feed: a")
    try bench.expectNoBeginning(
      "a.csv", "--output", "nowhere/begun.yaml", code: 78, says: "--output nowhere/begun.yaml", "No such file"
    )
    #expect(
      try bench.shell("ls -A").output.split(separator: "\n").sorted() == [
        "a.csv", "feed.yaml", "mine.yaml", "pipe",
      ])
  }

  @Test func theNextCommandCanBePasted() throws {
    let bench = try Bench()
    _ = try bench.shell("mkdir \"it's mine\"")
    try bench.write("a.csv", Self.orders)
    let begun = try bench.call("feed", "init", "a.csv", "--output", "it's mine/x y.yaml")
    begun.expect(0)
    let next = try #require(begun.errors.firstRange(of: "next: ").map { begun.errors[$0.upperBound...] })
    #expect(next.hasSuffix(" --once 'it'\\''s mine/x y.yaml'\n"))
    try bench.shell(String(next)).expect(0)
  }

  /// A pipe can be read once, and so it is.
  @Test func theSourceIsReadOnce() throws {
    let bench = try Bench()
    let text = "id,name\n" + (0..<50_000).map { "\($0),row \($0 % 100)\n" }.joined()
    try bench.write("a.csv", text)
    let piped = try bench.shell(
      "mkfifo pipe; cat a.csv > pipe & timeout 60 $bin/feed init pipe --output begun.yaml; code=$?; wait; exit $code"
    )
    piped.expect(0, says: "the first run would find 50000 records")
    #expect(try bench.text("begun.yaml").fields.suffix(2) == ["  path: pipe", "key: id"])
    let server = try SourceServer(bench)
    try bench.write("served", text)
    try bench.call("feed", "init", server.url("whole"), "--quiet", "--output", "begun2.yaml").expect(0)
    #expect(try server.asked(bench) == 1)
    #expect(try bench.text("begun2.yaml").fields.contains("  url: \"\(server.url("whole"))\""))
    try bench.call("local-runner", "--once", "begun2.yaml").expect(0)
    #expect(try server.asked(bench) == 2)
  }

  @Test func onlyTheNewestOfSeveral() throws {
    let bench = try Bench()
    _ = try bench.shell("mkdir in")
    try bench.write("in/x-1.csv", "other,columns\n1,2\n")
    try bench.write("in/x-2.csv", Self.orders)
    let written = try bench.begin("in/x-*.csv", "--take", "last", feed: "x", records: 60)
    #expect(written.fields.contains("  take: last"))
    try bench.call("feed", "init", "in/x-*.csv").expect(
      69, says: "set source.take to newest", ". Here: --take newest or --take last.")
  }

  @Test func whatIsNoDump() throws {
    let bench = try Bench(environment: ["TMPDIR": "tmp"])
    _ = try bench.shell("mkdir tmp")
    let server = try SourceServer(bench)
    try bench.write("served", "id\n1\n")
    try bench.expectNoBeginning(
      server.url("page"), "--output", "begun.yaml", code: 65,
      says: "no feed can be made of \(server.url("page")): it is a web page (HTML)")
    try bench.write("empty.csv", "")
    try bench.expectNoBeginning("empty.csv", "--output", "begun.yaml", code: 65, says: "it is empty")
    try bench.write("half.json", #"{"rows":[{"id":1},{"id":2}"#)
    try bench.expectNoBeginning(
      "half.json", "--output", "begun.yaml", code: 65, says: "half.json: the dump ends early")
    _ = try bench.shell(
      "printf 'id\\n1\\n' > a.csv; printf 'id\\n1\\n' > b.csv; gzip -k a.csv; head -c 20 a.csv.gz > cut.csv.gz"
    )
    try bench.expectNoBeginning(
      "cut.csv.gz", "--output", "begun.yaml", code: 65, says: "cut.csv.gz: it ends early")
    try bench.expectNoBeginning(
      "nothing.csv", "--output", "begun.yaml", code: 69, says: "nothing.csv cannot be opened")
    try bench.expectNoBeginning("-", code: 64, says: "standard input is no source")
    try bench.expectNoBeginning(
      "redis://localhost/0", code: 64, says: "what a database is asked is yours to say")
    try bench.expectNoBeginning("ftp://x/y.csv", code: 78, says: "ftp:// is not known")
    try bench.expectNoBeginning(code: 64, says: "Missing expected argument '<source>'")
    #expect(try bench.shell("ls -A tmp").output == "", "something was left behind")
    let nowhere = try bench.call("feed", ["init", "b.csv"], variables: ["TMPDIR": "nowhere"])
    nowhere.expect(69, says: "a temporary file in nowhere: No such file")
  }

  /// The feed file is right, and there is nothing in the source yet: it is written, and said what would come of it.
  @Test func aFirstRunThatWouldBeRefused() throws {
    let bench = try Bench()
    try bench.write("a.csv", "id,name\n")
    let empty = try bench.call("feed", "init", "a.csv", "--output", "begun.yaml")
    empty.expect(
      65, says: "begun.yaml is written, but its first run would be refused: the dump has no records",
      "guards.empty")
    #expect(!empty.errors.contains("--accept"))
    #expect(try bench.text("begun.yaml").contains("# There are no records"))
    try bench.write("b.csv", "id,name\n" + (0..<100).map { "\($0),a\($0 < 5 ? ",b" : "")\n" }.joined())
    let ragged = try bench.call("feed", "init", "b.csv")
    ragged.expect(
      65, says: "5 of 100 records are bad", "to quarantine, line 2: 3 fields, the header has 2", "line 4:")
    #expect(!ragged.errors.contains("line 5:") && !ragged.errors.contains("next:"))
  }

  @Test func helpAndMisuse() throws {
    let bench = try Bench()
    let help = try bench.call("feed", "--help")
    #expect(help.status == 0 && help.output.contains("init"))
    #expect(try bench.call("feed").output.contains("init"))
    #expect(try bench.call("feed", "init", "--help").output.contains("password_env=VARIABLE"))
    try bench.call("feed", "unit", "a.csv").expect(64)
    try bench.call("feed", "init", "a.csv", "--take", "all").expect(64, says: "'newest' and 'last'")
    try bench.call("feed", "init", "http://localhost/a", "--auth", "reader").expect(
      64, says: "--auth takes FIELD=VALUE")
    let open = try bench.call("feed", "init", "http://localhost/a", "--auth", "password=s3cret")
    open.expect(78, says: "unknown field \"password\" in source.auth")
    #expect(!open.errors.contains("s3cret"))
    try bench.call("feed", "init", "http://localhost/a", "--name", "a b").expect(
      78, says: "feed cannot be \"a b\"")
    try bench.call("feed", "init", "a.csv", "--auth", "user=me", "--auth", "password_env=P").expect(
      78, says: "is for a url")
  }
}
