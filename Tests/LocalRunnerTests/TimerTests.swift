import Glibc
import Testing

@Suite struct TimerTests {
  @Test func aTickDuringARunIsSkipped() throws {
    let bench = try Bench()
    bench.makePipe("go")
    try bench.function(
      "fetch", #"[ -e second ] || { touch second; read x < go; }; echo '{"data":{"outcome":"ok"}}'"#)
    let runner = try bench.start("--every 1s cases.yaml")
    let skipped = try runner.line()
    #expect(skipped?.contains(" cases skipped; the run of 20") == true, "\(skipped ?? "nothing")")
    _ = bench.shell("echo x > '\(bench.folder)/go'")
    #expect(try runner.line(with: " cases ok ") != nil)
    #expect(try runner.line(with: " cases ok ") != nil)
    kill(runner.pid, SIGTERM)
    while try runner.line() != nil {}
    #expect(runner.wait() == 0)
  }

  @Test func theFeedsOwnScheduleIsKeptTo() throws {
    let bench = try Bench()
    try bench.write("cases.yaml", "feed: cases\nsource: { path: a.csv }\nschedule: 1s\n")
    let runner = try bench.start("cases.yaml")
    for _ in 0..<2 { #expect(try runner.line(with: " cases changed ") != nil) }
    kill(runner.pid, SIGINT)
    while try runner.line() != nil {}
    #expect(runner.wait() == 0)
  }

  @Test func aFunctionHasATimeLimit() throws {
    let bench = try Bench()
    try bench.function("dedupe", "echo at work >&2; exec sleep 100")
    let (lines, code) = try bench.run("--once --time-limit 1s cases.yaml")
    #expect(code == 75)
    #expect(lines[0].contains("; dedupe: took longer than its time limit of 1s: at work; log: "), "\(lines)")
  }

  @Test func aFunctionThatIgnoresItsTimeLimitIsKilledWithAllItStarted() throws {
    let bench = try Bench()
    try bench.function("fetch", "trap '' TERM; sleep 100 & echo $! > child; wait; sleep 100")
    let (lines, code) = try bench.run("--once --time-limit 1s --kill-after 1s cases.yaml")
    #expect(code == 75)
    #expect(lines[0].contains("; fetch: took longer than its time limit of 1s; log: "), "\(lines)")
    let state = bench.shell("ps -o stat= -p $(cat '\(bench.folder)/child')")
    #expect(state.isEmpty || state.hasPrefix("Z"), "\(state)")
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
  func aSignalEndsTheRunningFunctionAndStartsNoOther(number: Int32) throws {
    let bench = try Bench()
    bench.makePipe("started")
    try bench.function(
      "fetch",
      #"trap 'echo told >&2; echo "{}"; exit 0' TERM; echo x > started; while :; do sleep 0.05; done"#)
    try bench.function("dedupe", "touch reached; cat")
    let runner = try bench.start("--every 1h cases.yaml")
    _ = bench.shell("cat '\(bench.folder)/started'")
    kill(runner.pid, number)
    let line = try runner.line()
    #expect(line?.contains(" cases interrupted ") == true, "\(line ?? "nothing")")
    #expect(line?.contains("; stopped after fetch; log: ") == true, "\(line ?? "nothing")")
    #expect(runner.wait() == 0)
    #expect(bench.shell("cat '\(bench.folder)'/run/logs/cases/*.log").contains("told\n"))
    #expect(bench.shell("ls '\(bench.folder)'").contains("reached") == false)
  }

  @Test func aSecondSignalKillsAtOnce() throws {
    let bench = try Bench()
    bench.makePipe("started")
    bench.makePipe("told")
    try bench.function(
      "fetch", "trap 'echo x > told' TERM; echo x > started; while :; do sleep 0.05; done")
    let runner = try bench.start("--once --stop-after 1h cases.yaml")
    _ = bench.shell("cat '\(bench.folder)/started'")
    kill(runner.pid, SIGINT)
    _ = bench.shell("cat '\(bench.folder)/told'")
    kill(runner.pid, SIGINT)
    let line = try runner.line()
    #expect(line?.contains(" cases interrupted ") == true, "\(line ?? "nothing")")
    #expect(line?.contains("; fetch was stopped") == true, "\(line ?? "nothing")")
    #expect(runner.wait() == 0)
  }

  @Test func aFunctionThatDoesNotStopIsKilledAfterAWhile() throws {
    let bench = try Bench()
    bench.makePipe("started")
    try bench.function("fetch", "trap '' TERM; echo x > started; while :; do sleep 0.05; done")
    let runner = try bench.start("--once --stop-after 1s cases.yaml")
    _ = bench.shell("cat '\(bench.folder)/started'")
    kill(runner.pid, SIGTERM)
    #expect(try runner.line(with: "; fetch was stopped") != nil)
    #expect(runner.wait() == 0)
  }
}
