import Basics
import Coordination
import FeedFile
import FeedSources
import History
import ObjectStore
import Stages
import StrandlineTesting
import Synchronization
import Testing

/// A hundred schedulers that all start the same feed every second.
@Suite struct ManySchedulersTests {
  private static let schedulers = 100

  /// A source that counts who reads it.
  private final class Source: Sendable {
    let reads = Mutex<[Instant]>([])
    /// From which read on it refuses who asks; 0: never.
    let refusesFrom: Int

    init(refusesFrom: Int = 0) { self.refusesFrom = refusesFrom }

    func open(_ now: Instant) throws(Failure) -> Opened {
      let count = reads.withLock { reads in
        reads.append(now)
        return reads.count
      }
      if refusesFrom > 0, count >= refusesFrom {
        throw Failure(.settings, "401", cause: .refusedLogin)
      }
      return .body(MemoryDump(Array("id\n\(count)\n".utf8), etag: nil))
    }
  }

  /// Everybody starts once, a few at a time; whoever has a dump goes on with it.
  private func tick(_ number: Int, _ store: MemoryStore, _ source: Source, _ feed: (Int) -> Feed) {
    let next = Mutex(0)
    let feeds = (0..<Self.schedulers).map(feed)
    onThreads(4) { _ in
      while true {
        let actor = next.withLock { next in
          defer { next += 1 }
          return next
        }
        if actor >= Self.schedulers { return }
        do throws(Failure) {
          let feed = feeds[actor]
          func context(_ stage: UInt64) throws(Failure) -> StageContext {
            try StageContext(
              folder: FeedFolder(store: store, feed: feed.name), clock: ManualClock(),
              randomness: SeededRandomness(seed: UInt64(number * 1000 + actor) * 5 + stage), log: SilentLog(),
              terms: Lock.Terms(), renewals: .none)
          }
          let request = FetchStage.Request(feed: feed, source: SourceRequest(.http("http://a.org/cases.csv")))
          var event = try FetchStage(context(0)) { (_) throws(Failure) in
            do { return try source.open(store.now()) } catch let error as Failure { throw error } catch {
              throw Failure(.software, "\(error)")
            }
          }.run(request)
          if event.data.outcome == .skipped { continue }
          event = try DedupeStage(context(1)).run(event)
          event = try SnapshotStage(context(2)).run(event)
          _ = try PublishStage(context(3)).run(event)
        } catch {
          // Others are under way, or the source refused.
          #expect([.tryAgain, .settings].contains(error.kind), "\(error)")
        }
      }
    }
  }

  private func feed(_ interval: Int = 30) throws -> Feed {
    try parse(
      feedFile: Array(
        "feed: cases\nsource: { url: 'http://a.org/cases.csv' }\nkey: id\nmin_interval: \(interval)s\n".utf8),
      name: "feed.yaml")
  }

  @Test func aMinuteSeesThreeReads() throws {
    let (store, source, feed) = (MemoryStore(), Source(), try feed())
    let start = try store.now()
    for second in 0...60 {
      tick(second, store, source) { _ in feed }
      store.advance(bySeconds: 1)
    }
    #expect(source.reads.withLock { $0.map { $0.seconds(since: start) } } == [0, 30, 60])
  }

  /// While a feed file is rolled out, or somebody tries this and that, there are many versions of it.
  @Test func manyVersionsOfAFeedFileReadAsOne() throws {
    let (store, source) = (MemoryStore(), Source())
    let feeds = try (30..<37).map { try feed($0) }
    let start = try store.now()
    for second in 0...60 {
      tick(second, store, source) { feeds[($0 + second) % feeds.count] }
      store.advance(bySeconds: 1)
    }
    let reads = source.reads.withLock { $0.map { $0.seconds(since: start) } }
    #expect(reads.count <= 3 && zip(reads, reads.dropFirst()).allSatisfy { $1 - $0 >= 30 }, "\(reads)")
  }

  @Test func afterTheFirstRefusalNobodyAsks() throws {
    let (store, source, feed) = (MemoryStore(), Source(refusesFrom: 2), try feed())
    let start = try store.now()
    for second in 0..<60 {
      tick(second, store, source) { _ in feed }
      store.advance(bySeconds: second == 59 ? 1e6 : 1)
    }
    tick(60, store, source) { _ in feed }
    #expect(source.reads.withLock { $0.map { $0.seconds(since: start) } } == [0, 30])
  }
}
