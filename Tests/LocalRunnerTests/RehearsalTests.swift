import Testing

/// Runs in which the runner itself makes trouble.
@Suite struct RehearsalTests {
  /// Functions that say by which seed they were called, and take a moment.
  private func bench() throws -> Bench {
    let bench = try Bench()
    for name in ["fetch", "dedupe", "snapshot", "publish"] {
      try bench.function(
        name,
        "event=$(cat); echo \"\(name) $STRANDLINE_CHAOS [$event]\" >> calls; sleep 0.05; echo '{\"data\":{\"outcome\":\"\(name)ed\"}}'"
      )
    }
    return bench
  }

  @Test func eachFunctionHasASeedOfItsOwnAndItIsAlwaysTheSame() throws {
    var calls: [[String]] = []
    for _ in 0..<2 {
      let bench = try bench()
      // So weak that nothing else happens.
      let (lines, code) = try bench.run("--once --chaos 3:1 cases.yaml")
      #expect(code == 0, "\(lines)")
      #expect(lines.first == "local-runner: a rehearsal, with --chaos 3:1")
      calls.append(bench.read("calls").split(separator: "\n").map(String.init))
    }
    #expect(calls[0] == calls[1])
    let seeds = calls[0].compactMap { $0.split(separator: " ").dropFirst().first }
    #expect(seeds.count == 4 && Set(seeds).count == 4, "\(calls[0])")
    #expect(seeds.allSatisfy { $0.hasSuffix(":1") })
  }

  @Test func withoutItNoSeedIsGiven() throws {
    let bench = try bench()
    #expect(try bench.run("--once cases.yaml").code == 0)
    #expect(bench.read("calls").hasPrefix("fetch  []\ndedupe  [{"), "\(bench.read("calls"))")
  }

  @Test func allTroublesHappenAndAreTold() throws {
    let bench = try bench()
    var said = ""
    var ends: Set<Int32> = []
    for seed in 1...40 {
      let (lines, code) = try bench.run("--once --chaos \(seed):20 cases.yaml")
      said += lines.joined(separator: "\n") + "\n"
      ends.insert(code)
      let told = bench.shell("cat '\(bench.folder)'/run/logs/cases/*.log")
      if lines.contains(where: { $0.contains("; chaos: ") }) {
        #expect(told.contains("local-runner: simulated fault of \(seed):20, run 1: "), "\(told)")
      }
    }
    let troubles: [Regex<Substring>] = [
      /chaos: (?:dedupe|snapshot|publish) gets SIGKILL after [0-9]+ ms/,
      /chaos: (?:dedupe|snapshot|publish) gets SIGTERM after [0-9]+ ms/,
      /chaos: (?:dedupe|snapshot|publish) is called twice/,
      /chaos: (?:fetch|dedupe|snapshot) is called again/, /killed by signal 9/, /: was told to end/,
    ]
    for (number, trouble) in troubles.enumerated() {
      #expect(said.contains(trouble), "none of 40 runs met trouble \(number):\n\(said)")
    }
    // Nothing that a rehearsal does is a defect.
    #expect(ends == [0, 75])
    // Who is called twice is given the same event, and both by seeds of their own.
    let calls = bench.read("calls").split(separator: "\n")
    let twice = zip(calls, calls.dropFirst()).filter { pair in
      func part(_ line: Substring, _ place: Int) -> Substring {
        line.split(separator: " ", maxSplits: 2)[place]
      }
      return pair.0.split(separator: " ").count > 2 && part(pair.0, 0) == part(pair.1, 0)
        && part(pair.0, 2) == part(pair.1, 2) && part(pair.0, 1) != part(pair.1, 1)
    }
    #expect(!twice.isEmpty)
  }

  @Test func noFunctionIsKilledBeforeItCouldRefuse() throws {
    let bench = try bench()
    try bench.function("fetch", "sleep 0.05; echo no marker >&2; exit 78")
    for seed in 1...15 {
      let (lines, code) = try bench.run("--once --chaos \(seed):100 cases.yaml")
      #expect(code == 78)
      #expect(lines.last?.contains("fetch: exit 78 (wrong settings): no marker") == true, "\(lines)")
      #expect(lines.last?.contains("chaos: ") == false, "\(lines)")
    }
  }

  @Test func aCallThatMakesNoSense() throws {
    let bench = try bench()
    let (lines, code) = try bench.run("--once --chaos x cases.yaml")
    #expect(code == 64)
    #expect(lines.last?.contains("--chaos x: give a number as seed, or random") == true, "\(lines)")
    #expect(try bench.run("--dry-run --chaos 7 cases.yaml").code == 64)
    #expect(bench.read("calls").isEmpty)
  }
}
