import Glibc
import Testing

@Suite struct ChainTests {
  @Test func eachFunctionGetsWhatTheOneBeforeItPrinted() throws {
    let bench = try Bench()
    try bench.function(
      "fetch",
      #"""
      echo "fetch $* [$(cat)] $STRANDLINE_STORE" >> calls
      echo '{"specversion":"1.0","data":{"outcome":"fetched","run":"r1"}}'
      """#)
    for (name, data) in [
      ("dedupe", #"{"outcome":"found","counts":{"inserted":3,"updated":2,"deleted":1}}"#),
      ("snapshot", #"{"outcome":"recorded","seq":7}"#), ("publish", #"{"outcome":"published"}"#),
    ] {
      try bench.function(name, "echo \"\(name) $* [$(cat)]\" >> calls\necho '{\"data\":\(data)}'")
    }
    let (lines, code) = try bench.run("--once --store ./s cases.yaml")
    #expect(code == 0)
    #expect(lines.count == 1)
    let pattern = /20..-..-..T..:..:..Z cases published inserted=3 updated=2 deleted=1 [0-9]+\.[0-9]s/
    #expect(lines[0].wholeMatch(of: pattern) != nil, "\(lines)")
    #expect(
      bench.read("calls") == """
        fetch --feed cases.yaml [] ./s
        dedupe  [{"specversion":"1.0","data":{"outcome":"fetched","run":"r1"}}]
        snapshot  [{"data":{"outcome":"found","counts":{"inserted":3,"updated":2,"deleted":1}}}]
        publish  [{"data":{"outcome":"recorded","seq":7}}]

        """)
  }

  @Test func whoMendedSomethingIsHandedOnToFetch() throws {
    let bench = try Bench()
    for name in ["fetch", "dedupe"] {
      try bench.function(name, "echo \"\(name) $*\" >> calls\necho '{\"data\":{\"outcome\":\"unchanged\"}}'")
    }
    #expect(try bench.run("--once --try-again cases.yaml").code == 0)
    #expect(bench.read("calls") == "fetch --feed cases.yaml --try-again\ndedupe \n")
  }

  @Test func aLargeEventPasses() throws {
    let bench = try Bench()
    try bench.function(
      "fetch", #"head -c 500000 /dev/zero | tr '\0' x | sed 's/.*/{"data":{"outcome":"large","x":"&"}}/'"#)
    try bench.function("publish", "cat > got; cat got")
    let (lines, code) = try bench.run("--once cases.yaml")
    #expect(code == 0)
    #expect(lines.first?.contains("cases large ") == true, "\(lines)")
    #expect(bench.read("got").utf8.count == 500_000 + #"{"data":{"outcome":"large","x":""}}"#.utf8.count)
  }

  @Test func anEventThatIsNoneEndsTheRun() throws {
    let bench = try Bench()
    try bench.function("dedupe", "cat > /dev/null")
    let (lines, code) = try bench.run("--once cases.yaml")
    #expect(code == 70)
    #expect(lines.first?.contains("cases failed 0.") == true, "\(lines)")
    #expect(lines.first?.contains("; dedupe printed no event; log: ./run/logs/cases/") == true, "\(lines)")
    try bench.function("dedupe", "head -c 2000000 /dev/zero")
    #expect(try bench.run("--once cases.yaml").lines[0].contains("dedupe printed more than an event can be"))
  }

  @Test(arguments: [
    (64, "wrong call"), (69, "cannot be reached"), (70, "a defect"), (75, "try again"),
    (78, "wrong settings"),
    (3, "unexpected"),
  ])
  func aFailureEndsTheRunAndIsExplained(code: Int32, meaning: String) throws {
    let bench = try Bench()
    try bench.function("dedupe", "cat; echo first >&2; echo 'the last line' >&2; echo >&2; exit \(code)")
    try bench.function("snapshot", "touch reached; cat")
    let (lines, got) = try bench.run("--once cases.yaml")
    #expect(got == code)
    #expect(lines.count == 1)
    #expect(lines[0].contains(" cases failed "), "\(lines)")
    #expect(lines[0].contains("; dedupe: exit \(code) (\(meaning)): the last line; log: "), "\(lines)")
    #expect(bench.shell("ls '\(bench.folder)'").contains("reached") == false)
  }

  @Test func aRefusalIsPassedOn() throws {
    let bench = try Bench()
    try bench.function(
      "dedupe",
      #"cat > /dev/null; echo '{"message":"20% gone","level":"error"}' >&2; echo '{"data":{"outcome":"refused"}}'; exit 65"#
    )
    try bench.function("publish", "touch reached; cat; echo all well >&2")
    let (lines, code) = try bench.run("--once cases.yaml")
    #expect(code == 65)
    #expect(lines[0].contains(" cases refused 0."), "\(lines)")
    #expect(lines[0].contains("; dedupe: exit 65 (bad data): 20% gone; log: "), "\(lines)")
    #expect(bench.shell("ls '\(bench.folder)'").contains("reached"))
    try bench.function(
      "dedupe",
      #"cat > /dev/null; echo noise >&2; echo '{"data":{"outcome":"refused","message":"80% gone"}}'; exit 65"#
    )
    let explained = try bench.run("--once cases.yaml")
    #expect(
      explained.lines[0].contains("; dedupe: exit 65 (bad data): 80% gone; log: "), "\(explained.lines)")
    try bench.function("publish", "echo store away >&2; exit 69")
    let unpublished = try bench.run("--once cases.yaml")
    #expect(unpublished.code == 69)
    #expect(
      unpublished.lines[0].contains("gone; publish: exit 69 (cannot be reached): store away; log"),
      "\(unpublished.lines)")
    try bench.function("dedupe", "exit 65")
    let silent = try bench.run("--once cases.yaml")
    #expect(silent.code == 65)
    #expect(silent.lines[0].contains(" cases failed 0."), "\(silent.lines)")
  }

  @Test func whatAnEventSaysToAPersonIsShown() throws {
    let bench = try Bench()
    try bench.function("fetch", #"echo '{"data":{"outcome":"skipped","message":"read 3 s ago"}}'"#)
    let (lines, code) = try bench.run("--once cases.yaml")
    #expect(code == 0)
    #expect(lines[0].contains(/cases skipped 0\.[0-9]s; read 3 s ago$/), "\(lines)")
  }

  /// Who kills it from outside knows why; one that crashes is to be reported.
  @Test(arguments: [
    (9, "Killed", 75), (15, "Terminated", 75), (1, "Hangup", 75), (2, "Interrupt", 75), (6, "Aborted", 70),
    (4, "Illegal instruction", 70), (5, "Trace/breakpoint trap", 70), (11, "Segmentation fault", 70),
  ])
  func aFunctionThatIsKilledIsADefectIfItCrashed(signal: Int32, name: String, expected: Int32) throws {
    let bench = try Bench()
    try bench.function("snapshot", "ulimit -c 0; kill -\(signal) $$")
    let (lines, code) = try bench.run("--once cases.yaml")
    #expect(code == expected)
    #expect(lines[0].contains("; snapshot: killed by signal \(signal) (\(name)); log: "), "\(lines)")
  }

  @Test func feedsAreIndependentAndTheWorstCodeCounts() throws {
    let bench = try Bench()
    try bench.write("b.yaml", "feed: b\nsource: { path: a.csv }\n")
    try bench.write("c.yaml", "feed: c\nsource: { path: a.csv }\n")
    bench.makePipe("pipe")
    // Each waits for the other, so they only end if they run side by side.
    try bench.function(
      "fetch",
      #"""
      case $2 in
        b.yaml) echo x > pipe; exit 75;;
        cases.yaml) read x < pipe; exit 69;;
      esac
      echo '{"data":{"outcome":"unchanged"}}'
      """#)
    let (lines, code) = try bench.run("--once cases.yaml b.yaml c.yaml")
    #expect(code == 75)
    #expect(lines.count == 3)
    #expect(lines.contains { $0.contains(" c unchanged ") }, "\(lines)")
    #expect(lines.contains { $0.contains(" b failed ") && $0.contains("exit 75") }, "\(lines)")
    #expect(lines.contains { $0.contains(" cases failed ") && $0.contains("exit 69") }, "\(lines)")
  }

  @Test func logsAreKeptAndOldOnesGo() throws {
    let bench = try Bench()
    try bench.function("fetch", #"echo one >&2; echo '{"data":{}}'"#)
    try bench.function("publish", "cat; echo two >&2")
    _ = bench.shell("mkdir -p '\(bench.folder)/l/cases'; touch '\(bench.folder)/l/cases/notes.log'")
    for minute in 10..<60 {
      for second in 10..<15 {
        _ = unsafe creat("\(bench.folder)/l/cases/20200101T00\(minute)\(second)Z.log", 0o644)
      }
    }
    let (lines, code) = try bench.run("--once --log-dir l cases.yaml")
    #expect(code == 0)
    #expect(lines[0].contains(" cases done "), "\(lines)")
    let kept = bench.shell("ls '\(bench.folder)/l/cases'").split(separator: "\n").map(String.init)
    #expect(kept.count == 201)
    #expect(kept.contains("notes.log"))
    #expect(kept.contains("20200101T002010Z.log") == false)
    let new = try #require(kept.first { $0.hasPrefix("20") && !$0.hasPrefix("2020") })
    #expect(bench.read("l/cases/\(new)") == "one\ntwo\n")
    #expect(bench.shell("ls -A '\(bench.folder)/l/cases' | grep event") == "")
  }
}
