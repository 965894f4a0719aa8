import Documents
import StrandlineTesting
import Testing

/// A bad run is taken back, and put back, by the binaries.
@Suite struct RewindTests {
  private struct Row: Decodable {
    var what: String
    var entry: Int
    var run: String
    var deleted: Int
  }

  private func feed() throws -> (bench: Bench, runs: [String]) {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: cases.csv }\nkey: [id]\nguards: { gone: 100% }\n")
    let dumps = ["1,a\n2,b\n", "1,a\n2,c\n", "1,a\n"]
    let runs = try dumps.map { rows in
      try bench.write("cases.csv", "id,v\n\(rows)")
      return try bench.run().data.run
    }
    return (bench, runs)
  }

  @Test func withoutConfirmNothingIsWritten() throws {
    let (bench, runs) = try feed()
    let before = try bench.shell("find store -type f | sort | xargs sha256sum").output
    let shown = try bench.call("rewind", "--feed", "feed.yaml", "--undo", runs[1])
    shown.expect(
      0,
      says: "would be done, with --confirm: takes back \(runs[1]), \(runs[2]): as entry 1 left it")
    shown.expect(0, says: "2 records then; 1 come back, 0 become others, 0 go")
    let rows = try lines(of: Row.self, in: shown.output)
    #expect(rows.map(\.entry) == [3, 2] && rows.map(\.run) == [runs[2], runs[1]])
    #expect(rows.map(\.deleted) == [1, 0] && rows.allSatisfy { $0.what == "taken back" })
    let changes = try bench.call("rewind", "--feed", "feed.yaml", "--entry", "2", "--changes")
    #expect(changes.output == #"{"op":"insert","key":["2"],"after":{"id":"2","v":"c"}}"# + "\n")
    #expect(try bench.shell("find store -type f | sort | xargs sha256sum").output == before)
  }

  @Test func takenBackAndPutBack() throws {
    let (bench, runs) = try feed()
    let moment = try bench.runs()[2].validFrom
    let undo = try bench.shell("$bin/rewind --feed feed.yaml --undo \(runs[2]) --confirm | $bin/publish")
    undo.expect(0, says: "takes back \(runs[2])")
    let event = try Documents.decode(Event.self, from: undo.bytes, name: "event")
    #expect(event.data.outcome == "published")
    #expect(try bench.query("--as-of", "now") == "{\"id\":\"1\",\"v\":\"a\"}\n{\"id\":\"2\",\"v\":\"c\"}\n")
    #expect(try bench.query("--as-of", moment, "--known-at", "now").split(separator: "\n").count == 2)
    #expect(try bench.text("store/cases/published/current.jsonl").contains(#""v":"c""#))
    // The source still has the dump that was wrong.
    #expect(try bench.run(expecting: "unchanged").data.message?.contains("taken back") == true)
    // And the other way round.
    try bench.shell("$bin/rewind --feed feed.yaml --undo \(event.data.run) --confirm | $bin/publish").expect(
      0, says: "puts back \(runs[2])")
    #expect(try bench.query("--as-of", "now") == "{\"id\":\"1\",\"v\":\"a\"}\n")
    #expect(try bench.query("--key", "2").split(separator: "\n").count == 2)
    try bench.call("rewind", "--feed", "feed.yaml", "--to", "now").expect(0, says: "nothing to do")
    #expect(try bench.runs().map(\.outcome).filter { $0 == "published" }.count == 5)
  }

  @Test func whatCannotBeDone() throws {
    let (bench, runs) = try feed()
    for (arguments, status, message) in [
      ([], 64, "Give one of --undo, --to, --entry."),
      (["--entry", "9"], 64, "there is no entry 9: they go from 1 to 3"),
      (["--undo", "nobody"], 64, "no entry was added by a run \"nobody\"; see query --runs"),
      (["--undo", runs[0]], 64, "run \(runs[0]) was the first: nothing was before it"),
      (["--to", "1999-01-01"], 64, "history begins"),
      (["--entry", "1", "--changes", "--confirm"], 64, "--changes only shows"),
    ] as [([String], Int32, String)] {
      try bench.call("rewind", ["--feed", "feed.yaml"] + arguments).expect(status, says: message)
    }
    // While a run is under way, and after one that was interrupted.
    let event = try bench.call(
      "fetch", ["--feed", "feed.yaml", "--input", "-"], input: Array("id,v\n7,x\n".utf8))
    event.expect(0)
    let held = try bench.call(
      "rewind", ["--feed", "feed.yaml", "--entry", "1", "--confirm"], variables: ["STRANDLINE_LEASE": "60s"])
    held.expect(75, says: "waits for stage dedupe", "feed.yaml | snapshot | publish` goes on with it now")
  }
}
