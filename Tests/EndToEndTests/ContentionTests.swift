import StrandlineTesting
import Testing

/// Many chains that are started at once on one feed.
@Suite struct ContentionTests {
  @Test func tenChainsAtOnce() throws {
    let bench = try Bench(environment: ["STRANDLINE_LEASE": "60s", "STRANDLINE_GRACE": "60s"])
    let dumps = CaseDumps(seed: 11, rows: 20000)
    for round in 0..<2 {
      if round == 1 {
        dumps.change()
        dumps.noteCommitted()
      }
      try bench.write("cases.csv", dumps.csv)
      // Each chain says how its fetch ended.
      let chain =
        "{ $bin/fetch --feed feed.yaml --try-again 2> err.$i; echo $? > rc.$i; } | $bin/dedupe 2> d.$i | $bin/snapshot 2>> d.$i"
        + " | $bin/publish > out.$i 2>> d.$i"
      let all = try bench.shell("for i in 0 1 2 3 4 5 6 7 8 9; do \(chain) & done; wait")
      #expect(all.status == 0, "\(all)")
      var worked = 0
      for number in 0..<10 {
        let status = try bench.text("rc.\(number)")
        let said = try bench.text("err.\(number)")
        switch status {
        case "0\n":
          let outcome = try lines(of: Event.self, in: bench.text("out.\(number)"))[0].data.outcome
          // Who came late finds that nothing changed.
          let later = try bench.text("d.\(number)")
          #expect(["published", "unchanged"].contains(outcome), "\(said) \(later)")
          worked += outcome == "published" ? 1 : 0
        case "75\n":
          let isHeld = said.contains(
            /run \w+-\w+ is at stage \w+ since \d+ s \(holder \w+, renewed \d+ s ago\); try again later/)
          let isWaiting = said.contains(
            /run \w+-\w+ waits for stage \w+ since \d+ s: `\w+ --run \S+ --feed \S+( \| \w+)*` goes on with it now/
          )
          #expect(isHeld || isWaiting, "\(said)")
        default: Issue.record("fetch \(number) ended with \(status): \(said)")
        }
      }
      #expect(worked == 1)
      #expect(try bench.publishedSeq() == round + 1)
      try bench.run(expecting: "unchanged")
    }
    try dumps.expectHistory(in: bench)
  }

  /// Fifty machines with a scheduler each: at every tick one of them reads the source, and what comes of it is what comes of
  /// one.
  @Test func fiftyRunnersReadTheSourceOnce() throws {
    let bench = try Bench(environment: ["STRANDLINE_LEASE": "10m", "STRANDLINE_GRACE": "10m"])
    let source = try SourceServer(bench)
    let dumps = CaseDumps(seed: 17, rows: 2000)
    for tick in 1...4 {
      // By other settings than those of the last read, and somebody wants to see what they do: so it may be read, once. By
      // the same, nobody may within hours.
      try bench.write(
        "feed.yaml",
        "feed: cases\nstore: ./store\nsource: { url: '\(source.url("whole"))', format: csv }\nkey: [id]\nmin_interval: \(tick)h\n"
      )
      if tick > 1 {
        dumps.change()
        dumps.noteCommitted()
      }
      try bench.write("served", dumps.csv)
      let chain =
        "{ $bin/fetch --feed feed.yaml --try-again 2> err.$i; echo $? > rc.$i; } | $bin/dedupe 2> d.$i | $bin/snapshot 2>> d.$i"
        + " | $bin/publish > out.$i 2>> d.$i"
      let all = try bench.shell("for i in $(seq 50); do \(chain) & done; wait")
      #expect(all.status == 0, "\(all)")
      var outcomes: [String: Int] = [:]
      for number in 1...50 {
        let status = try bench.text("rc.\(number)")
        if status == "0\n" {
          let event = try lines(of: Event.self, in: bench.text("out.\(number)")).first
          outcomes[event?.data.outcome ?? "none", default: 0] += 1
        } else {
          let said = try bench.text("err.\(number)")
          #expect(status == "75\n", "\(said)")
        }
      }
      #expect(outcomes["published"] == 1, "tick \(tick): \(outcomes)")
      #expect(Set(outcomes.keys).isSubset(of: ["published", "skipped"]), "tick \(tick): \(outcomes)")
      #expect(try source.asked(bench) == tick, "the source was read more than once a tick")
      #expect(try bench.publishedSeq() == tick)
    }
    try dumps.expectHistory(in: bench)
    try bench.call("audit", "--feed", "feed.yaml", "--verify").expect(0)
  }

  @Test func oneTriggerIsOneRun() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.write("trigger", #"{"specversion":"1.0","id":"tick-1","source":"/timer","type":"tick"}"#)
    let first = try bench.tick(["--event", "trigger"])
    first.expect(0)
    try bench.write("cases.csv", "id,v\n1,b\n")
    let again = try bench.tick(["--event", "trigger"])
    again.expect(0)
    #expect(again.results.map(\.bytes) == first.results.map(\.bytes))
    try bench.write("trigger", #"{"specversion":"1.0","id":"tick-2","source":"/timer","type":"tick"}"#)
    #expect(try bench.tick(["--event", "trigger"]).event?.data.seq == 2)
  }
}
