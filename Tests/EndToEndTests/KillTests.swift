import Glibc
import StrandlineTesting
import Testing

/// Functions that are killed at any moment: the ticks that follow put everything right, by themselves.
@Suite struct KillTests {
  @Test(arguments: [UInt64(1), 2, 3, 4])
  func historyEndsRight(seed: UInt64) throws {
    let bench = try Bench()
    var random = SeededRandom(seed: seed)
    let dumps = CaseDumps(seed: seed, rows: 20000)
    try bench.write("cases.csv", dumps.csv)
    try bench.run()
    var took: [String: UInt32] = [:]
    for trial in 0..<10 {
      let victim = Bench.stages[trial % 4]
      dumps.change()
      dumps.noteCommitted()
      let seq = dumps.committed.count
      try bench.write("cases.csv", dumps.csv)
      var event: [UInt8] = []
      for stage in Bench.stages {
        let child = try bench.start(stage, stage == "fetch" ? ["--feed", "feed.yaml"] : [], input: event)
        if stage == victim {
          usleep(UInt32.random(in: 0..<took[stage, default: 40_000], using: &random))
          child.kill()
        }
        let outcome = try child.wait()
        event = outcome.output
        if stage == victim { break }
        #expect(outcome.status == 0, "trial \(trial), \(stage): \(outcome.errorText)")
      }
      // Once fetch has answered, the source is not needed any more.
      let isResumed = victim != "fetch"
      if isResumed { #expect(unsafe rename(bench.path("cases.csv"), bench.path("away")) == 0) }
      try bench.catchUp(seq: seq)
      if isResumed { #expect(unsafe rename(bench.path("away"), bench.path("cases.csv")) == 0) }
      let quiet = try bench.tick()
      #expect(try quiet.event?.data.outcome == "unchanged", "trial \(trial), \(victim): \(quiet)")
      // From now on this stage is killed within the time that it takes.
      if took[victim] == nil { took[victim] = 60_000 }
    }
    try dumps.expectHistory(in: bench)
  }

  @Test func aPublicationThatDiedIsMadeUpForAlthoughNothingChanges() throws {
    let bench = try Bench()
    let dumps = CaseDumps(seed: 9, rows: 20000)
    try bench.write("cases.csv", dumps.csv)
    try bench.run()
    for delay in [UInt32(0), 2000, 5000, 10000, 20000, 40000] {
      #expect(unsafe unlink(bench.path("store/cases/published/pointer.json")) == 0)
      let fetched = try bench.call("fetch", "--feed", "feed.yaml")
      #expect(try fetched.event.data.outcome == "unchanged", "\(fetched)")
      let publish = try bench.start("publish", input: fetched.bytes)
      usleep(delay)
      publish.kill()
      _ = try publish.wait()
      try bench.catchUp(seq: 1)
    }
    try dumps.expectHistory(in: bench)
  }

  @Test func aRunThatWasToldTwiceOrInAnotherOrder() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    let first = try bench.tick()
    first.expect(0)
    try bench.write("cases.csv", "id,v\n1,b\n")
    let second = try bench.tick()
    second.expect(0)
    let head = try bench.head()
    for tick in [first, second, first] {
      for (index, stage) in Bench.stages.enumerated().dropFirst() {
        let again = try bench.call(stage, [], input: tick.results[index - 1].bytes)
        again.expect(0)
        #expect(again.bytes == tick.results[index].bytes, "\(stage) answers another time: \(again)")
      }
    }
    #expect(try bench.head() == head)
    #expect(try bench.publishedSeq() == 2)
    try bench.run(expecting: "unchanged")
  }
}
