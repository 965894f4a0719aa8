import Glibc
import StrandlineTesting
import Testing

/// Functions that are killed at any moment: the ticks that follow put everything right, by themselves.
@Suite struct KillTests {
  /// What changes something outside of a process.
  private static let writes =
    "write,pwrite64,fsync,fdatasync,?rename,renameat,renameat2,linkat,?unlink,unlinkat,mkdirat"

  private static let canTrace =
    (try? runProcess("strace", ["-qq", "-o", "/dev/null", "-e", "inject=write:signal=KILL:when=9", "true"]))?
    .status == 0

  /// A first run, and then changes while each of which one stage is killed; in the end everything is right.
  private func check(
    _ seed: UInt64, trials: Int,
    kill: (_ bench: Bench, _ stage: String, _ event: [UInt8], _ trial: Int) throws -> ChildProcess.Outcome
  ) throws {
    let bench = try Bench()
    let dumps = CaseDumps(seed: seed, rows: 20000)
    try bench.write("cases.csv", dumps.csv)
    try bench.run()
    var killed = 0
    for trial in 0..<trials {
      let victim = Bench.stages[trial % 4]
      dumps.change()
      dumps.noteCommitted()
      try bench.write("cases.csv", dumps.csv)
      var event: [UInt8] = []
      for stage in Bench.stages.prefix(while: { $0 != victim }) {
        let result = try bench.call(stage, stage == "fetch" ? ["--feed", "feed.yaml"] : [], input: event)
        #expect(result.status == 0, "trial \(trial): \(result)")
        event = result.bytes
      }
      let outcome = try kill(bench, victim, event, trial)
      if outcome.ending == .signalled(SIGKILL) { killed += 1 }
      // Once fetch has answered, the source is not needed any more, until readers see the run.
      let isResumed = try victim != "fetch" && bench.publishedSeq() != dumps.committed.count
      if isResumed { #expect(unsafe rename(bench.path("cases.csv"), bench.path("away")) == 0) }
      try bench.catchUp(seq: dumps.committed.count)
      if isResumed { #expect(unsafe rename(bench.path("away"), bench.path("cases.csv")) == 0) }
      let quiet = try bench.tick()
      #expect(try quiet.event?.data.outcome == "unchanged", "trial \(trial), \(victim): \(quiet)")
    }
    try dumps.expectHistory(in: bench)
    #expect(killed > 0, "all of \(trials) came to their end before they were killed")
  }

  @Test(arguments: [UInt64(1), 2])
  func atAnyMoment(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    try check(seed, trials: 12) { (bench, stage, event, _) in
      let child = try bench.start(stage, stage == "fetch" ? ["--feed", "feed.yaml"] : [], input: event)
      usleep(UInt32.random(in: 5000..<25000, using: &random))
      child.kill()
      return try child.wait()
    }
  }

  @Test(.enabled(if: canTrace, "needs strace"), arguments: [UInt64(3), 4])
  func atAnyWrite(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    try check(seed, trials: 12) { (bench, stage, event, trial) in
      let number = Int.random(in: 1..<(stage == "publish" ? 46 : 24), using: &random)
      return try killed(bench, stage, event, atWrite: number)
    }
  }

  private func killed(_ bench: Bench, _ stage: String, _ event: [UInt8], atWrite number: Int) throws
    -> ChildProcess.Outcome
  {
    let arguments = [
      "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(Self.writes)",
      "-e", "inject=\(Self.writes):signal=KILL:when=\(number)", try builtExecutable(stage),
    ]
    return try bench.start(
      path: "strace", arguments + (stage == "fetch" ? ["--feed", "feed.yaml"] : []), input: event
    ).wait()
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
