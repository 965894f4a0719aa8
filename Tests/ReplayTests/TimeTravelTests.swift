import Testing

extension ReplayTests {
  /// What query says when all dumps were taken.
  @Suite struct TimeTravelTests {
    /// Also at the times of refused dumps: what was true before stands.
    @Test(arguments: RealFeed.allCases)
    func everySetIsTheOracles(_ feed: RealFeed) async throws {
      let (replay, oracle) = try await Replays.both(feed)
      let times = replay.runs.map(\.dump.time)
      try await onOwnThread {
        let requests = try times.map { time in
          [
            "records", replay.path("as-of-\(time)"),
            try replay.query(["--as-of", time], into: "raw-\(time)"),
          ]
        }
        try answer(requests)
      }
      for time in times {
        try expectSame(replay.path("as-of-\(time)"), oracle.asOf(time), "\(feed) as of \(time)")
      }
    }

    @Test(arguments: RealFeed.allCases)
    func anyTwoTimesDifferAsTheOracleSays(_ feed: RealFeed) async throws {
      let (replay, oracle) = try await Replays.both(feed)
      #expect(oracle.pairs.count == replay.accepted.count + 5)
      try await onOwnThread {
        let requests = try oracle.pairs.enumerated().map { (number, pair) in
          let raw = try replay.query(["--diff", pair.from, pair.to], into: "raw-diff-\(number)")
          return ["changes", replay.path("diff-\(number)"), raw]
        }
        try answer(requests)
      }
      for (number, pair) in oracle.pairs.enumerated() {
        try expectSame(
          replay.path("diff-\(number)"), oracle.difference(pair.from, pair.to),
          "what differs in \(feed) from \(pair.from) to \(pair.to)")
      }
    }

    @Test(arguments: RealFeed.allCases)
    func theVersionsOfAKeyAreTheOracles(_ feed: RealFeed) async throws {
      let (replay, oracle) = try await Replays.both(feed)
      #expect(oracle.keys.count >= 5)
      try await onOwnThread {
        let requests = try oracle.keys.enumerated().map { (number, key) in
          let raw = try replay.query(key.flatMap { ["--key", $0] }, into: "raw-key-\(number)")
          return ["versions", replay.path("key-\(number)"), feed.key.joined(separator: ","), raw]
        }
        try answer(requests)
      }
      for (number, key) in oracle.keys.enumerated() {
        try expectSame(
          replay.path("key-\(number)"), oracle.versions(ofKey: number), "the history of \(feed) \(key)")
      }
      let unknown = feed.key.flatMap { _ in ["--key", "no such thing"] }
      #expect(try replay.query(unknown).isEmpty)
    }
  }
}
