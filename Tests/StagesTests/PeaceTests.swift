import Basics
import Coordination
import FeedFile
import FeedSources
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// A source is left in peace, whoever starts the runs and however many.
@Suite struct PeaceTests {
  private func world(_ source: String = "", _ settings: String = "") throws -> World {
    try World(source: source, settings)
  }

  private func fail(_ world: World, _ failure: Failure) {
    world.failure = failure
    #expect(throws: Failure.self) { try world.fetch() }
  }

  /// A run that has to be held off; what it says.
  private func held(_ world: World, _ reason: String, _ location: Testing.SourceLocation = #_sourceLocation)
    throws
    -> RunReport
  {
    let opens = world.opens
    let before = try listing(world.store)
    let report = try world.fetch().data
    #expect(report.outcome == .skipped && report.heldOff?.reason == reason, sourceLocation: location)
    #expect(world.opens == opens, "the source was read", sourceLocation: location)
    #expect(try listing(world.store) == before, "something was written", sourceLocation: location)
    return report
  }

  @Test func everythingThatIsSaid() throws {
    let start = try #require(Instant("2023-11-14T22:13:20Z"))
    func at(_ seconds: Double) -> String { start.advanced(bySeconds: seconds).description }
    let down = Failure(.unavailable, "down")

    var world = try self.world("", "schedule: 1h").with { $0.feed.minInterval = .seconds(600) }
    try world.tick(first.csv)
    var report = try held(world, "min_interval")
    // The run before began a minute after the start, and went on for three seconds.
    #expect(
      report.message
        == "the source was read 3 s ago; min_interval allows the next read in 597 s, at \(at(660))")
    #expect(report.heldOff?.until == start.advanced(bySeconds: 660))

    world = try self.world("", "schedule: 20m").with { $0.feed.minInterval = .seconds(600) }
    try world.tick(first.csv)
    #expect(
      try held(world, "min_interval").message
        == "the source was read 3 s ago; min_interval (half of schedule unless the feed file says otherwise) "
        + "allows the next read in 597 s, at \(at(660))")

    world = try self.world("hours: ['06:00-07:00', 'Sun 01:00-02:00'], time_zone: UTC")
    report = try held(world, "hours")
    #expect(
      report.message
        == "source.hours (06:00-07:00, Sun 01:00-02:00, UTC) allow the next read at 2023-11-15T06:00:00Z (in 28000 s)"
    )
    world.store.advance(bySeconds: 28000)
    try world.tick(first.csv)

    world = try self.world("breaker: { failures: 2, pause: 1m }")
    fail(world, down)
    fail(world, down)
    report = try held(world, "breaker")
    #expect(
      report.message == "the last 2 reads of the source failed; the next one is tried at \(at(60)) (in 60 s) "
        + "(source.breaker). If it is mended: fetch --try-again | dedupe | snapshot | publish")

    world = try self.world()
    fail(world, Failure(.tryAgain, "busy", cause: .leaveAlone(seconds: 1800.5)))
    report = try held(world, "retry_after")
    #expect(
      report.message
        == "the source asked to be left alone (Retry-After): the next read is at \(at(1801)) (in 1801 s). "
        + "If you know better: fetch --try-again | dedupe | snapshot | publish")

    world = try self.world()
    // Of what is past the second that had begun is told, not the next one.
    world.store.advance(bySeconds: 0.9)
    fail(world, Failure(.settings, "401", cause: .refusedLogin))
    report = try held(world, "login_refused")
    #expect(
      report.message
        == "the source refused these credentials at \(at(0)) and is not asked with them again, for that may "
        + "lock the account: change the secret or the settings of source, or, once: "
        + "fetch --try-again | dedupe | snapshot | publish")
    #expect(report.heldOff?.until == nil)
  }

  @Test func theBreakerOpensAndCloses() throws {
    let world = try world("breaker: { failures: 2, pause: 1m, longest: 3m }")
    world.dump = first.csv
    let down = Failure(.unavailable, "down")
    fail(world, down)
    fail(world, down)
    for pause in [60.0, 120, 180, 180] {
      #expect(try held(world, "breaker").heldOff?.until == (try world.store.now()).advanced(bySeconds: pause))
      world.store.advance(bySeconds: pause - 1)
      _ = try held(world, "breaker")
      world.store.advance(bySeconds: 1)
      // A single try.
      fail(world, down)
    }
    world.store.advance(bySeconds: 180)
    #expect(try world.goOn(from: world.fetch()).data.outcome == .published)
    fail(world, down)
    #expect(try world.tick().data.outcome == .unchanged)
  }

  /// The event may be lost that would have said that the source did well.
  @Test func aReadThatDidWellIsKnownThoughItsEventWasLost() throws {
    let world = try world("breaker: { failures: 2, pause: 1m }")
    fail(world, Failure(.unavailable, "down"))
    world.dump = first.csv
    let lost = try world.fetch()
    world.store.advance(bySeconds: World.beyondAll)
    var event = try world.fetch()
    #expect(event.data.run == lost.data.run)
    event.data.carried = nil
    #expect(try world.goOn(from: event).data.outcome == .published)
    fail(world, Failure(.unavailable, "down"))
    #expect(try world.tick().data.outcome == .unchanged, "that was the first failure")
  }

  @Test func aSourceThatBreaksOffFails() throws {
    let world = try world("breaker: { failures: 1, pause: 1m }")
    var request = FetchStage.Request(feed: world.feed, source: SourceRequest(.file("cases.csv")))
    request.run = "r"
    #expect(throws: Failure.self) {
      try FetchStage(world.process()) { (_) throws(Failure) in .body(BrokenBody()) }.run(request)
    }
    #expect(try held(world, "breaker").heldOff != nil)
  }

  /// Neither a store that is away nor being told to end is the source's fault; but it was asked.
  @Test func whatIsNotTheSourcesFault() throws {
    var isKilled = false
    for number in 1...20 {
      let world = try world("breaker: { failures: 1, pause: 1m }", "schedule: 20m")
      world.feed.minInterval = .seconds(0)
      world.dump = first.csv
      let store = FaultyStore(world.store, at: number, .before)
      guard (try? world.fetch(on: store)) == nil else { break }
      isKilled = isKilled || world.opens > 0
      guard let document = try world.process().lock.read()?.0 else { continue }
      #expect(document.peace?.failures ?? 0 == 0, "\(number)")
      #expect((document.lastRead != nil) || world.opens == 0, "\(number): the read is not noted")
      world.store.advance(bySeconds: World.beyondAll)
      #expect([.fetched, .published].contains(try world.fetch().data.outcome))
    }
    #expect(isKilled)
  }

  @Test func aLoginThatWasRefusedIsNotTriedAgain() throws {
    // Each secret that is refused is a failure; here the breaker stays out of it.
    let world = try world("breaker: { failures: 0 }")
    world.dump = first.csv
    world.secret = "wrong"
    let refused = Failure(.settings, "401", cause: .refusedLogin)
    fail(world, refused)
    let text = String(decoding: try world.folder.get("lock.json"), as: UTF8.self)
    #expect(!text.contains("wrong"))
    world.store.advance(bySeconds: 1e7)
    _ = try held(world, "login_refused")
    // Settings that do not say how the source is asked.
    world.feed.guards.bad = Percent(partsPerMillion: 20_000)
    _ = try held(world, "login_refused")
    // Another secret is tried once, at once.
    world.feed.minInterval = .seconds(86400)
    world.secret = "wrong too"
    fail(world, refused)
    _ = try held(world, "login_refused")
    world.secret = "wrong"
    _ = try held(world, "login_refused")
    // A person says so.
    world.failure = refused
    #expect(throws: Failure.self) { try world.fetch(insists: true) }
    _ = try held(world, "login_refused")
    world.secret = "right"
    #expect(try world.goOn(from: world.fetch()).data.outcome == .published)
    world.secret = "wrong"
    _ = try held(world, "login_refused")
    world.secret = "right"
    _ = try held(world, "min_interval")
  }

  @Test func otherSettingsOfTheSourceAreTriedAfterARefusal() throws {
    let world = try world()
    world.dump = first.csv
    fail(world, Failure(.settings, "401", cause: .refusedLogin))
    world.feed = try parse(
      feedFile: Array(World.plain.replacing("cases.csv", with: "other.csv").utf8), name: "feed.yaml")
    #expect(try world.fetch().data.outcome == .fetched)
  }

  /// What is still to be published is not held off.
  @Test func anEntryIsPublishedAllTheSame() throws {
    let world = try world()
    try world.tick(first.csv)
    try world.tick(second.csv)
    world.feed.minInterval = .seconds(3600)
    try world.store.delete(ObjectKey("cases/published/pointer.json"), ifVersion: nil)
    let event = try world.fetch()
    #expect(event.data.outcome == .skipped && event.data.published == nil)
    _ = try world.goOn(from: event)
    #expect(try world.audit().published == 2)
    try world.check([first, second], "published")
  }

  @Test func aRunThatIsHeldOffAsksLittle() throws {
    let world = try world("", "schedule: 1h")
    world.feed.minInterval = .seconds(3600)
    try world.tick(first.csv)
    let store = CountingStore(world.store)
    #expect(try world.fetch(on: store).data.outcome == .skipped)
    #expect(store.log.count <= 3, "\(store.log)")
  }
}

/// A dump that breaks off.
private final class BrokenBody: SourceBody {
  let expectedBytes: Int? = 100
  let receivedBytes = 0
  let etag: String? = nil
  let lastModified: String? = nil
  let name = "broken"
  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    throw Failure(.unavailable, "it broke off")
  }
}

extension World {
  /// A plain feed with more said of its source, and of itself.
  convenience init(source: String, _ settings: String = "") throws {
    let more = source.isEmpty ? "" : ", \(source)"
    try self.init(World.plain.replacing("format: csv", with: "format: csv\(more)") + "\n" + settings)
  }

  fileprivate func with(_ change: (World) -> Void) -> World {
    change(self)
    return self
  }
}
