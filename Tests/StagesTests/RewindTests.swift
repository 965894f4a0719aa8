import Basics
import FeedFile
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

extension World {
  /// Takes the timeline back, and publishes it.
  @discardableResult
  func rewind(
    to target: RewindStage.Target, on other: (any ObjectStore)? = nil, publishing: Bool = true
  ) throws(Failure) -> RunEvent? {
    store.advance(bySeconds: 60)
    let stage = RewindStage(try process(on: other))
    guard let plan = try stage.plan(target) else { return nil }
    let event = try stage.run(plan)
    store.advance(bySeconds: 1)
    return publishing ? try run(.publish, event, on: other) : event
  }
}

@Suite struct RewindTests {
  private let good = Table(0..<60)
  private let bad = Table(0..<60).changing([3, 4], to: "wrong").removing([50])

  @Test func aRunIsTakenBack() throws {
    let world = try World()
    try world.tick(good.csv)
    let second = good.changing([9], to: "right")
    try world.tick(second.csv)
    let wrong = try world.tick(second.changing([3, 4], to: "wrong").removing([50]).csv)
    let moment = try #require(try world.entries().last).recordedAt
    let event = try #require(try world.rewind(to: .before(run: wrong.data.run)))
    #expect(event.data.outcome == .published)
    let history = InForce(world, [0: good, 1: second])
    try history.check("taken back")
    // What was known on the day can still be shown.
    let sink = Rows()
    try world.query.asOf(try world.store.now(), knownAt: moment, to: sink)
    #expect(sink.rows.count == 59)
    #expect(try world.dump(of: wrong.data.run) == world.dump)
  }

  @Test func theDumpThatWasTakenBackIsNotTakenAgain() throws {
    for hasTags in [false, true] {
      let world = try World()
      world.hasTags = hasTags
      try world.tick(good.csv)
      let wrong = try world.tick(bad.csv)
      try world.rewind(to: .before(run: wrong.data.run))
      for _ in 0..<2 {
        let before = try listing(world.store).keys.filter { $0.contains("/packs/") || $0.contains("/bases/") }
        let event = try world.tick(bad.csv)
        #expect(event.data.outcome == .unchanged)
        #expect(event.data.message?.contains(hasTags ? "nothing changed" : wrong.data.run) == true)
        let after = try listing(world.store).keys.filter { $0.contains("/packs/") || $0.contains("/bases/") }
        #expect(Set(before) == Set(after), "nothing of it is stored again")
      }
      try InForce(world, [0: good]).check("still given")
      // Another dump is taken, and then this one is as good as any.
      let other = bad.changing([7], to: "other")
      #expect(try world.tick(other.csv).data.outcome == .published)
      #expect(try world.tick(bad.csv).data.outcome == .published)
      try InForce(world, [0: good, 3: other, 4: bad]).check("taken since")
    }
  }

  /// Whoever edits the feed file after a dump was misread wants it to be read again.
  @Test func byOtherSettingsItIsTakenAgain() throws {
    let world = try World()
    try world.tick(good.csv)
    let wrong = try world.tick(bad.csv)
    try world.rewind(to: .before(run: wrong.data.run))
    world.feed = try parse(feedFile: Array("\(World.plain)\nduplicates: last\n".utf8), name: "feed.yaml")
    #expect(try world.tick(bad.csv).data.outcome == .published)
  }

  @Test func whatWasTakenBackIsPutBack() throws {
    let world = try World()
    let tables = [good, good.changing([1], to: "one"), good.changing([1, 2], to: "two"), bad]
    for table in tables { try world.tick(table.csv) }
    let undo = try #require(try world.rewind(to: .entry(1)))
    try InForce(world, [0: good]).check("three runs taken back")
    try world.rewind(to: .before(run: undo.data.run))
    // Entry 5 took back; 6 took that back and 7, 8, 9 are the three again.
    try InForce(world, [0: good, 6: tables[1], 7: tables[2], 8: tables[3]]).check("put back")
    #expect(try world.tick(bad.csv).data.outcome == .unchanged)
    #expect(try world.rewind(to: .entry(9)) == nil)
    #expect(try world.rewind(to: .time(try world.store.now())) == nil)
  }

  @Test func byTime() throws {
    let world = try World()
    for number in 0..<4 { try world.tick(good.changing([number], to: "new").csv) }
    let entries = try world.entries()
    try world.rewind(to: .time(Instant(microseconds: entries[2].validFrom.microseconds - 1)))
    let tables = (0..<2).map { good.changing([$0], to: "new") }
    try InForce(world, [0: tables[0], 1: tables[1]]).check("by time")
  }

  @Test func whatCannotBeGoneBackTo() throws {
    let world = try World()
    let nothing = #expect(throws: Failure.self) { try world.rewind(to: .entry(1)) }
    #expect(nothing?.kind == .usage)
    let first = try world.tick(good.csv)
    try world.tick(bad.csv)
    for (target, message) in [
      (RewindStage.Target.entry(0), "they go from 1 to 2"), (.entry(3), "they go from 1 to 2"),
      (.before(run: first.data.run), "was the first"), (.before(run: "nobody"), "no entry was added"),
      (.time(Instant(seconds: 1)), "history begins"),
    ] {
      let failure = #expect(throws: Failure.self) { try world.rewind(to: target) }
      #expect(failure?.kind == .usage && failure?.message.contains(message) == true)
    }
  }

  @Test func aFeedThatMovedOnIsLeftAlone() throws {
    let world = try World()
    try world.tick(good.csv)
    try world.tick(bad.csv)
    let stage = RewindStage(try world.process())
    let plan = try #require(try stage.plan(.entry(1)))
    try world.tick(good.changing([5], to: "later").csv)
    let failure = #expect(throws: Failure.self) { try stage.run(plan) }
    #expect(failure?.kind == .tryAgain)
    try InForce(world, [0: good, 1: bad, 2: good.changing([5], to: "later")]).check("left alone")
  }

  /// A publication that replaced `current.jsonl` and was given up before its pointer is made up for, although the parts are
  /// those of the last pointer again.
  @Test func currentRowsFollowARewindTheyWereNotPublishedWith() throws {
    let world = try World()
    try world.tick(good.csv)
    world.dump = bad.csv
    world.store.advance(bySeconds: 60)
    var event = try world.fetch()
    for stage in [Stage.dedupe, .snapshot] { event = try world.run(stage, event) }
    let path = try ObjectKey("cases/published/current.jsonl")
    let version = try world.store.info(path).version
    _ = try world.store.put(path, Array("{\"id\":\"never published\"}\n".utf8), if: .version(version))
    try world.store.delete(ObjectKey("cases/lock.json"), ifVersion: nil)
    try world.rewind(to: .entry(1))
    let rows = try world.lines("published/current.jsonl").map { $0.mapValues { $0 ?? "" } }
    // Its version is not the one that the pointer knows: the first attempt is refused, the second one looks.
    #expect(rows == good.rows)
  }

  /// Runs and rewinds in any order, against the obvious model.
  @Test(arguments: 1...30 as ClosedRange<UInt64>) func anyOrder(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let world = try World(World.plain + "\nguards: { gone: 100% }\n", seed: seed)
    world.leastPart = random.oneIn(2) ? 1 << 10 : nil
    world.mergedSegments = 2 + Int(seed % 3)
    var history = InForce(world, [:])
    var table = Table(0..<40)
    for step in 0..<14 {
      let why = "seed \(seed), step \(step)"
      let count = try world.entries().count
      if count > 1, random.oneIn(3) {
        let target = 1 + random.below(count)
        let publishes = !random.oneIn(4)
        let event = try world.rewind(to: .entry(target), publishing: publishes)
        history.rewound(to: target, to: try world.entries())
        // The next run only goes on with this one.
        if !publishes, event != nil { #expect(try world.tick().data.outcome == .published, "\(why)") }
        #expect(event != nil || history.isAsIt(was: target), "\(why)")
      } else {
        for _ in 0..<3 {
          table = table.changing([random.below(40)], to: "text \(step)").removing([random.below(60)])
        }
        table = table.adding(1000 + step..<1001 + step, at: random.below(40))
        try world.tick(table.csv)
        history.recorded(table, try world.entries())
      }
      if random.oneIn(3) {
        try expectNothingNew(world, why)
        try history.check(why)
      }
    }
    try expectNothingNew(world, "seed \(seed)")
    try history.check("seed \(seed)")
  }

  /// A run that only publishes what is still to be published.
  private func expectNothingNew(_ world: World, _ why: String) throws {
    let count = try world.entries().count
    #expect(try world.tick().data.outcome == .unchanged, "\(why)")
    #expect(try world.entries().count == count, "\(why)")
  }

  /// A rewind that dies anywhere, or whose answers are lost, is done or not done; the next run goes on.
  @Test(arguments: FaultyStore.Fault.allCases) func atAnyMomentItMayDie(_ fault: FaultyStore.Fault) throws {
    let world = try begin()
    let counting = FaultyStore(world.store)
    try world.rewind(to: .entry(1), on: counting)
    #expect(counting.operations > 12)
    for number in 1...counting.operations { try die(at: number, fault) }
  }

  private func begin() throws -> World {
    let world = try World()
    try world.tick(good.csv)
    try world.tick(bad.csv)
    return world
  }

  private func die(at number: Int, _ fault: FaultyStore.Fault) throws {
    let world = try begin()
    let store = FaultyStore(world.store, at: number, fault)
    do { try world.rewind(to: .entry(1), on: store) } catch {
      #expect([.unavailable, .tryAgain].contains(error.kind), "\(fault) at \(number): \(error)")
    }
    world.store.advance(bySeconds: World.beyondAll)
    let entries = try world.entries()
    let next = bad.changing([8], to: "next")
    try world.tick(next.csv)
    // A run that was interrupted is finished first.
    if try world.entries().count == entries.count { try world.tick() }
    let wanted = entries.count == 2 ? [0: good, 1: bad, 2: next] : [0: good, 3: next]
    try InForce(world, wanted).check("\(fault) at \(number)")
  }
}
