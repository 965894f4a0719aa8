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

/// A login that was refused is known to whoever comes next, even if the store or the process fails just then.
@Suite struct LoginTests {
  /// A store that fails writes of the lock for a while, or everything for good.
  private final class Trouble: Sendable {
    let writes = Mutex(0)
    let isDead = Mutex(false)

    func store(_ base: any ObjectStore) -> InterceptedStore {
      InterceptedStore(base) { [self] (operation) throws(StoreError) in
        let isFailed = writes.withLock { left in
          guard operation.name == .commit, operation.key.hasSuffix("lock.json"), left > 0 else {
            return false
          }
          left -= 1
          return true
        }
        if isFailed || isDead.withLock({ $0 }) {
          throw StoreError(.unavailable, key: operation.key, "it is away")
        }
        return nil
      }
    }
  }

  private static let refused = Failure(.settings, "401", cause: .refusedLogin)

  private func world() throws -> World {
    let world = try World(
      World.plain.replacing("format: csv", with: "format: csv, breaker: { failures: 1, pause: 1m }"))
    world.secret = "s3cret"
    world.dump = first.csv
    return world
  }

  private func peace(_ world: World) throws -> Peace {
    try world.process().lock.read()?.0.peace ?? Peace()
  }

  /// A process that opens the source in its own way.
  private func fetch(
    _ world: World, _ trouble: Trouble, clock: ManualClock = ManualClock(),
    _ open: @escaping (SourceRequest) throws(Failure) -> Opened
  ) throws(Failure) -> RunEvent {
    let context = try StageContext(
      folder: FeedFolder(store: trouble.store(world.store), feed: world.feed.name), clock: clock,
      randomness: SeededRandomness(seed: UInt64(clock.now().microseconds)), log: SilentLog(),
      terms: Lock.Terms(), renewals: .none)
    var request = FetchStage.Request(feed: world.feed, source: SourceRequest(.http("http://a.org/cases.csv")))
    if let secret = world.secret { request.source.secrets.append(secret) }
    // Runs have names of their own, though their processes draw the same.
    request.run = "run-\((try? world.store.now())?.microseconds ?? 0)"
    return try FetchStage(context, open: open).run(request)
  }

  /// Wherever it is noticed that the store is away: before the first request, later on, or within the dump.
  @Test(arguments: ["first", "later", "within"])
  func aStoreThatIsAwayIsNoFailureOfTheSource(place: String) throws {
    let world = try world()
    let (trouble, clock) = (Trouble(), ManualClock())
    let failure = #expect(throws: Failure.self) {
      try fetch(world, trouble, clock: clock) { (source) throws(Failure) in
        func look() throws(Failure) {
          world.store.advance(bySeconds: 61)
          clock.advance(bySeconds: 61)
          trouble.writes.withLock { $0 = 1 }
          do throws(Failure) { try source.mayAsk() } catch {
            throw Failure(error.kind, "no token: \(error.message)")
          }
        }
        if place != "first" { try source.mayAsk() }
        if place == "within" { return .body(AskingBody(look)) }
        try look()
        return .unchanged(etag: nil, lastModified: nil)
      }
    }
    #expect(failure?.message.contains("it is away") == true, "\(String(describing: failure))")
    let peace = try peace(world)
    #expect(peace.failures == 0 && peace.until == nil && peace.reading == nil, "\(peace)")
    #expect(peace.doubts == (place == "first" ? nil : 1))
    #expect(try world.fetch().data.outcome == .fetched)
  }

  @Test(arguments: [1, 2, 5])
  func aRefusalIsSaidAgainUntilTheStoreKnowsIt(fails: Int) throws {
    let world = try world()
    let trouble = Trouble()
    #expect(throws: Failure.self) {
      try fetch(world, trouble) { (_) throws(Failure) in
        trouble.writes.withLock { $0 = fails }
        throw Self.refused
      }
    }
    #expect(try peace(world).refusals.count == 1)
    world.store.advance(bySeconds: 1e6)
    let report = try fetch(world, trouble) { (_) throws(Failure) in
      throw Failure(.software, "it is asked again")
    }.data
    #expect(report.heldOff?.reason == "login_refused")
  }

  /// Killed each time just when the source has refused the password, so that the store never knows.
  @Test func anAccountIsNotLockedByKills() throws {
    let world = try world()
    let start = try world.store.now()
    var asked: [Double] = []
    var said: RunReport?
    for _ in 0..<60 {
      let trouble = Trouble()
      do {
        said = try fetch(world, trouble) { (_) throws(Failure) in
          asked.append(((try? world.store.now()) ?? start).seconds(since: start))
          trouble.isDead.withLock { $0 = true }
          throw Self.refused
        }.data
      } catch { #expect(error.kind == .settings) }
      world.store.advance(bySeconds: 200)
    }
    #expect(asked == [0, 200, 3800, 11000])
    #expect(
      said?.heldOff?.reason == "login_in_doubt" && said?.heldOff?.until == start.advanced(bySeconds: 25400))
    #expect(
      said?.message
        == "the last 4 reads ended before it was known whether the source takes these credentials; so "
        + "that no account is locked by that, the next one is at \(start.advanced(bySeconds: 25400)) (in 13600 s). "
        + "If they are right: fetch --try-again | dedupe | snapshot | publish")
    let findings = try world.audit().findings
    #expect(
      findings.contains { $0.kind == .heldOff && $0.message.hasPrefix("the last 4 reads ended before") })
    // A person knows better; then all is as ever.
    #expect(try world.goOn(from: world.fetch(insists: true)).data.outcome == .published)
    let peace = try peace(world)
    #expect(peace.doubts == nil && peace.refusals.isEmpty && peace.failures == 0 && peace.accepted != nil)
    #expect(try world.tick().data.outcome == .unchanged)
  }

  /// Whoever is killed after the source has begun to answer is held off by nothing.
  @Test func credentialsThatWereTakenAreNotInDoubt() throws {
    let world = try world()
    for number in 0..<8 {
      let trouble = Trouble()
      var reads = 0
      let failure = #expect(throws: Failure.self) {
        try fetch(world, trouble) { (_) throws(Failure) in
          .body(
            AskingBody {
              reads += 1
              if reads > 1 { trouble.isDead.withLock { $0 = true } }
            })
        }
      }
      #expect(reads > 1 && failure?.kind == .unavailable, "\(number)")
      #expect(try peace(world).doubts == (number % 2 == 0 ? 1 : nil), "\(number)")
      world.store.advance(bySeconds: 200)
    }
    // What began with no credentials at all is in no doubt either.
    world.secret = nil
    let trouble = Trouble()
    #expect(throws: Failure.self) {
      try fetch(world, trouble) { (_) throws(Failure) in
        trouble.isDead.withLock { $0 = true }
        throw Self.refused
      }
    }
    #expect(try peace(world).doubts == nil)
  }

  /// A proxy whose password comes from the environment.
  @Test func aProxysPasswordIsNotTriedAgain() throws {
    let world = try world()
    world.feed.source.peace.breaker.failures = 0
    func fetch(_ proxy: String?, fails: Bool = true) throws(Failure) -> RunReport {
      var request = FetchStage.Request(
        feed: world.feed, source: SourceRequest(.http("http://a.org/cases.csv")))
      request.source.secrets.append("s3cret")
      if let proxy { request.source.proxySecrets.append(proxy) }
      return try FetchStage(world.process()) { (_) throws(Failure) in
        if fails { throw Failure(.settings, "407", cause: .refusedProxy) }
        return .body(MemoryDump(first.csv))
      }.run(request).data
    }
    #expect(throws: Failure.self) { try fetch("http://a:wrong@p") }
    #expect(try fetch("http://a:wrong@p").heldOff?.reason == "login_refused")
    #expect(throws: Failure.self) { try fetch("http://a:wrong too@p") }
    #expect(try fetch("http://a:wrong@p").heldOff?.reason == "login_refused")
    // A proxy that wants somebody although nobody is named: no account is at risk, so that is for the breaker.
    for _ in 0..<3 { #expect(throws: Failure.self) { try fetch(nil) } }
    #expect(try peace(world).refusals.count == 2)
    #expect(try fetch("http://a:right@p", fails: false).outcome == .fetched)
  }
}

/// A dump that looks whether it may go on before each piece.
private final class AskingBody: SourceBody {
  let expectedBytes: Int? = nil
  private(set) var receivedBytes = 0
  let etag: String? = nil
  let lastModified: String? = nil
  let name = "asking"
  private let look: () throws(Failure) -> Void

  init(_ look: @escaping () throws(Failure) -> Void) { self.look = look }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    try look()
    guard receivedBytes == 0 else { return 0 }
    let bytes = first.csv
    unsafe destination.copyBytes(from: bytes)
    receivedBytes = bytes.count
    return bytes.count
  }
}
