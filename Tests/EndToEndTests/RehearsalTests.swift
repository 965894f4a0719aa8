import Glibc
import StrandlineTesting
import Testing

/// Functions that are made to fail by a seed, on a store that says that it is for this.
@Suite struct RehearsalTests {
  private func call(_ bench: Bench, _ chaos: String, _ function: String, _ arguments: String...) throws
    -> Result
  {
    try bench.call(function, arguments, variables: ["STRANDLINE_CHAOS": chaos])
  }

  @Test func onlyAMarkedStoreIsTouched() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    let hint = "`audit --mark-staging --store \(bench.path("store"))`"
    try call(bench, "7", "fetch", "--feed", "feed.yaml").expect(78, says: "store", "it is not there")
    #expect(!bench.exists("store"))
    #expect(try bench.shell("mkdir store").status == 0)
    for function in ["fetch", "query", "audit", "rewind", "replay"] {
      var arguments = ["--feed", "feed.yaml"]
      if function == "query" { arguments.append("--runs") }
      if function == "rewind" { arguments += ["--to", "2026-01-01"] }
      if function == "replay" { arguments += ["--into", "other"] }
      let refused = try bench.call(function, arguments, variables: ["STRANDLINE_CHAOS": "7"])
      refused.expect(78, says: "STRANDLINE_CHAOS is set", "it has no .staging/marker.json", hint)
    }
    try call(bench, "7", "fetch", "--feed", "feed.yaml", "--dry-run").expect(78, says: "marker.json")
    #expect(try bench.shell("find store -type f ! -path '*/.strandline/*'").output == "")

    try bench.run()
    try call(bench, "7", "fetch", "--feed", "feed.yaml").expect(78, says: "it has no .staging/marker.json")
    try bench.call("audit", "--mark-staging", "--dry-run", "--feed", "feed.yaml").expect(0, says: "would be")
    #expect(!bench.exists("store/.staging/marker.json"))
    try bench.call("audit", "--mark-staging", "--feed", "feed.yaml").expect(
      0, says: "is marked as a store for")
    let marker = try bench.text("store/.staging/marker.json")
    try bench.call("audit", "--mark-staging", "--feed", "feed.yaml").expect(0, says: "is already marked")
    #expect(try bench.text("store/.staging/marker.json") == marker)
    // A copy of a store for rehearsals may be anything.
    #expect(try bench.shell("cp -r store copy").status == 0)
    try call(bench, "7", "query", "--runs", "--feed", "feed.yaml", "--store", "copy").expect(
      78, says: "was made for \(bench.path("store")), and came with a copy")
    try bench.call("audit", "--mark-staging", "--store", "copy").expect(0, says: "copy is marked")
    #expect(try bench.text("copy/.staging/marker.json") != marker)
    try bench.write("store/.staging/marker.json", "{}")
    try call(bench, "7", "query", "--runs", "--feed", "feed.yaml").expect(78, says: "cannot be read")
    try bench.call("audit", "--mark-staging", "--store", "new/store").expect(0, says: "is marked")
    try bench.call("audit", "--mark-staging").expect(64, says: "which store?")
    // The marker is no feed, and does not disturb.
    try bench.call("audit", "--store", "store", "--verify").expect(0)
    try bench.run(expecting: "unchanged")
  }

  @Test(arguments: ["x", "7:0", "7:101", "-3", ":"])
  func aSeedThatCannotBeRead(_ text: String) throws {
    let bench = try Bench()
    try call(bench, text, "fetch", "--feed", "feed.yaml").expect(64, says: "STRANDLINE_CHAOS=\(text): give a")
  }

  @Test func theSameSeedIsTheSameFaults() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n2,b\n")
    try bench.run()
    try bench.call("audit", "--mark-staging", "--feed", "feed.yaml").expect(0)
    var ends: Set<Int32> = []
    for seed in 1...12 {
      let first = try call(bench, "\(seed):40", "query", "--runs", "--feed", "feed.yaml")
      let second = try call(bench, "\(seed):40", "query", "--runs", "--feed", "feed.yaml")
      #expect(first.errors == second.errors && first.output == second.output)
      #expect(first.errors.contains("STRANDLINE_CHAOS=\(seed):40: "))
      if first.status != 0 {
        #expect(first.errors.contains("simulated fault 1 of \(seed):40, at operation "), "\(first)")
      }
      ends.insert(first.status)
    }
    // Some got through, the store failed some, and some died.
    #expect(ends == [0, 69, SIGKILL] || ends == [0, 69, 128 + SIGKILL], "\(ends)")
    let drawn = try call(bench, "random", "query", "--runs", "--feed", "feed.yaml").errors
    let seed = try #require(drawn.firstMatch(of: /STRANDLINE_CHAOS=([0-9]+:5): .*/)).1
    #expect(try call(bench, String(seed), "query", "--runs", "--feed", "feed.yaml").errors == drawn)
  }

  /// Many runs with faults, then none: history and what readers see are right, and nobody repaired anything.
  @Test(arguments: TortureStore.allCases)
  func historyStaysRight(_ store: TortureStore) throws {
    let storage = store == .s3 ? CloudStorage(cloud: .moto, place: Cloud.moto.place()) : nil
    let bench = try storage.map { try Bench(.moto, $0.place) } ?? Bench()
    try bench.call("audit", "--mark-staging", "--feed", "feed.yaml").expect(0)
    let dumps = CaseDumps(seed: 5, rows: 3000)
    try bench.write("cases.csv", dumps.csv)
    try bench.run()
    var said = ""
    var ends: Set<Int32> = []
    // So many at least, and more where few of them came through.
    for seed in 0..<150 where seed < 50 || dumps.committed.count <= 3 {
      var event: [UInt8] = []
      for stage in Bench.stages {
        let result = try bench.call(
          stage, stage == "fetch" ? ["--feed", "feed.yaml"] : [], input: event,
          variables: ["STRANDLINE_CHAOS": "\(seed):5"])
        said += result.errors
        ends.insert(result.status)
        // Anything else is no answer to a store that fails.
        #expect([0, 69, 75, SIGKILL, 128 + SIGKILL].contains(result.status), "\(result)")
        event = result.bytes
        // Else the next runs would do nothing but wait for the dead.
        if result.status % 128 == SIGKILL { usleep(1_050_000) }
        if result.status != 0 { break }
      }
      // The source moves on once what it had was recorded and is seen.
      let runs = try bench.runs().filter { $0.entry != nil }
      if runs.count == dumps.committed.count, runs.last?.outcome == "published" {
        dumps.change()
        dumps.noteCommitted()
        try bench.write("cases.csv", dumps.csv)
      }
    }
    for fault in ["answer is lost", "it does not take place", "the process dies", "ms longer"] {
      #expect(said.contains(fault), "no run met: \(fault)")
    }
    var last = Tick()
    for _ in 0..<400 {
      last = try bench.tick()
      guard [0, 75].contains(last.status) else { break }
      if try last.status == 0 && last.event?.data.outcome == "unchanged" { break }
      if last.status == 75 { usleep(50_000) }
    }
    #expect(try last.event?.data.outcome == "unchanged", "\(last)")
    try bench.call("audit", "--feed", "feed.yaml", "--verify").expect(0)
    #expect(dumps.committed.count > 3)
    if storage == nil { return try dumps.expectHistory(in: bench) }
    let entries = try bench.runs().filter { $0.entry != nil }
    #expect(entries.map(\.entry) == (1...dumps.committed.count).map { $0 })
    for (entry, dump) in zip(entries, dumps.committed) {
      #expect(try bench.query("--as-of", entry.validFrom, "--format", "csv") == dump)
    }
  }
}
