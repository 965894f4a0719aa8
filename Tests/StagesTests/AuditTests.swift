import Basics
import Blocks
import Coordination
import Dedupe
import Documents
import FeedFile
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

extension World {
  /// What an audit says, asked of the store as it is.
  func audit(verify: Bool = false, period: Double? = nil) throws -> FeedStatus {
    var options = FeedAudit.Options()
    options.verifies = verify
    options.period = period
    var audit = try FeedAudit(process(), options)
    return try audit.run()
  }

  /// The findings that somebody is to act on or wait for, as `level kind`.
  func findings(verify: Bool = false, period: Double? = nil) throws -> [String] {
    try audit(verify: verify, period: period).findings.filter { $0.level != .note }
      .map { "\($0.level.rawValue) \($0.kind.rawValue)" }
  }

  fileprivate func remove(_ path: String) throws {
    try store.delete(ObjectKey("cases/\(path)"), ifVersion: nil)
  }

  fileprivate func overwrite(_ path: String, _ bytes: [UInt8]) throws {
    try store.put(ObjectKey("cases/\(path)"), bytes, if: .none)
  }
}

/// Each kind of finding is made on purpose; where nothing is wrong, nothing is found.
@Suite struct AuditTests {
  private static let scheduled = World.plain + "\nschedule: 30m\n"

  @Test func nothingIsFoundWhereNothingIsWrong() throws {
    let world = try World(World.plain + "\nguards: { bad: 50% }\n")
    #expect(try world.findings().isEmpty, "a store without the feed")
    for table in [first, second, third, first] {
      try world.tick(table.csv)
      #expect(try world.findings(verify: true).isEmpty)
    }
    try world.tick()
    try world.tick(second.csv + Array("300,too,many,fields\n".utf8))
    // Refused, but then the source was well again.
    #expect(try world.tick(Array("id,name,text\n".utf8)).data.outcome == .refused)
    try world.tick(third.csv)
    // One that another was faster than.
    world.dump = first.csv
    let slow = try world.fetch()
    world.store.advance(bySeconds: World.beyondAll)
    var other = try world.fetch(isOwnSource: true)
    #expect(other.data.run == slow.data.run, "gone on with")
    other = try world.goOn(from: other)
    #expect(other.data.outcome == .published)
    let status = try world.audit(verify: true)
    #expect(status.findings.filter { $0.level != .note }.isEmpty, "\(status.findings)")
    #expect(status.head?.seq == status.published && status.runs.count > 6)
    #expect(status.quarantine.objects == 1 && status.quarantine.latest != nil)
    #expect((status.verified?.objects ?? 0) > 30)
  }

  /// While a run is under way nothing is wrong yet; once it is dead, the findings say so.
  @Test func aRunThatDied() throws {
    let world = try World()
    try world.tick(first.csv)
    world.dump = second.csv
    var kinds: Set<String> = []
    let event = try world.fetch()
    #expect(try world.findings().isEmpty)
    let store = FaultyStore(world.store)
    _ = try world.run(.dedupe, event, on: store)
    for number in 1...store.operations {
      let world = try World()
      try world.tick(first.csv)
      world.dump = second.csv
      let event = try world.fetch()
      let store = FaultyStore(world.store, at: number, .before)
      _ = Result { () throws(Failure) in try world.run(.dedupe, event, on: store) }
      guard store.fired else { continue }
      #expect(try world.findings().isEmpty, "its lease is not over")
      world.store.advance(bySeconds: World.beyondAll)
      let found = try world.findings()
      #expect(found == ["act stuck_lock"] || found == ["act unfinished_run"], "\(number): \(found)")
      kinds.formUnion(found)
      // If it is known when the next run comes, that one is waited for.
      let waited = try world.findings(period: 1800)
      #expect(waited == found.map { "wait" + $0.dropFirst(3) }, "\(waited)")
      let finding = try #require(try world.audit().findings.first)
      #expect(finding.run == event.data.run)
      if finding.kind == .stuckLock {
        for text in ["holder ", "at dedupe", "token 6", "lease of 60 s is over"] {
          #expect(finding.message.contains(text), "\(finding.message)")
        }
      } else {
        #expect(finding.message.contains("waits for"), "\(finding.message)")
      }
      try world.tick()
      #expect(try world.findings().isEmpty)
    }
    #expect(kinds.count == 2, "\(kinds)")
  }

  @Test func aFetchThatWasKilledLeavesAGap() throws {
    let world = try World()
    try world.tick(first.csv)
    world.dump = second.csv
    let probe = FaultyStore(world.store)
    let copy = try World()
    try copy.tick(first.csv)
    copy.dump = second.csv
    _ = try copy.fetch(on: FaultyStore(copy.store))
    // After the pack is there, before the answer is.
    for number in 1...40 {
      let world = try World()
      try world.tick(first.csv)
      world.dump = second.csv
      let store = FaultyStore(world.store, at: number, .before)
      _ = Result { () throws(Failure) in try world.fetch(on: store) }
      guard store.fired, store.log.contains(where: { $0.hasPrefix("commit cases/packs/") }),
        !store.log.dropLast().contains(where: { $0.hasPrefix("commit cases/runs/") }),
        store.log.last?.hasPrefix("commit cases/packs/") == false
      else { continue }
      world.store.advance(bySeconds: World.beyondAll)
      try world.tick()
      let status = try world.audit()
      #expect(status.findings.map(\.kind) == [.cutOff], "\(number): \(status.findings)")
      #expect(!status.needsPerson)
      return
    }
    Issue.record("no fetch was killed between pack and answer: \(probe.log)")
  }

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

  @Test func anEntryThatIsNotPublished() throws {
    let world = try World()
    try world.tick(first.csv)
    try world.remove("published/pointer.json")
    #expect(try world.findings() == ["act unpublished"])
    #expect(try world.findings(period: 1800) == ["wait unpublished"])
    try world.tick()
    #expect(try world.findings().isEmpty)
  }

  @Test func aRunThatIsOverdue() throws {
    let world = try World(Self.scheduled)
    try world.tick(first.csv)
    world.store.advance(bySeconds: 3500)
    #expect(try world.findings().isEmpty)
    world.store.advance(bySeconds: 200)
    #expect(try world.findings() == ["act overdue"])
    let plain = try World()
    try plain.tick(first.csv)
    plain.store.advance(bySeconds: 1_000_000)
    #expect(try plain.findings().isEmpty, "nobody said when it is due")
    #expect(try plain.findings(period: 3600) == ["act overdue"])
  }

  /// A chain of heads with a gap, cut short, set back, or with another end.
  @Test func aBrokenChain() throws {
    func broken(_ change: (World) throws -> Void) throws -> [String] {
      let world = try World()
      for table in [first, second, third] { try world.tick(table.csv) }
      try change(world)
      return try world.audit().findings.filter { $0.level == .act }.map {
        "\($0.kind.rawValue) \($0.object ?? "")"
      }
    }
    let names = try { () in
      let world = try World()
      for table in [first, second, third] { try world.tick(table.csv) }
      return try world.entries().map(\.object)
    }()
    #expect(try broken { _ in } == [])
    #expect(try broken { try $0.remove("head.json") } == ["broken_chain head.json"])
    #expect(try broken { try $0.remove(names[0]) }.contains { $0.hasPrefix("broken_chain heads/1-") })
    #expect(try broken { try $0.remove(names[2]) }.contains("broken_chain heads/3-…"))
    let setBack = try broken { world in
      try world.overwrite("head.json", world.folder.get(names[0]))
    }
    #expect(setBack.contains("broken_chain head.json"), "\(setBack)")
    let other = try broken { world in
      var head = try #require(try world.entries().last)
      head.counts.current += 1
      try world.overwrite("head.json", Documents.encode(head))
    }
    #expect(other == ["broken_chain \(names[2])"])
    #expect(try broken { try $0.overwrite("head.json", Array("{".utf8)) } == ["damaged head.json"])
    let changed = try broken { world in
      var bytes = try world.folder.get(names[1])
      bytes[bytes.count / 2] ^= 1
      try world.overwrite(names[1], bytes)
    }
    #expect(changed.contains("damaged \(names[1])"), "\(changed)")
  }
}
