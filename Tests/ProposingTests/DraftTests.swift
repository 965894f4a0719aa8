import Basics
import FeedFile
import Proposing
import Records
import StrandlineTesting
import Testing

/// Feed files as they are written.
@Suite struct DraftTests {
  @Test func aWholeOne() throws {
    var draft = try Given("Report\nid;v\n" + (0..<60).map { "\($0);x\n" }.joined(), "dumps/a b.csv").draft()
    draft.title = ["Proposed."]
    draft.store = "./store"
    draft.key = KeyFinding()
    draft.key?.records = 60
    draft.key?.distinct = 60
    draft.key?.key = ["id"]
    #expect(
      try draft.text() == """
        # Proposed.
        feed: given
        # Where history is kept: a folder, or s3://bucket/prefix, gs://bucket/prefix.
        store: ./store
        source:
          path: "dumps/a b.csv"
          # Semicolons give 2 columns in 61 of the first 61 lines.
          delimiter: ";"
          # One line before the header, the first is "Report".
          header_starts_with: "id;"
        # Unique in all 60 records.
        key: id

        """)
  }

  @Test func aTitleHasNoLineEndInIt() throws {
    let draft = try Given("Umsatzliste Grün\r\n\r\nid;v\r\n1;a\r\n2;b\r\n").draft()
    let text = try draft.text()
    #expect(text.contains("# 2 lines before the header, the first is \"Umsatzliste Grün\".\n"), "\(text)")
  }

  @Test func whoAsks() throws {
    var draft = Draft(name: "x", location: .url("https://example.org/x.csv"))
    draft.auth = [("user", "CORP\\me"), ("password_env", "P"), ("method", "ntlm")]
    #expect(try draft.feed().source.auth == .ntlm(user: "CORP\\me", password: .environment("P")))
    draft.auth = [("user", "me")]
    let refusal = failure { _ = try draft.feed() }
    #expect(
      refusal?.kind == .settings && refusal?.message.contains("source.auth") == true, "\(refusal as Any)")
    draft = Draft(name: "x", location: .url("https://me:secret@example.org/x.csv"))
    let other = failure { _ = try draft.feed() }
    #expect(other?.message.contains("holds credentials") == true)
    #expect(other?.message.contains("secret@") == false)
  }

  /// Whatever the source says, it stays in comments and quotes.
  @Test(arguments: [
    "a\nkey: x", "a\u{2028}b", "a # b", "\"", "'", "\\", "a: b", "- a", "null", "yes", "1", "~", "{", "[",
    "*a", "&a", "!a",
    "%a", "@a", "`a", "\u{7F}\u{85}", "ä\u{301}", "😀", "\u{FEFF}a", " a ", "a\tb", "key", "", "\u{FFFE}",
  ])
  func namesAsTheyAre(name: String) throws {
    let cell = "\"" + name.replacing("\"", with: "\"\"") + "\""
    let text = "\(cell),other\n" + (0..<60).map { "k\($0),x\n" }.joined()
    let given = Given(text, "dump.csv")
    var draft = try given.draft()
    draft.key = try findKey(in: given.dump(draft.feed()), .csv(delimiter: 0x2C))
    let expected = name.isEmpty ? ["column_1"] : [name]
    #expect(draft.key?.key == expected)
    let written = try draft.text()
    #expect(try draft.feed().key == expected, "\(written)")
    draft.key?.exports = [.init(column: name, value: name)]
    draft.key?.nearest = [.init(columns: [name, name], sharing: 1)]
    #expect(try draft.feed().key == expected)
    draft.key?.key = []
    #expect(try draft.feed().key == [])
  }

  @Test(arguments: [
    ("cases.csv", "cases"), ("data/20200904T125740Z.csv.gz", "data"),
    ("covid/20200904T125740Z.csv.gz", "covid"),
    ("export-2026-11-20.csv", "export"), ("s3://bucket/in/orders_20261120.jsonl.zst", "orders"),
    ("https://example.org/api/v2/stations.json?key=1", "stations"), ("https://example.org/", "example.org"),
    ("https://example.org/report/download", "report"), ("http://localhost:80/x y.csv", "x-y"),
    ("levels-1.csv", "levels-1"),
    ("äöü.csv", "feed"), ("-", "feed"), ("../..", "feed"), (".hidden.csv", "hidden"),
  ])
  func namesOfFeeds(place: String, name: String) throws {
    #expect(feedName(of: place) == name)
    _ = try Draft(name: feedName(of: place), location: .path("x.csv")).feed()
  }

  @Test(arguments: 0..<50) func samplesInPieces(seed: Int) throws {
    var random = SplitMix64(seed)
    let alphabet: [UInt8] = [
      0x61, 0x0A, 0, 0xC3, 0xA4, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xFF, 0x81, 0xED,
    ]
    let bytes = (0..<random.below(300)).map { _ in random.oneIn(3) ? random.pick(alphabet) : 0x62 }
    let whole = Sample(of: bytes)
    var taker = SampleTaker()
    var position = 0
    while position < bytes.count {
      let end = min(bytes.count, position + 1 + random.below(20))
      unsafe bytes.withUnsafeBytes { unsafe taker.take(UnsafeRawBufferPointer(rebasing: $0[position..<end])) }
      position = end
    }
    let pieces = taker.finish()
    #expect(pieces.census == whole.census && pieces.head == bytes && pieces.tail == bytes)
    #expect((whole.census.invalid == 0) == (String(validating: bytes, as: UTF8.self) != nil))
    #expect(whole.census.zeros == bytes.count { $0 == 0 })
  }
}
