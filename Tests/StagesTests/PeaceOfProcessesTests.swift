import Basics
import Coordination
import FeedFile
import FeedSources
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// A process that waits, or was asleep, leaves a source in peace as well.
@Suite struct PeaceOfProcessesTests {
  @Test func anotherRunBeginsLater() throws {
    let world = try World(source: "jitter: 10m")
    world.dump = first.csv
    let clock = ManualClock()
    let context = try StageContext(
      folder: world.folder, clock: clock, randomness: SeededRandomness(seed: 1), log: SilentLog(),
      terms: Lock.Terms(), renewals: .none)
    var request = FetchStage.Request(feed: world.feed, source: SourceRequest(.file("cases.csv")))
    let began = clock.now()
    var delays: [Double] = []
    for (limit, insists) in [(Double.infinity, false), (.infinity, false), (7, false), (.infinity, true)] {
      request.longestDelay = limit
      request.insists = insists
      let before = clock.now()
      _ = try FetchStage(context) { (_) throws(Failure) in
        delays.append(clock.now().seconds(since: before))
        return .unchanged(etag: nil, lastModified: nil)
      }.run(request)
    }
    #expect(delays[0] > 0 && delays[0] <= 600 && delays[1] == delays[0], "\(delays)")
    #expect(delays[2] == min(7, delays[0]) && delays[3] == 0, "\(delays)")
    // Who is held off does not wait.
    request.insists = false
    request.feed.minInterval = .seconds(3600)
    _ = try FetchStage(context) { (_) throws(Failure) in .unchanged(etag: nil, lastModified: nil) }.run(
      request)
    let now = clock.now()
    let report = try FetchStage(context) { (_) throws(Failure) in
      throw Failure(.software, "read")
    }.run(request).data
    #expect(report.outcome == .skipped && clock.now() == now && began < now)
  }

  /// A process that slept for longer than its lease must not go on reading beside the next one.
  @Test func whoLostTheLeaseReadsNoMore() throws {
    let world = try World()
    world.dump = first.csv
    let clock = ManualClock()
    let context = try StageContext(
      folder: world.folder, clock: clock, randomness: SeededRandomness(seed: 1), log: SilentLog(),
      terms: Lock.Terms(), renewals: .none)
    let request = FetchStage.Request(feed: world.feed, source: SourceRequest(.file("cases.csv")))
    for isTaken in [false, true] {
      var mayAsk: (@Sendable () throws(Failure) -> Void)?
      let run = { () throws(Failure) -> RunEvent in
        try FetchStage(context) { (source) throws(Failure) in
          mayAsk = source.mayAsk
          try source.mayAsk()
          world.store.advance(bySeconds: 61)
          clock.advance(bySeconds: 61)
          if isTaken { #expect(try world.fetch().data.outcome == .fetched) }
          return .body(MemoryDump(world.dump))
        }.run(request)
      }
      if !isTaken {
        // Its own clock says that the lease is over; a renewal shows that nobody took it.
        #expect(try world.goOn(from: run()).data.outcome == .published)
        world.store.advance(bySeconds: 60)
        world.dump = second.csv
        continue
      }
      let failure = #expect(throws: Failure.self) { try run() }
      #expect(failure?.kind == .tryAgain && failure?.message.contains("taken over by another run") == true)
      #expect(throws: Failure.self) { try mayAsk?() }
    }
  }
}
