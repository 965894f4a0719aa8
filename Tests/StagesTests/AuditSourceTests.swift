import Basics
import FeedFile
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// What an audit finds out about a source that fails, or is left in peace.
@Suite struct AuditSourceTests {
  private static let scheduled = World.plain + "\nschedule: 30m\n"

  @Test func aSourceThatCannotBeReached() throws {
    let world = try World()
    try world.tick(first.csv)
    world.failure = Failure(.unavailable, "the source is away")
    _ = Result { () throws(Failure) in try world.tick() }
    let finding = try #require(try world.audit().findings.first)
    #expect(finding.kind == .failed && finding.level == .act)
    #expect(finding.message.contains("exit 69") && finding.message.contains("the source is away"))
    #expect(try world.findings(period: 1800) == ["wait failed"])
    world.failure = Failure(.settings, "no such password")
    _ = Result { () throws(Failure) in try world.tick() }
    #expect(try world.findings(period: 1800) == ["act failed"])
    try world.tick()
    #expect(try world.findings().isEmpty)
  }

  /// Nobody has to mend a feed because of a call that could not be.
  @Test func aCallThatWasWrong() throws {
    let world = try World()
    try world.tick(first.csv)
    #expect(try world.tick([]).data.outcome == .refused)
    let refused = try #require(try world.audit().findings.first?.run)
    try world.tick(second.csv)
    #expect(throws: Failure.self) { try world.accept(refused) }
    #expect(try world.findings().isEmpty)
    let note = try #require(try world.audit().findings.first { $0.kind == .failed })
    #expect(note.level == .note && note.message.contains("only a newer dump can be accepted"), "\(note)")
    world.store.advance(bySeconds: 60)
    #expect(throws: Failure.self) { try world.accept(refused) }
    #expect(try world.findings() == ["act failed"], "who goes on with that is no person")
    try world.tick(first.csv)
    #expect(try world.findings().isEmpty)
    // What was wrong before is not well because of such a call.
    world.failure = Failure(.settings, "no such password")
    _ = Result { () throws(Failure) in try world.tick() }
    world.store.advance(bySeconds: 60)
    #expect(throws: Failure.self) { try world.accept(refused) }
    #expect(try world.findings() == ["act failed"])
  }

  /// Each run that fails writes the lock anew, so the lock's age says nothing.
  @Test func whatFailsEveryTimeNeedsAPersonInTheEnd() throws {
    let world = try World(
      World.plain.replacing("source: {", with: "source: { breaker: { failures: 0 },"))
    try world.tick(first.csv)
    for time in 0..<5 {
      world.store.advance(bySeconds: 1800)
      world.failure = Failure(.tryAgain, "the time was up")
      _ = Result { () throws(Failure) in try world.tick() }
      let findings = try world.findings(period: 1800)
      #expect(findings == [time < 2 ? "wait failed" : "act failed"], "\(time): \(findings)")
    }
    world.store.advance(bySeconds: 1800)
    try world.tick()
    #expect(try world.findings(period: 1800).isEmpty)
  }

  @Test func aSourceThatIsLeftInPeace() throws {
    let down = Failure(.unavailable, "the source is away")
    func fail(_ world: World, _ failure: Failure) {
      world.failure = failure
      #expect(throws: Failure.self) { try world.fetch() }
    }
    // Pauses grow; once they are at their longest, somebody is to look.
    var world = try World(Self.scheduled)
    world.feed.minInterval = .zero
    try world.tick(first.csv)
    for _ in 0..<3 { fail(world, down) }
    #expect(try world.findings() == ["wait breaker_open"])
    var finding = try #require(try world.audit().findings.first)
    for text in ["the last 3 reads failed", "the next try is at 20", "the source is away"] {
      #expect(finding.message.contains(text), "\(finding.message)")
    }
    for pause in [300.0, 600, 1200, 2400] {
      world.store.advance(bySeconds: pause)
      fail(world, down)
    }
    #expect(try world.findings() == ["act breaker_open"])
    world.store.advance(bySeconds: 3600)
    try world.tick()
    #expect(try world.findings().isEmpty)

    fail(world, Failure(.tryAgain, "busy", cause: .leaveAlone(seconds: 80_000)))
    #expect(try world.findings() == ["wait held_off"])
    // No run is due meanwhile.
    world.store.advance(bySeconds: 79_000)
    #expect(try world.findings() == ["wait held_off"])
    world.store.advance(bySeconds: 9000)
    #expect(
      try world.findings() == ["act overdue", "act held_off"] || world.findings().contains("act overdue"))

    world = try World(Self.scheduled)
    world.secret = "wrong"
    fail(world, Failure(.settings, "it said 401", cause: .refusedLogin))
    world.store.advance(bySeconds: 1e6)
    #expect(try world.findings() == ["act login_refused"])
    finding = try #require(try world.audit().findings.first)
    #expect(finding.message.contains("it said 401") && finding.message.contains("--try-again"))
    // Somebody has the right secret, and somebody else has not.
    world.secret = "right"
    try world.tick(first.csv)
    #expect(try world.findings().isEmpty)
    #expect(try world.audit().findings.map(\.kind) == [.loginRefused])
  }

  @Test func noRunIsDueOutsideOfTheHours() throws {
    let world = try World(
      World.plain.replacing("format: csv", with: "format: csv, hours: '22:00-06:00'") + "\nschedule: 30m\n")
    // The store's clock begins at 22:13; the run is at 22:14, and the last one at 5:55.
    try world.tick(first.csv)
    world.store.advance(bySeconds: 7 * 3600 + 41 * 60)
    try world.tick(second.csv)
    world.store.advance(bySeconds: 16 * 3600)
    #expect(try world.findings().isEmpty, "it is five to ten in the evening")
    world.store.advance(bySeconds: 2000)
    #expect(try world.findings().isEmpty, "almost half past ten")
    world.store.advance(bySeconds: 1000)
    #expect(try world.findings() == ["act overdue"])
  }
}
