import StrandlineTesting
import Testing

/// What somebody meets on the first day, with the README at hand.
@Suite struct FirstDayTests {
  @Test(
    arguments: Bench.stages + ["query", "rewind", "replay", "audit", "feed", "local-runner"])
  func eachSaysItsVersion(function: String) throws {
    let said = try Bench().call(function, "--version")
    #expect(said.status == 0 && said.output.contains(/^[0-9]+\.[0-9]+\.[0-9]+\n$/), "\(said)")
  }

  /// A run that fails leaves no answer, and is not passed over in silence.
  @Test func theLastRunFailed() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.run()
    _ = try bench.shell("rm cases.csv")
    let failed = try bench.tick()
    #expect(failed.status != 0)
    let runs = try bench.call("query", "--feed", "feed.yaml", "--runs")
    runs.expect(0, says: "the last run, ", " failed at fetch (exit \(failed.status))", "cases.csv")
    #expect(runs.output.split(separator: "\n").count == 1, "\(runs)")
    try bench.write("cases.csv", "id,v\n1,a\n2,b\n")
    try bench.run()
    let later = try bench.call("query", "--feed", "feed.yaml", "--runs")
    #expect(later.status == 0 && later.errors.isEmpty, "\(later)")
  }

  /// It stands in the table with its reason, whole: what to do is at the end of it.
  @Test func aRefusedRunIsShown() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.run()
    try bench.write("cases.csv", "id,v,\(String(repeating: "a very long column, ", count: 30))\n1\n2,b\n")
    #expect(try bench.tick().status == 65)
    let table = try bench.query("--runs", "--format", "table")
    #expect(table.contains("refused") && table.contains("set guards.bad higher") == false, "\(table)")
    #expect(table.contains("so this cannot be accepted"), "\(table)")
    let audit = try bench.call("audit", "--feed", "feed.yaml", "--format", "table")
    #expect(audit.status == 65, "\(audit)")
    let lines = audit.output.split(separator: "\n")
    let advice = lines.last { $0.hasPrefix("refused: run ") }
    #expect(advice?.hasSuffix("so this cannot be accepted") == true, "\(audit)")
    // The row itself is short.
    let row = lines.last { $0.hasPrefix("cases") && $0.contains("act") }
    #expect(row.map { $0.count < 120 } == true, "\(audit)")
  }

  @Test func aTimeBeforeTheFirstRun() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.run()
    let first = try bench.runs()[0].validFrom
    let early = try bench.call("query", "--feed", "feed.yaml", "--diff", "2026-01-01T07:00:00Z", "now")
    early.expect(
      64,
      says:
        "history begins at \(first): there is nothing as of 2026-01-01T07:00:00Z. Give that time or a later one; ",
      "query --runs")
    #expect(try bench.query("--diff", first, "now") == "")
  }

  /// Nothing was inserted, updated or deleted, and yet it is published: it is said why.
  @Test func onlySettingsChanged() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.run()
    try bench.write("feed.yaml", bench.text("feed.yaml") + "guards: { bad: 2% }\n")
    let runner = try bench.call("local-runner", "--once", "feed.yaml")
    #expect(runner.status == 0, "\(runner)")
    #expect(
      runner.output.contains(
        /published inserted=0 updated=0 deleted=0 [0-9.]+s; the settings are new; no record is another by them\n/
      ),
      "\(runner)")
    try bench.run(expecting: "unchanged")
  }

  @Test func replayIntoHasNoDryRun() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.run()
    try bench.call("replay", "--feed", "feed.yaml", "--into", "other", "--dry-run").expect(
      64, says: "replay --into writes to the other store alone, so name one that you throw away")
    #expect(!bench.exists("other"))
    try bench.call("replay", "--feed", "feed.yaml", "--quarantine", "--dry-run").expect(
      0, says: "nothing to do")
  }
}
