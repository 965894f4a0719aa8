import StrandlineTesting
import Testing

/// What web servers do when they are ill: each ends in a refused run or a clear error, with history untouched, and the
/// next good dump is taken.
@Suite struct SickSourceTests {
  private static let cuts = (0..<10).flatMap { (tenth) -> [(String, Int32, String)] in
    [
      ("cut-length \(tenth)", 69, "bytes"), ("cut-chunked \(tenth)", 69, "127.0.0.1"),
      (
        "cut-gzip \(tenth)", tenth == 0 ? 65 : 69,
        tenth == 0 ? "the dump is empty" : "compressed body ends early"
      ),
      ("cut-file \(tenth)", 65, tenth == 0 ? "" : "its gzip stream is cut"),
      // Nothing says that it is cut, but that a line is.
      ("cut-silent \(tenth)", 65, tenth == 0 ? "the dump is empty" : "it has no line end"),
    ]
  }

  @Test(arguments: cuts)
  func cutAtEveryTenth(mode: String, code: Int32, says: String) throws {
    let says = says == "it has no line end" ? "its last line has no line end" : says
    try SickSource().expectTrouble(mode, [code], says: says)
  }

  @Test(arguments: [
    ("too-long", 69, "bytes"), ("too-short", 65, "its last line has no line end"),
    ("page", 65, "looks like HTML or XML, not like CSV (it begins with \"<!DOCTYPE html>\")"),
    ("sign-in", 65, "looks like HTML or XML"), ("error-document", 65, "looks like JSON, not like CSV"),
    ("error-text", 65, "the key column \"id\" is missing"), ("empty", 65, "the dump is empty"),
    ("blanks", 65, ""), ("header", 65, "the dump has no records"),
    ("half", 65, "records are gone (guards.gone allows 20%)"),
    ("doubled", 65, "records are there twice (guards.repeated allows 25%)"),
    ("twice", 65, "have a key that another record with other content has"),
    ("other", 65, "the key column \"id\" is missing from the header; the dump has: when, where, level"),
    ("no-header", 65, "the key column \"id\" is missing"), ("semicolons", 65, "is `delimiter` \";\"?"),
    ("ragged", 65, "records are bad (guards.bad allows 1%)"),
    ("utf16", 65, "begins with the byte-order mark of UTF-16, and dumps are UTF-8"),
    ("latin1", 65, "records are bad"), ("open-quote", 65, "it ends inside a quoted field"),
    ("zeros", 65, "its last line has no line end"), ("noise", 65, ""),
    ("endless", 65, "the dump goes on after 5000000 bytes"),
    ("endless-line", 65, "the dump goes on after 5000000 bytes"),
    ("endless-header", 65, "the dump goes on after 5000000 bytes"),
    ("bomb", 65, "the dump goes on after 5000000 bytes"),
    ("drip", 69, "sent less than 100 bytes a second for 1 s"),
    ("stall", 69, "sent less than 100 bytes a second for 1 s"), ("silence", 69, "took too long"),
    ("loop", 69, "redirects more than 10 times"), ("nowhere", 69, "redirects to where nobody can go"),
    ("not-gzip", 69, "the gzip stream of the body is broken"),
    ("broken-gzip", 69, "gzip stream of the body is broken"),
    ("brotli", 69, "encoded as \"br\""), ("status 204", 69, "which is no whole dump"),
    ("status 400", 69, "check the query"), ("status 401", 78, "check the user, password or token"),
    ("status 403", 78, "has no access"), ("status 404", 69, "check the address"),
    ("status 500", 69, "answered 500"),
    ("later", 75, "asks to be left alone for 3600 s"), ("unasked", 69, "answered 304"),
    ("zip-bomb", 65, "the dump goes on after 5000000 bytes"),
    ("two-members", 65, "is a zip archive of 2 files, and a dump is one: \"a.csv\", \"b.csv\""),
    ("locked-zip", 65, "is an encrypted zip archive"), ("cut-zip", 65, "its zip archive is cut after"),
    ("cut-zstd", 65, "its zstd stream is cut after"), ("broken-zip", 65, "is a damaged zip archive"),
    ("part", 69, "answered 206, which is no whole dump"), ("hang-up", 69, "(tried 3 times)"),
    ("garbage", 69, "something that is not HTTP"), ("big-headers", 69, "KiB of headers"),
  ])
  func sickAsCanBe(mode: String, code: Int32, says: String) throws {
    try SickSource().expectTrouble(mode, [code], says: says)
  }

  @Test(arguments: [
    (", begins_with: \"id,name\"", "error-text", "it does not begin with \"id,name\""),
    (", ends_with: \",v\"", "latin1", ""),
    (", ends_with: \"999,v\"", "half", "it does not end with \"999,v\""),
    (", min_bytes: 10000", "header", "it has 10 bytes, and source.expect.min_bytes is 10000"),
    (", content_type: [text/csv, text/plain]", "error-document", "it came as application/json"),
    (", content_type: text/csv", "sign-in", "it came as text/html"),
  ])
  func notWhatIsExpected(expect: String, mode: String, says: String) throws {
    // The rows' own ends are expected, so that the good dump passes.
    let expect = expect.replacing("999,v", with: "name 999,v")
    try SickSource(expect: expect).expectTrouble(
      mode, [65], says: says.replacing("999,v", with: "name 999,v"))
  }

  /// Rows as XML.
  private static func xml(_ csv: String) -> String {
    let rows = csv.split(separator: "\n").dropFirst().map {
      let fields = $0.split(separator: ",", omittingEmptySubsequences: false)
      return "<row><id>\(fields[0])</id><name>\(fields[1])</name><v>\(fields[2])</v></row>"
    }
    return "<report>" + rows.joined(separator: "\n") + "</report>\n"
  }

  @Test(arguments: [
    ("encoding: windows-1252", "undefined-byte", "is not windows-1252 at byte 3"),
    ("encoding: utf-16le", "cut-utf16", "its last character"),
    ("footer_starts_with: Total", "no-footer", "its footer is missing, so it may have been cut off"),
    ("footer_starts_with: Total", "page", "its footer is missing"),
    ("header_starts_with: id", "other", "no line begins with \"id\""),
    (
      "expect: { max_bytes: 500000000, max_ratio: 100 }", "zip-bomb",
      "unpacks to more than 100 times its size"
    ),
    (
      "expect: { max_bytes: 500000000, max_ratio: 100 }", "zstd-bomb",
      "unpacks to more than 100 times its size"
    ),
    ("expect: { max_bytes: 5000000 }", "zstd-bomb", "the dump goes on after 5000000 bytes"),
    ("record: /report/row", "laughs", "has a document type declaration (<!DOCTYPE report>)"),
    ("record: /report/row", "page", "is an HTML page"),
    ("record: /report/row", "sign-in", "is XML whose root is <html>, not <report>"),
    ("record: /report/row", "endless-comment", "goes on for more than 16 MiB within one tag or comment"),
    ("record: /report/row", "endless-blanks", "the source goes on after 20000000 bytes and was given up"),
    ("record: /report/row", "empty-report", "the dump has no records"),
    ("record: /report/row", "cut-length 5", "bytes"),
    ("record: /report/row", "cut-silent 5", "ends early, inside"),
  ])
  func sickInOtherForms(setting: String, mode: String, says: String) throws {
    let isXML = setting.hasPrefix("record")
    let source = try SickSource(
      expect: nil,
      source: "format: \(isXML ? "xml" : "csv")\n  \(setting)"
        + (setting.hasPrefix("expect") ? "" : "\n  expect: { max_bytes: 20000000 }"),
      served: { csv in
        if setting.hasPrefix("footer") { return csv + "\nTotal,,\n" }
        if setting.hasSuffix("16le") { return String(csv.flatMap { [$0, "\0"] }) }
        return isXML ? Self.xml(csv) : csv
      })
    try source.expectTrouble(mode, [mode == "cut-length 5" ? 69 : 65], says: says)
  }

  @Test func whatIsNotExpectedCanBeAccepted() throws {
    let source = try SickSource(expect: ", min_bytes: 14000")
    let bench = source.bench
    try bench.write("served", SickSource.rows(900))
    let tick = try bench.tick()
    tick.expect(65, says: "the dump is not what is expected: it has 1", "dedupe --accept", "source.expect")
    let run = try #require(try tick.event).data.run
    #expect(try bench.query("--dump", run) == SickSource.rows(900))
    let accepted = try bench.shell(
      "$bin/dedupe --feed feed.yaml --accept \(run) | $bin/snapshot | $bin/publish")
    #expect(accepted.status == 0, "\(accepted)")
    #expect(try bench.query("--as-of", "now", "--format", "csv") == SickSource.rows(900))
  }

  @Test func aBadCertificate() throws {
    let bench = try Bench()
    let made = try bench.shell(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=other.example"
        + " -keyout key.pem -out cert.pem 2>/dev/null && cp cert.pem mode")
    #expect(made.status == 0, "\(made)")
    let script = #filePath.replacing("EndToEndTests/SickSourceTests.swift", with: "Support/sick_server.py")
    let server = try ChildProcess(
      "python3", [script, "--tls", "cert.pem", "key.pem"], directory: bench.folder.path, input: nil)
    let port = try server.firstLine()
    for (tls, says) in [("", "its certificate is not trusted"), ("tls: { ca: cert.pem }", "127.0.0.1")] {
      try bench.write(
        "feed.yaml",
        "feed: cases\nstore: ./store\nsource:\n  url: https://127.0.0.1:\(port)/dump\n  \(tls)\nkey: [id]\n")
      let tick = try bench.tick()
      tick.expect(69, says: says)
      #expect(try bench.head() == "none")
    }
    server.closeInput()
  }
}
