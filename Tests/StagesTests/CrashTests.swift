import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// A process dies, or an answer of the store is lost, at every single operation of a run.
@Suite struct CrashTests {
  enum Moment: String, CaseIterable { case first, second, unchanged }
  /// What the source sends afterwards: the same again, something newer, or that nothing is new since the tag.
  enum Afterwards: String, CaseIterable { case same, newer, tagged }

  @Test(arguments: FaultyStore.Fault.allCases, Moment.allCases)
  func historyStaysRight(_ fault: FaultyStore.Fault, _ moment: Moment) throws {
    for afterwards in Afterwards.allCases {
      let count = try operations(moment, afterwards)
      #expect(count > 5)
      var fired = 0
      // A run without changes writes the lock, its answer, and the lock again.
      let writes = moment == .unchanged ? 2 : 3
      for number in 1...count where try crash(at: number, fault, moment, afterwards) { fired += 1 }
      #expect(fault == .before || fault == .after ? fired == count : fired > writes, "\(fired) of \(count)")
    }
  }

  private func operations(_ moment: Moment, _ afterwards: Afterwards) throws -> Int {
    let world = try begin(moment, afterwards)
    let store = FaultyStore(world.store)
    try world.tick(on: store)
    return store.operations
  }

  private func begin(_ moment: Moment, _ afterwards: Afterwards) throws -> World {
    let world = try World(isRemote: afterwards == .newer)
    // So that parts are put together from earlier ones.
    world.leastPart = 2 << 10
    world.hasTags = afterwards == .tagged
    world.dump = first.csv
    if moment != .first { try world.tick() }
    if moment == .second { world.dump = second.csv }
    return world
  }

  /// - Returns: whether anything happened.
  private func crash(
    at number: Int, _ fault: FaultyStore.Fault, _ moment: Moment, _ afterwards: Afterwards
  ) throws -> Bool {
    let world = try begin(moment, afterwards)
    let store = FaultyStore(world.store, at: number, fault)
    var failure: Failure?
    do { try world.tick(on: store) } catch { failure = error }
    guard store.fired else { return false }
    let why =
      "\(fault) at operation \(number) (\(store.log[number - 1])) of \(moment.rawValue), then \(afterwards.rawValue)"
    if let failure {
      #expect([.unavailable, .tryAgain].contains(failure.kind), "\(why): \(failure)")
    }
    let wasRecorded = try isRecorded(world, moment)
    let before = try listing(world.store)

    if afterwards == .newer { world.dump = (moment == .second ? third : second).csv }
    world.store.advance(bySeconds: World.beyondAll)
    let opens = world.opens
    let isOwed = try wasRecorded && newest(world) != .published
    var event = try world.tick()
    if isOwed {
      #expect(world.opens == opens, "\(why): the source was read again")
      #expect(event.data.outcome == .published, "\(why): \(event.data.outcome) instead of published")
    }
    var ticks = 0
    while event.data.outcome != .unchanged, ticks < 4 {
      event = try world.tick()
      ticks += 1
    }
    #expect(event.data.outcome == .unchanged, "\(why): it never ends")
    try checkWrittenOnce(before, listing(world.store), why)

    var tables = moment == .first ? [] : [first]
    if moment == .first, afterwards != .newer || wasRecorded { tables.append(first) }
    if moment == .second, afterwards != .newer || wasRecorded { tables.append(second) }
    if afterwards == .newer { tables.append(moment == .second ? third : second) }
    try world.check(tables, why)
    return true
  }

  /// Whether the run that was cut off had stored its dump and said so.
  private func isRecorded(_ world: World, _ moment: Moment) throws -> Bool {
    let runs = try Self.runs(world)
    guard runs.count > (moment == .first ? 0 : 1), let last = runs.last else { return false }
    return try RunLog(world.folder).answer(last, .fetch)?.data.outcome == .fetched
  }

  private func newest(_ world: World) throws -> Outcome? {
    guard let last = try Self.runs(world).last else { return nil }
    return try RunLog(world.folder).lastAnswer(last)?.data.outcome
  }

  private static func runs(_ world: World) throws -> [String] {
    var names: Set<String> = []
    try world.store.forEach(prefix: "cases/runs/") { key, _ in
      names.insert(String(key.description.split(separator: "/")[2]))
    }
    return names.sorted()
  }
}

/// Fails if an object was replaced or deleted that is never to be.
func checkWrittenOnce(_ before: [String: String], _ after: [String: String], _ why: String) {
  for (key, version) in before where after[key] != version {
    let mayChange =
      key.hasSuffix("/head.json") || key.hasSuffix("/lock.json")
      || (key.contains("/published/") && !key.contains("/parts/") && !key.contains("/closed/"))
    #expect(mayChange && after[key] != nil, "\(why): \(key) was replaced or deleted")
  }
}
