import Basics
import Coordination
import FeedSources
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// A run whose writes go into an overlay: it finds what a run would find, and the store is as it was.
@Suite struct DryRunTests {
  /// Runs a trial, with a store behind that counts.
  private func trial<R>(_ world: World, _ body: (OverlayStore) throws -> R) throws -> R {
    let before = try listing(world.store)
    let base = CountingStore(world.store)
    let result = try body(OverlayStore(over: base, writingTo: MemoryStore()))
    let writes = base.log.filter { !$0.hasPrefix("open") && !$0.hasPrefix("info") && !$0.hasPrefix("list") }
      .filter { !$0.hasPrefix("go on") }
    #expect(writes.isEmpty, "\(writes)")
    #expect(try listing(world.store) == before)
    return result
  }

  @Test func eachKindOfRun() throws {
    let world = try World()
    world.leastPart = 2 << 10
    let dumps: [(dump: [UInt8], outcome: Outcome)] = [
      (first.csv, .published), (second.csv, .published), (second.csv, .unchanged),
      (Array("id,name,text\n".utf8), .refused), (third.csv, .published),
    ]
    for (dump, outcome) in dumps {
      let dry = try trial(world) { overlay in
        let event = try world.tick(dump, on: overlay)
        #expect(outcome == .unchanged || overlay.changes.count > 3)
        return event
      }
      let real = try world.tick(dump)
      #expect(dry.data.outcome == outcome && real.data.outcome == outcome)
      #expect(dry.data.counts == real.data.counts && dry.data.seq == real.data.seq)
    }
    try world.check([first, second, third], "after trials")
  }

  @Test func acceptingARefusedRun() throws {
    let world = try World()
    try world.tick(Table(0..<400).csv)
    let refused = try world.tick(Table(0..<100).csv)
    try trial(world) { overlay in
      let accepted = try DedupeStage(world.process(on: overlay)).accept(refused.data.run)
      #expect(try world.goOn(from: accepted, on: overlay).data.outcome == .published)
    }
    #expect(try world.findings() == ["act refused"])
  }

  @Test func somebodyAtWorkIsRespected() throws {
    let world = try World()
    try world.tick(first.csv)
    world.dump = second.csv
    _ = try world.fetch()
    try trial(world) { overlay in
      let error = #expect(throws: Failure.self) { try world.tick(on: overlay) }
      #expect(error?.kind == .tryAgain || error == nil)
    }
  }
}

/// The functions notice that the audit does not come any more.
@Suite struct AuditWatchTests {
  private func fetch(_ world: World, on store: any ObjectStore) throws -> (RunEvent, [String]) {
    let log = RecordingLog()
    let context = try StageContext(
      folder: FeedFolder(store: store, feed: "cases"), clock: ManualClock(),
      randomness: SeededRandomness(seed: UInt64(world.dump.count)), log: log, terms: Lock.Terms(),
      renewals: .none, auditLimit: 3600)
    let stage = FetchStage(context) { (_) throws(Failure) in .body(MemoryDump(world.dump)) }
    let event = try stage.run(.init(feed: world.feed, source: SourceRequest(.file("cases.csv"))))
    return (event, log.warnings)
  }

  @Test func aRunThatTookADumpLooks() throws {
    let world = try World()
    try world.tick(first.csv)
    world.store.advance(bySeconds: World.beyondAll)
    world.dump = second.csv
    let (event, none) = try fetch(world, on: world.store)
    #expect(none.isEmpty, "it was never audited")
    _ = try world.goOn(from: event)
    #expect(try AuditNote.write([world.audit()], isAll: true, to: world.store) == 1)
    world.store.advance(bySeconds: 3000)
    world.dump = third.csv
    let (next, fresh) = try fetch(world, on: world.store)
    #expect(fresh.isEmpty)
    _ = try world.goOn(from: next)
    world.store.advance(bySeconds: 9000)
    // Nothing changed: not one request more.
    let counting = CountingStore(world.store)
    let (unchanged, silent) = try fetch(world, on: counting)
    #expect(unchanged.data.outcome == .unchanged && silent.isEmpty)
    #expect(!counting.log.contains { $0.contains(".audit") })
    world.store.advance(bySeconds: 60)
    world.dump = first.csv
    let (_, warnings) = try fetch(world, on: world.store)
    #expect(
      warnings.count == 1 && warnings[0].contains("the last audit of this feed was 3 h ago"), "\(warnings)")
  }

  @Test func noteNeverRepeatsItsBytes() throws {
    let world = try World()
    try world.tick(first.csv)
    let key = try ObjectKey(".audit/last.json")
    var seen: Set<[UInt8]> = []
    for (number, isAll) in [true, true, false, false, true].enumerated() {
      #expect(try AuditNote.write([world.audit()], isAll: isAll, to: world.store) == number + 1)
      #expect(try seen.insert(world.store.get(key).bytes).inserted)
    }
    #expect(try AuditNote.read(world.store)?.note.last(of: "cases") == world.store.now())
    #expect(try world.store.feeds() == ["cases"])
  }
}
