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

  func remove(_ path: String) throws {
    try store.delete(ObjectKey("cases/\(path)"), ifVersion: nil)
  }

  func overwrite(_ path: String, _ bytes: [UInt8]) throws {
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
}
