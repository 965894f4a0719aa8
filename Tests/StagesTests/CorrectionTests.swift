import Basics
import Dedupe
import FeedFile
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

@Suite struct CorrectionTests {
  /// Two columns make the key only once the feed file is mended: until then one of two rows goes to quarantine.
  private static let broken = """
    feed: cases
    source: { path: cases.csv, format: csv }
    key: id
    min_interval: 0s
    duplicates: first
    guards: { bad: 50%, duplicates: 50%, gone: 100% }
    """
  private static let mended = broken.replacing("duplicates: first", with: "duplicates: last")

  private func dump(_ rows: [(Int, String)]) -> [UInt8] {
    Array("id,name,text\n".utf8) + rows.flatMap { Array("\($0.0),n,\($0.1)\n".utf8) }
  }

  private func feed(_ text: String) throws -> Feed {
    try parse(feedFile: Array(text.utf8), name: "feed.yaml")
  }

  private func correct(_ world: World, on store: (any ObjectStore)? = nil) throws(Failure) -> RunEvent? {
    world.store.advance(bySeconds: 60)
    guard let event = try CorrectionStage(world.process(on: store)).run(world.feed) else { return nil }
    world.store.advance(bySeconds: 1)
    return try world.run(.publish, event, on: store)
  }

  private func texts(_ world: World, _ time: Instant, known: Instant? = nil) throws -> [String] {
    let sink = Rows()
    try world.query.asOf(time, knownAt: known, to: sink)
    return sink.rows.map { "\($0["id"] ?? "") \($0["text"] ?? "")" }
  }

  /// Runs: all well, a conflict, and a change besides.
  private func world(first: [(Int, String)]? = nil) throws -> World {
    let world = try World(Self.broken)
    let calm = [(1, "a"), (2, "b"), (3, "c")]
    try world.tick(dump(first ?? calm))
    try world.tick(dump(calm + [(4, "wrong"), (4, "right")]))
    try world.tick(dump([(1, "a2"), (2, "b"), (3, "c"), (4, "wrong"), (4, "right")]))
    return world
  }

  @Test func whatWentToQuarantineIsTakenIn() throws {
    let world = try world()
    let before = try world.entries()
    #expect(try texts(world, before[1].validFrom) == ["1 a", "2 b", "3 c", "4 wrong"])
    #expect(try correct(world) == nil, "by the same settings there is nothing to do")
    world.feed = try feed(Self.mended)
    let event = try #require(try correct(world))
    #expect(event.data.outcome == .published)
    #expect(event.data.message?.hasPrefix("corrects 2 entries, from \(before[1].validFrom) on") == true)
    let entries = try world.entries()
    #expect(
      entries.count == 6 && entries[3].takesBack && entries[4].corrects == 2 && entries[5].corrects == 3)
    #expect(try texts(world, before[0].validFrom) == ["1 a", "2 b", "3 c"])
    #expect(try texts(world, before[1].validFrom) == ["1 a", "2 b", "3 c", "4 right"])
    #expect(try texts(world, before[2].validFrom) == ["1 a2", "2 b", "3 c", "4 right"])
    // What was known then can still be shown.
    #expect(
      try texts(world, before[2].validFrom, known: before[2].recordedAt) == ["1 a2", "2 b", "3 c", "4 wrong"])
    let tables = try [0, 4, 5].map { index in (entries[index], try rows(world, entries[index])) }
    try checkPublished(world, tables)
    // The next run finds nothing new, and the next change is as any.
    #expect(try world.tick().data.outcome == .unchanged)
    #expect(try world.tick(dump([(1, "a3"), (2, "b"), (3, "c"), (4, "right")])).data.counts?.updated == 1)
    #expect(try correct(world) == nil)
  }

  /// A dump is kept as it was fetched: another encoding makes no other records of it.
  @Test func whatIsDoneAsADumpIsFetched() throws {
    let world = try world()
    let before = try world.entries().count
    world.feed.source.conversion.encoding = "WINDOWS-1252"
    let failure = #expect(throws: Failure.self) { try correct(world) }
    #expect(failure?.kind == .usage && failure?.message.contains("is done as a dump is fetched") == true)
    #expect(try world.entries().count == before)
    // With something that is of use as well it is taken in.
    world.feed.duplicates = .last
    _ = try #require(try correct(world))
    #expect(try world.entries().count > before)
  }

  /// There is no entry before the first: it is corrected as a first one.
  @Test func fromTheFirstEntryOn() throws {
    let world = try world(first: [(1, "x"), (1, "a"), (2, "b"), (3, "c")])
    let before = try world.entries()
    world.feed = try feed(Self.mended)
    _ = try #require(try correct(world))
    let entries = try world.entries()
    #expect(entries.map(\.corrects) == [nil, nil, nil, 1, 2, 3])
    #expect(try texts(world, before[0].validFrom) == ["1 a", "2 b", "3 c"])
    try checkPublished(world, try [3, 4, 5].map { (entries[$0], try rows(world, entries[$0])) })
    // And the way back.
    let last = try #require(entries.last)
    try world.rewind(to: .before(run: last.run))
    #expect(try texts(world, before[0].validFrom) == ["1 x", "2 b", "3 c"])
    #expect(try texts(world, before[2].validFrom) == ["1 a2", "2 b", "3 c", "4 wrong"])
    let again = try world.entries()
    try checkPublished(world, try [6, 7, 8].map { (again[$0], try rows(world, again[$0])) })
  }

  /// A dump that was taken back is not brought back by a correction of what was before it.
  @Test func whatWasTakenBackStaysSo() throws {
    let world = try world()
    world.feed = try feed(Self.mended)
    let wrong = try world.tick(dump([(7, "wrong")]))
    try world.rewind(to: .before(run: wrong.data.run))
    #expect(try world.tick().data.outcome == .unchanged)
    _ = try #require(try correct(world))
    let event = try world.tick()
    #expect(event.data.outcome == .unchanged && event.data.message?.contains("taken back") == true)
  }

  /// A dump that a person accepted is not refused when it is read again.
  @Test func whatWasAcceptedStaysSo() throws {
    let world = try World(Self.broken.replacing("gone: 100%", with: "gone: 20%, gone_at_least: 1"))
    try world.tick(dump([(1, "x"), (1, "a"), (2, "b"), (3, "c")]))
    let refused = try world.tick(dump([(1, "x"), (1, "a")]))
    #expect(refused.data.outcome == .refused)
    world.store.advance(bySeconds: 5)
    _ = try world.goOn(from: world.accept(refused.data.run))
    world.feed = try feed(Self.mended.replacing("gone: 100%", with: "gone: 20%, gone_at_least: 1"))
    _ = try #require(try correct(world))
    #expect(try texts(world, world.store.now()) == ["1 a"])
  }

  @Test func aCorrectionThatWouldBeRefusedChangesNothing() throws {
    let world = try world()
    world.feed = try feed(Self.mended.replacing("duplicates: 50%", with: "duplicates: 1%"))
    let before = try world.entries().count
    let failure = #expect(throws: Failure.self) { try correct(world) }
    #expect(failure?.kind == .badData && failure?.message.contains("would be refused") == true)
    #expect(try world.entries().count == before)
    world.feed = try feed(Self.mended.replacing("key: id", with: "key: text"))
    let rekeyed = #expect(throws: Failure.self) { try correct(world) }
    #expect(rekeyed?.kind == .settings)
    #expect(try world.tick(dump([(9, "z")])).data.outcome == .refused)
  }

  /// It dies anywhere, or answers are lost: it is done or not done.
  @Test(arguments: FaultyStore.Fault.allCases) func atAnyMomentItMayDie(_ fault: FaultyStore.Fault) throws {
    var number = 0
    var operations = Int.max
    while number < operations {
      number += 1
      let world = try world()
      let before = try world.entries()
      world.feed = try feed(Self.mended)
      let store = FaultyStore(world.store, at: number, fault)
      do { _ = try correct(world, on: store) } catch {
        #expect([.unavailable, .tryAgain].contains(error.kind), "\(fault) at \(number): \(error)")
      }
      if !store.fired { operations = min(operations, store.operations) }
      world.store.advance(bySeconds: World.beyondAll)
      let done = try world.entries().count
      #expect(done == 3 || done == 6, "\(fault) at \(number)")
      if done == 3 { _ = try correct(world) }
      try world.tick()
      if try Pointer.read(world.folder)?.pointer.seq != world.entries().count { try world.tick() }
      #expect(
        try texts(world, before[1].validFrom) == ["1 a", "2 b", "3 c", "4 right"], "\(fault) at \(number)")
      #expect(try Pointer.read(world.folder)?.pointer.seq == world.entries().count, "\(fault) at \(number)")
    }
  }

  private func rows(_ world: World, _ head: Head) throws -> [String: Row] {
    Dictionary(
      try world.rows(asOf: head.validFrom).map { ($0["id"] ?? "", $0) },
      uniquingKeysWith: { first, _ in first })
  }

  private func checkPublished(_ world: World, _ entries: [(Head, [String: Row])]) throws {
    let model = Model(entries: entries.map { (head: $0.0, rows: $0.1) })
    let pointer = try #require(try Pointer.read(world.folder)?.pointer)
    #expect(pointer.seq == (try world.entries().count))
    var found: [Version] = []
    for part in pointer.current + pointer.closed {
      found += try world.lines(part.object).map { line in Version(line.mapValues { $0 ?? "null" }) }
    }
    #expect(found.count == Set(found).count && Set(found) == model.versions)
    for key in ["1", "4"] {
      let sink = Rows()
      try world.query.versions(ofKey: [key], to: sink)
      #expect(Set(sink.rows.map(Version.init)) == model.versions.filter { $0.row["id"] == key })
    }
  }
}
