import Basics
import FeedFile
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Files that the settings do not ask for any more go with the pointer that does not name them, whoever dies meanwhile; until
/// then an audit names them.
@Suite struct StaleFilesTests {
  static let on = World.plain + "\npublish: { current: always, lists: always }\n"
  static let off = World.plain + "\npublish: { current: never, lists: never }\n"
  static let files = [
    "bigquery.sql", "current.jsonl", "current.manifest", "history.manifest",
  ].map { "published/\($0)" }

  /// Which of the files stand there.
  static func stale(_ world: World) throws -> [String] {
    try files.filter { try world.folder.versionIfPresent($0) != nil }
  }

  private func turn(_ world: World, _ settings: String) throws {
    world.feed = try parse(feedFile: Array(settings.utf8), name: "feed.yaml")
  }

  /// An entry that is to be published by other settings than the one before.
  private func owed(before: String, after: String) throws -> (world: World, event: RunEvent) {
    let world = try World(before)
    try world.tick(first.csv)
    try turn(world, after)
    return (world, try world.recorded(second.csv))
  }

  @Test func theyGo() throws {
    let (world, event) = try owed(before: Self.on, after: Self.off)
    #expect(try Self.stale(world) == Self.files)
    _ = try world.run(.publish, event)
    #expect(try Self.stale(world) == [])
    #expect(try world.findings(verify: true) == [])
  }

  /// A publisher dies at each of its operations: the next run, whether anything is new or not, puts that right.
  @Test(arguments: FaultyStore.Fault.allCases, [false, true])
  func thePublisherDiesAnywhere(_ fault: FaultyStore.Fault, _ isNew: Bool) throws {
    var number = 0
    var told = 0
    while true {
      number += 1
      let (world, event) = try owed(before: Self.on, after: Self.off)
      let store = FaultyStore(world.store, at: number, fault)
      _ = Result { () throws(Failure) in try world.run(.publish, event, on: store) }
      if store.operations < number { break }
      guard store.fired else { continue }
      let why = "\(fault) at operation \(number) (\(store.log[number - 1]))"
      world.store.advance(bySeconds: World.beyondAll)
      let isMoved = try Pointer.read(world.folder)?.pointer.seq == 2
      let found = try world.audit().findings
      let named = found.filter { $0.kind == .stale }
      #expect(Set(named.map(\.object)) == (isMoved ? Set(try Self.stale(world)) : []), "\(why): \(found)")
      for finding in named {
        told += 1
        #expect(finding.level == .act && finding.message.contains("the next run removes it"), "\(why)")
      }
      #expect(
        try world.audit(period: 1800).findings.filter { $0.kind == .stale }.allSatisfy { $0.level == .wait })
      if isNew { try world.tick(third.csv) }
      try world.settle(why)
      #expect(try Self.stale(world) == [], "\(why)")
      #expect(try world.findings(verify: number % 4 == 0) == [], "\(why)")
    }
    #expect(number > 10)
    #expect(told > 0 || fault == .ambiguous, "nothing is left where only an answer was lost")
  }

  /// A publication that was given up before its pointer left files that no pointer ever named; the next one is by settings
  /// that do not ask for them.
  @Test(arguments: ["bigquery.sql", "current.manifest", "history.manifest", "pointer.json"])
  func noPointerEverNamedThem(_ last: String) throws {
    let (world, event) = try owed(before: Self.off, after: Self.on)
    let denied = Denying(world.store, writing: { $0.hasSuffix(last) })
    let failure = #expect(throws: Failure.self) { _ = try world.run(.publish, event, on: denied) }
    #expect(failure?.kind == .settings)
    #expect(try !Self.stale(world).isEmpty)
    try turn(world, Self.off)
    #expect(try world.tick(third.csv).data.outcome == .published)
    #expect(try Self.stale(world) == [])
    #expect(try world.findings(verify: true) == [])
  }

  /// Whoever may not remove them says so, publishes all the same, and tries again until it may.
  @Test func removalMayBeDenied() throws {
    let (world, event) = try owed(before: Self.on, after: Self.off)
    let denied = Denying(world.store, deleting: { _ in true })
    #expect(try world.run(.publish, event, on: denied).data.outcome == .published)
    for dump in [second, third] {
      #expect(try Self.stale(world) == Self.files)
      world.store.advance(bySeconds: 1)
      #expect(try world.findings() == Self.files.map { _ in "act stale" })
      try world.tick(dump.csv, on: denied)
    }
    #expect(try world.findings(period: 1800) == Self.files.map { _ in "wait stale" })
    try world.tick()
    #expect(try Self.stale(world) == [])
    #expect(try world.findings(verify: true) == [])
  }

  /// A publisher that wakes up when others have published by other settings leaves everything as it is.
  @Test func whoWasTakenForDeadBringsNothingBack() throws {
    for path in Self.files {
      let (world, event) = try owed(before: Self.off, after: Self.on)
      let slow = Interposed(world.store) { $0.hasSuffix("/parts/") || $0.contains("published/parts") }
      slow.action = {
        world.store.advance(bySeconds: World.beyondAll)
        #expect(throws: Never.self) {
          try world.tick()
          try turn(world, Self.off)
          try world.tick(third.csv)
        }
      }
      let failure = #expect(throws: Failure.self) { _ = try world.run(.publish, event, on: slow) }
      #expect(failure?.kind == .tryAgain && slow.fired)
      #expect(try Self.stale(world) == [], "\(path)")
      #expect(try world.findings(verify: true) == [])
    }
  }

  /// What lands all the same, after everything was settled, is told; and it is for a person.
  @Test func whatLandsLateIsTold() throws {
    let world = try World(Self.off)
    try world.tick(first.csv)
    try world.store.put(ObjectKey("cases/published/current.jsonl"), [0x0A], if: .absent)
    let finding = try #require(try world.audit(period: 1800).findings.first)
    #expect(finding.kind == .stale && finding.level == .act && finding.object == "published/current.jsonl")
    #expect(finding.message.contains("Remove it"))
    // While somebody publishes it may be the next one's.
    world.dump = second.csv
    world.store.advance(bySeconds: 60)
    _ = try world.fetch()
    #expect(try world.findings() == [])
  }
}
