import Documents
import StrandlineTesting
import Testing

/// Runs are taken again into another store by the binary.
@Suite struct ReplayTests {
  private struct Row: Decodable {
    var run: String
    var then: String
    var now: String
    var same: Bool
    var differences: String?
  }

  private func feed() throws -> (bench: Bench, runs: [String]) {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: cases.csv }\nkey: [id]\nguards: { bad: 60% }\n")
    let dumps = ["1,a\n2,b\n", "1,a\n2,c\n", "1,x\n2,y,z\n3,q\n"]
    let runs = try dumps.map { rows in
      try bench.write("cases.csv", "id,v\n\(rows)")
      return try bench.run().data.run
    }
    return (bench, runs)
  }

  @Test func comesToTheSame() throws {
    let (bench, runs) = try feed()
    let before = try bench.shell("find store -type f | sort | xargs sha256sum").output
    let replayed = try bench.call("replay", "--feed", "feed.yaml", "--into", "staging")
    replayed.expect(0, says: "3 runs replayed into staging, 0 with another outcome")
    let rows = try lines(of: Row.self, in: replayed.output)
    #expect(rows.map(\.run) == runs && rows.allSatisfy { $0.same && $0.now == "published" })
    #expect(try bench.shell("find store -type f | sort | xargs sha256sum").output == before)
    for question in [["--as-of", "now"], ["--dump", runs[2]]] {
      let (here, there) = (
        try bench.call("query", ["--feed", "feed.yaml"] + question),
        try bench.call("query", ["--feed", "feed.yaml", "--store", "staging"] + question)
      )
      #expect(here.output == there.output && !here.output.isEmpty)
    }
    try bench.call("replay", "--feed", "feed.yaml", "--into", "other", "--run", runs[2]).expect(
      0, says: "1 runs replayed into other")
  }

  @Test func otherSettingsOrAnotherProgramShow() throws {
    let (bench, runs) = try feed()
    try bench.write("strict.yaml", "feed: cases\nsource: { path: cases.csv }\nkey: [id]\n")
    let strict = ["--feed", "feed.yaml", "--into", "strict", "--settings", "strict.yaml"]
    let replayed = try bench.call("replay", strict)
    replayed.expect(0, says: "3 runs replayed into strict, 1 with another outcome")
    let last = try #require(try lines(of: Row.self, in: replayed.output).last)
    #expect(
      !last.same && last.now == "refused" && last.differences?.contains("code: none then, 65 now") == true)
    // As if this program found something else than the one that wrote the store.
    let answer = "store/cases/runs/\(runs[1])/publish.json"
    let other = try bench.text(answer).replacing("\"updated\":1", with: "\"updated\":2")
    let body = try #require(other.split(separator: ",\"sum\":").first) + "}"
    try bench.write(answer, String(decoding: Documents.sealed(Array(body.utf8)), as: UTF8.self))
    try bench.call("replay", "--feed", "feed.yaml", "--into", "again").expect(
      65, says: "1 of 3 runs came to something else than then")
  }

  /// The feed file is mended, and what went to quarantine is taken in: as a correction.
  @Test func quarantineHasAWayBack() throws {
    let feed =
      "feed: cases\nstore: ./store\nsource: { path: cases.csv }\nkey: [id]\nguards: { duplicates: 60% }\n"
    let bench = try Bench(feed: feed)
    try bench.write("cases.csv", "id,v\n1,a\n1,b\n2,c\n")
    let event = try bench.run()
    #expect(try bench.quarantine(event).count == 1)
    try bench.call("replay", "--feed", "feed.yaml", "--quarantine").expect(0, says: "nothing to do")
    try bench.write("feed.yaml", feed + "duplicates: last\n")
    let before = try bench.head()
    let trial = try bench.call("replay", "--feed", "feed.yaml", "--quarantine", "--dry-run")
    trial.expect(0, says: "corrects 1 entry, from \(event.data.validFrom) on")
    #expect(try bench.head() == before)
    try bench.shell("$bin/replay --feed feed.yaml --quarantine | $bin/publish").expect(
      0, says: "corrects 1 entry")
    let moment = event.data.validFrom
    #expect(try bench.query("--as-of", moment) == "{\"id\":\"1\",\"v\":\"b\"}\n{\"id\":\"2\",\"v\":\"c\"}\n")
    #expect(try bench.text("store/cases/published/current.jsonl").contains(#""v":"b""#))
    #expect(try bench.run(expecting: "unchanged").data.message == nil)
    try bench.call("replay", "--feed", "feed.yaml", "--quarantine").expect(0, says: "nothing to do")
    try bench.call("audit", "--feed", "feed.yaml", "--verify").expect(0)
  }

  @Test func whatCannotBeDone() throws {
    let (bench, _) = try feed()
    try bench.write("other.yaml", "feed: other\nsource: { path: cases.csv }\nkey: [id]\n")
    for (arguments, message) in [
      (["--into", "store"], "into another store"), ([], "Give --into or --quarantine."),
      (["--quarantine", "--run", "r"], "--quarantine goes without"),
      (["--into", "x", "--run", "nobody"], "there are no such runs with dumps"),
      (["--into", "x", "--run", "r", "--from", "now"], "--run goes without"),
      (["--into", "x", "--settings", "other.yaml"], "--settings is of feed other, --feed of cases"),
    ] {
      try bench.call("replay", ["--feed", "feed.yaml"] + arguments).expect(64, says: message)
    }
  }
}
