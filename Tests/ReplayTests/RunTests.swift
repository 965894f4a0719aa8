import StrandlineTesting
import Testing

/// Real feeds from their first dump to their last, compared with an independent implementation.
@Suite(.enabled(if: SharedData.isExpected, "\(SharedData.hint)"), .sharingReplays)
struct ReplayTests {}

extension ReplayTests {
  @Suite struct RunTests {
    @Test(arguments: RealFeed.allCases)
    func countsAreTheOracles(_ feed: RealFeed) async throws {
      let (replay, oracle) = try await Replays.both(feed)
      #expect(replay.runs.count == feed.dumpCount)
      #expect(oracle.stats.count == replay.accepted.count)
      for run in replay.accepted {
        let stats = try #require(oracle.stats[run.dump.time], "\(run.dump.path)")
        guard let counts = run.event.data.counts else {
          // The same bytes again: nothing was counted, because nothing had to be looked at.
          #expect(run.event.data.outcome == "unchanged", "\(run.dump.path)")
          #expect([stats.inserted, stats.updated, stats.deleted] == [0, 0, 0], "\(run.dump.path)")
          continue
        }
        #expect(counts == stats.counts(updated: stats.updated), "\(run.dump.path)")
      }
    }

    /// Settings at their defaults: where a column comes or goes, only records in which it says something change.
    ///
    /// Not for fires: without blanks the oracle takes 1 and 1.0 for the same, while JSON numbers count as written.
    @Test(arguments: [RealFeed.covid, .sp500])
    func aColumnThatComesOrGoesChangesRecordsInWhichItIsNotEmpty(_ feed: RealFeed) async throws {
      let oracle = try await Replays.oracle(feed)
      let replay = try await Replays.replay(feed, .nonEmpty)
      #expect(replay.accepted.count == feed.dumpCount)
      var differing = 0
      for run in replay.runs {
        let stats = try #require(oracle.stats[run.dump.time])
        let updated = stats.updatedWithoutBlanks ?? stats.updated
        if updated != stats.updated { differing += 1 }
        #expect(run.event.data.counts == stats.counts(updated: updated), "\(run.dump.path)")
      }
      // Else nothing was tested: covid's column Recovered goes and returns, and is blank in part.
      #expect(feed != .covid || differing == 2)
    }

    @Test(arguments: RealFeed.allCases)
    func everyDumpIsKeptByteForByte(_ feed: RealFeed) async throws {
      let replay = try await Replays.replay(feed)
      let others = try await onOwnThread {
        try replay.runs.filter { try replay.query(["--dump", $0.event.data.run]) != $0.dump.bytes() }
      }
      #expect(others.map(\.dump.path) == [], "query --dump gives other bytes")
    }

    /// Between 2020-09-03 and 2020-09-04 covid's rows were sorted anew and got other line ends.
    @Test func aDumpInAnotherOrderIsNoChange() async throws {
      let replay = try await Replays.replay(.covid)
      let run = try #require(replay.run(at: "2020-09-04T12:57:40Z"))
      let before = try #require(replay.run(at: "2020-09-03T21:03:53Z"))
      #expect(try run.dump.bytes() != before.dump.bytes())
      let counts = try #require(run.event.data.counts)
      #expect(counts.records == 42_300)
      #expect([counts.inserted, counts.updated, counts.deleted] == [0, 0, 0])
      #expect(try replay.query(["--diff", before.dump.time, run.dump.time]).isEmpty)
    }

    /// The five dumps of no bytes were failures of the source, while those without incidents were true.
    @Test func brokenIsNotEmpty() async throws {
      let replay = try await Replays.replay(.fires)
      let refused = replay.runs.filter { $0.event.data.outcome == "refused" }
      #expect(
        refused.map(\.dump.time) == [
          "2021-03-08T03:54:06Z", "2021-03-08T18:35:02Z", "2021-04-26T11:49:03Z", "2021-07-22T15:44:30Z",
          "2023-03-04T05:09:26Z",
        ])
      for run in refused {
        #expect(run.dump.length == 0)
        #expect(run.dedupe.status == 65, "\(run.dump.path)")
        let message = try #require(run.event.data.message)
        #expect(message.contains("cannot be read") && message.contains("empty"), "\(message)")
        #expect(run.dedupe.errors.contains(message), "\(run.dedupe.errors)")
      }
      let empty = replay.accepted.filter { $0.event.data.counts?.records == 0 }
      let gone = ["2021-03-07T20:38:43Z": 11, "2022-01-01T08:27:29Z": 2, "2022-11-29T23:29:55Z": 13]
      for run in empty {
        #expect(run.dedupe.status == 0)
        #expect(run.event.data.counts?.deleted == gone[run.dump.time] ?? 0, "\(run.dump.path)")
        #expect(try replay.query(["--as-of", run.dump.time]).isEmpty)
      }
      #expect(Set(gone.keys).isSubset(of: empty.map(\.dump.time)))
    }

    /// In December 2024 a column was called otherwise for two days, and no row had another byte.
    @Test(arguments: [
      ("2024-12-08T00:45:45Z", added: "Company", removed: "Security"),
      ("2024-12-10T00:42:40Z", added: "Security", removed: "Company"),
    ])
    func aRenamedColumnIsSeen(time: String, added: String, removed: String) async throws {
      let replay = try await Replays.replay(.sp500)
      let place = try #require(replay.runs.firstIndex { $0.dump.time == time })
      let (before, run) = (replay.runs[place - 1], replay.runs[place])
      #expect(try rows(run.dump) == rows(before.dump))
      #expect(run.event.data.columns == Event.Columns(added: [added], removed: [removed]))
      let counts = try #require(run.event.data.counts)
      #expect([counts.inserted, counts.updated, counts.deleted] == [0, 503, 0])
      // The store has the rows: what it did not have is the header.
      let header = try run.dump.bytes().count - rows(run.dump).count + 1
      #expect(run.event.data.dump?.newBytes == header)
    }

    private func rows(_ dump: Dump) throws -> ArraySlice<UInt8> {
      try dump.bytes().drop { $0 != UInt8(ascii: "\n") }
    }
  }
}

extension Oracle.Stats {
  /// The same numbers by the names of an event.
  func counts(updated: Int) -> Event.Counts {
    Event.Counts(
      records: records, current: current, inserted: inserted, updated: updated, deleted: deleted, bad: bad,
      duplicates: duplicates, conflicts: conflicts)
  }
}
