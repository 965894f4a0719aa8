import Glibc
import StrandlineTesting
import Testing

extension CloudTests {
  /// Three runs of a real feed while a proxy spoils what passes between functions and store.
  @Suite(.enabled(if: SharedData.isExpected, "\(SharedData.hint)"))
  struct LifeTests {
    /// `make test-faults` asks for more: `100-149`.
    static let seeds: Range<Int> = {
      let ends = Cloud.variable("STRANDLINE_TEST_FAULTS")?.split(separator: "-").compactMap { Int($0) } ?? []
      return ends.count == 2 ? ends[0]..<ends[1] + 1 : 0..<6
    }()

    @Test(arguments: Cloud.faithful, seeds)
    func nothingIsLostAndNothingDoubled(cloud: Cloud, seed: Int) throws {
      let begin = ContinuousClock.now
      let dumps = try RealDumps.shared.get()
      let proxy = try FaultProxy(before: cloud, seed: seed)
      let storage = CloudStorage(cloud: cloud, place: cloud.place())
      let bench = try Bench(cloud, storage.place, settings: RealDumps.settings, at: proxy.address)
      for (number, dump) in dumps.dumps.enumerated() {
        try bench.write("dump.csv", bytes: dump)
        try run(bench, storage, seq: number + 1)
      }
      for (number, time) in try times(bench, storage).enumerated() {
        let shown = try asked(bench, "--as-of", time, "--format", "jsonl")
        try bench.write("raw-\(number)", shown)
        try RealDumps.answer([["records", bench.path("as-of-\(number)"), bench.path("raw-\(number)")]])
        let isRight = try bench.read("as-of-\(number)") == content(dumps.asOf(number))
        #expect(isRight, "entry \(number + 1) is not what the oracle says")
      }
      let counts = try proxy.end()
      let faults = counts.filter { $0.key != "requests" }
      #expect(!faults.isEmpty, "nothing went wrong among \(counts)")
      print(
        "\(cloud), seed \(seed): \(counts["requests"] ?? 0) requests, \(faults.values.reduce(0, +)) faults, \(ContinuousClock.now - begin)"
      )
    }

    /// Lets ticks follow, as a schedule would, until readers see an entry.
    private func run(_ bench: Bench, _ storage: CloudStorage, seq: Int) throws {
      for _ in 0..<40 {
        let tick = try bench.tick()
        // What went wrong may last for longer than a function waits: then it says so, and the next one goes on.
        try #require([0, 69, 75].contains(tick.status), "\(tick)")
        try expectNoSecret(tick)
        if try storage.pointer(feed: "sp500")?.seq == seq { return }
        if tick.status != 0 { usleep(300_000) }
      }
      Issue.record("40 ticks do not lead to entry \(seq)")
    }

    /// Expects a quiet store whose history is the oracle's.
    /// - Returns: since when each entry is valid.
    private func times(_ bench: Bench, _ storage: CloudStorage) throws -> [String] {
      let dumps = try RealDumps.shared.get()
      // The lock of a function that could not hand it back has to expire.
      let direct = try Bench(storage.cloud, storage.place, settings: RealDumps.settings)
      try direct.write("dump.csv", bytes: dumps.dumps[2])
      var quiet = Tick()
      for _ in 0..<40 {
        quiet = try direct.tick()
        if quiet.status == 0 { break }
        usleep(300_000)
      }
      #expect(try quiet.event?.data.outcome == "unchanged", "\(quiet)")
      let entries = try direct.runs().filter { $0.entry != nil }
      #expect(entries.map(\.entry) == [1, 2, 3])
      let pointer = try #require(try storage.pointer(feed: "sp500"))
      #expect(pointer.seq == 3)
      var published = ""
      for part in pointer.closed + pointer.current {
        published += String(decoding: try #require(try storage.get("sp500/\(part.object)")), as: UTF8.self)
      }
      // The oracle knows the times of the dumps, the store those of the runs.
      for (entry, time) in zip(entries, dumps.times) {
        published.replace("_from\":\"\(entry.validFrom)\"", with: "_from\":\"\(time)\"")
        published.replace("_to\":\"\(entry.validFrom)\"", with: "_to\":\"\(time)\"")
      }
      try bench.write("published", published)
      try RealDumps.answer([["versions", bench.path("history"), "Symbol", bench.path("published")]])
      #expect(
        try bench.read("history") == content(dumps.history), "what is published is not the oracle's history")
      return entries.map(\.validFrom)
    }

    /// Asks history, again if the store cannot be reached for long.
    private func asked(_ bench: Bench, _ arguments: String...) throws -> String {
      for _ in 0..<10 {
        let result = try bench.call("query", ["--feed", bench.feed] + arguments)
        if result.status == 0 { return result.output }
        try #require(result.status == 69, "\(result)")
      }
      Issue.record("query does not answer")
      return ""
    }

    private func content(_ path: String) throws -> [UInt8] {
      try RealDumps.succeed("cat", [path]).output
    }
  }
}

/// Expects that nothing that was said has a secret in it.
func expectNoSecret(
  _ said: some CustomStringConvertible, _ secrets: [String] = [Cloud.secret],
  at location: SourceLocation = #_sourceLocation
) throws {
  for secret in secrets {
    #expect(!"\(said)".contains(secret), "a secret is told", sourceLocation: location)
  }
}
