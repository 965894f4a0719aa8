import Documents
import Glibc
import StrandlineTesting
import Testing

/// Run after run is killed at any moment while a real feed moves on; then one that is not puts everything right.
@Suite(.enabled(if: SharedData.isExpected, "\(SharedData.hint)"))
struct TortureTests {
  /// `make torture` asks for 500.
  static let kills = Cloud.variable("STRANDLINE_TEST_TORTURE").flatMap { Int($0) } ?? 25
  /// Runs before the first one that is killed.
  static let calm = Cloud.variable("STRANDLINE_TEST_CALM").flatMap { Int($0) } ?? 3
  static let seed = Cloud.variable("STRANDLINE_SEED").flatMap { Int($0) } ?? 1

  @Test(arguments: TortureStore.allCases)
  func nothingHasToBeRepaired(_ store: TortureStore) throws {
    let begin = ContinuousClock.now
    let dumps = try TortureDumps()
    let torture = try Torture(store, seed: Self.seed)
    let bench = torture.bench
    var shown = 0
    for _ in 0..<Self.calm {
      try bench.write("dump.csv", bytes: dumps[shown])
      let tick = try torture.clean()
      try #require(tick.status == 0, "\(tick)")
      shown += 1
    }
    try bench.write("dump.csv", bytes: dumps[shown])
    shown += 1
    var ends: [String: Int] = [:]
    var killed = 0
    while killed < Self.kills {
      switch try torture.run() {
      case .killed(let stage):
        killed += 1
        ends[stage, default: 0] += 1
        // Mostly the next run comes when the lease is over, sometimes before.
        if !torture.oneIn(5) { usleep(1_050_000) }
      case .answered: ends["none", default: 0] += 1
      case .refused:
        ends["refused", default: 0] += 1
        usleep(200_000)
      }
      // Then the source moves on; in half of the cases although readers do not see what was recorded.
      if try torture.seq("head.json") == shown,
        try torture.oneIn(2) || torture.seq("published/pointer.json") == shown
      {
        try bench.write("dump.csv", bytes: dumps[shown])
        shown += 1
      }
    }
    try settle(torture, shown)
    try check(torture, dumps, shown)
    let took = (ContinuousClock.now - begin).components.seconds
    print("\(store), seed \(Self.seed): \(killed) killed, \(shown) entries, \(took) s, \(ends)")
  }

  /// One run that nobody disturbs, once the last one's lease is over, and a second one if the source is newer.
  private func settle(_ torture: Torture, _ shown: Int) throws {
    var tick = try torture.clean()
    for _ in 0..<400 where tick.status == 75 {
      usleep(50_000)
      tick = try torture.clean()
    }
    try #require(tick.status == 0, "\(tick)")
    let head = try torture.seq("head.json")
    #expect(
      try torture.seq("published/pointer.json") == head, "one run does not make readers see it: \(tick)")
    #expect([shown - 1, shown].contains(head))
    if head < shown {
      tick = try torture.clean()
      #expect(tick.status == 0, "\(tick)")
    }
    tick = try torture.clean()
    #expect(try tick.event?.data.outcome == "unchanged", "\(tick)")
    let audit = try torture.bench.call("audit", "--feed", torture.bench.feed, "--verify")
    audit.expect(0)
    #expect(
      !audit.output.contains(#""level":"act""#) && !audit.output.contains(#""level":"wait""#), "\(audit)")
  }

  /// Expects every state and all that readers see to be what the oracle says.
  private func check(_ torture: Torture, _ dumps: TortureDumps, _ shown: Int) throws {
    let bench = torture.bench
    let all = try bench.query("--runs", "--limit", "100000", "--format", "jsonl")
    let entries = try lines(of: RunRow.self, in: all).filter { $0.entry != nil }
    try #require(entries.map(\.entry) == (1...shown).map { $0 })
    // All of few, a spread of many.
    let chosen = entries.indices.filter { $0 % max(1, shown / 40) == 0 || $0 == shown - 1 }
    try dumps.ask(shown, chosen, bench.folder.path)
    var requests: [[String]] = []
    for number in chosen {
      let entry = entries[number]
      try bench.write("raw-\(number)", bench.query("--as-of", entry.validFrom, "--format", "jsonl"))
      requests.append(["records", bench.path("is-\(number)"), bench.path("raw-\(number)")])
    }
    try bench.write("published", try published(torture, entries.map(\.validFrom)))
    requests.append(["versions", bench.path("was"), "Symbol", bench.path("published")])
    try RealDumps.answer(requests)
    for number in chosen {
      let isRight = try bench.read("is-\(number)") == bench.read("as-of-\(number)")
      #expect(isRight, "entry \(number + 1) is not what the oracle says")
    }
    if try bench.read("was") != bench.read("history") {
      let shown = try bench.shell("diff was history | head -n 8 | cut -c 1-600")
      Issue.record("what is published (<) is not the oracle's history (>):\n\(shown.output)")
    }
  }

  /// The rows that readers see, at the times that the oracle believes.
  private func published(_ torture: Torture, _ times: [String]) throws -> String {
    let places = Dictionary(uniqueKeysWithValues: times.enumerated().map { ($1, TortureDumps.time($0)) })
    let pointer = try #require(try torture.object("published/pointer.json"))
    let parts = try Documents.decode(PointerFile.self, from: pointer, name: "the pointer")
    #expect(parts.seq == times.count)
    var text = ""
    for part in parts.closed + parts.current {
      let bytes = try #require(try torture.object(part.object))
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
        // {"valid_from":"…","valid_to":…,"recorded_at":"…",…}
        let fields = line.split(separator: ",", maxSplits: 2)
        let since = String(fields[0].dropFirst("{\"valid_from\":\"".count).dropLast())
        let end = String(fields[1].dropFirst("\"valid_to\":".count).filter { $0 != "\"" })
        let from = try #require(places[since], "nothing is valid from \(since)")
        let to = end == "null" ? end : "\"\(try #require(places[end], "nothing ends at \(end)"))\""
        text += "{\"valid_from\":\"\(from)\",\"valid_to\":\(to),\(fields[2])\n"
      }
    }
    return text
  }
}
