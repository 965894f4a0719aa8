import Glibc
import StrandlineTesting
import Testing

/// The local runner with the real functions.
@Suite struct LocalRunnerChainTests {
  @Test func threeTicksOfAChangingFile() throws {
    let bench = try Bench()
    func tick() throws -> Result { try bench.call("local-runner", "--once", "feed.yaml") }
    try bench.write("cases.csv", "id,v\n1,a\n2,b\n3,c\n")
    let first = try tick()
    first.expect(0)
    #expect(
      first.output.contains(/cases published inserted=3 updated=0 deleted=0 [0-9]+\.[0-9]s\n/), "\(first)")
    try bench.write("cases.csv", "id,v\n1,a\n2,B\n4,d\n5,e\n")
    let second = try tick()
    #expect(second.output.contains("cases published inserted=2 updated=1 deleted=1 "), "\(second)")
    let third = try tick()
    #expect(third.output.contains(/cases unchanged [0-9]+\.[0-9]s\n/), "\(third)")
    #expect(try bench.query("--as-of", "now", "--format", "csv") == "id,v\n1,a\n2,B\n4,d\n5,e\n")
  }

  @Test func aRehearsalHarmsNothing() throws {
    let bench = try Bench()
    let dumps = CaseDumps(seed: 12, rows: 500)
    try bench.write("cases.csv", dumps.csv)
    let refused = try bench.call("local-runner", "--once", "--chaos", "7", "feed.yaml")
    refused.expect(78)
    #expect(refused.output.contains("is not marked as a store for rehearsals"), "\(refused)")
    try bench.call("audit", "--mark-staging", "--feed", "feed.yaml").expect(0)
    try bench.run()
    var said = ""
    for seed in 1...25 {
      let run = try bench.call("local-runner", "--once", "--chaos", "\(seed):6", "feed.yaml")
      #expect([0, 69, 75].contains(run.status), "\(run)")
      said += run.output
      if try bench.publishedSeq() == dumps.committed.count {
        dumps.change()
        dumps.noteCommitted()
        try bench.write("cases.csv", dumps.csv)
      }
      // Who died is waited for.
      if run.status != 0 { usleep(500_000) }
    }
    #expect(said.contains("; chaos: ") && said.contains("simulated fault "), "\(said)")
    try bench.catchUp(seq: dumps.committed.count)
    try bench.call("audit", "--feed", "feed.yaml", "--verify").expect(0)
    #expect(dumps.committed.count > 2)
    try dumps.expectHistory(in: bench)
  }

  @Test func aTimerUntilASignal() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    let runner = try bench.start("local-runner", ["--every", "1s", "feed.yaml"])
    try runner.waitForOutput("cases published inserted=1")
    try bench.write("cases.csv", "id,v\n1,b\n")
    try runner.waitForOutput("cases published inserted=0 updated=1")
    try runner.waitForOutput("cases unchanged")
    runner.send(SIGTERM)
    let outcome = try runner.wait()
    #expect(outcome.status == 0, "\(outcome.outputText) \(outcome.errorText)")
    #expect(try bench.runs().compactMap(\.entry) == [1, 2])
  }

  @Test func aSkippedReadIsSaid() throws {
    let bench = try Bench(feed: "feed: cases\nsource: { path: cases.csv }\nmin_interval: 1h\n")
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.call("local-runner", "--once", "--store", "store", "feed.yaml").expect(0)
    let skipped = try bench.call("local-runner", "--once", "--store", "store", "feed.yaml")
    skipped.expect(0)
    let said =
      /cases skipped [0-9.]+s; the source was read [0-9]+ s ago; min_interval allows the next read in/
    #expect(skipped.output.contains(said), "\(skipped)")
  }

  @Test func aFetchThatFailsIsExplained() throws {
    let bench = try Bench()
    let failed = try bench.call("local-runner", "--once", "feed.yaml")
    #expect(failed.status == 69, "\(failed)")
    #expect(failed.output.contains("cases failed "), "\(failed)")
    #expect(
      failed.output.contains(
        "; fetch: exit 69 (cannot be reached): fetch: error: the file cases.csv cannot be opened"),
      "\(failed)")
  }

  @Test func aRefusedRunGoesThroughAllStages() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.call("local-runner", "--once", "feed.yaml").expect(0)
    try bench.write("cases.csv", "id,v\n")
    let refused = try bench.call("local-runner", "--once", "feed.yaml")
    #expect(refused.status == 65, "\(refused)")
    #expect(refused.output.contains("cases refused "), "\(refused)")
    #expect(
      refused.output.contains(
        "; dedupe: exit 65 (bad data): the dump has no records; if it is right all the same"),
      "\(refused)")
    try bench.write("cases.csv", "id,v\n1,b\n")
    try bench.call("local-runner", "--once", "feed.yaml").expect(0)
    #expect(try bench.runs().map(\.outcome) == ["published", "refused", "published"])
  }
}
