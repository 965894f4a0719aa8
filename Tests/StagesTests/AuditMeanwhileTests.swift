import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// What an audit tells is so, although runs go on between what it reads first and its listing.
@Suite struct AuditMeanwhileTests {
  /// What an audit finds if something happens just before it lists.
  private func kinds(
    _ world: World, verify: Bool = false, _ meanwhile: @escaping () throws -> Void = {}
  ) throws -> [Finding.Kind] {
    var options = FeedAudit.Options()
    options.verifies = verify
    var audit = try FeedAudit(world.process(on: Meanwhile(world.store, meanwhile)), options)
    return try audit.run().findings.map(\.kind)
  }

  @Test func aRunThatBeganSinceIsNotUnfinished() throws {
    let world = try World()
    try world.tick(first.csv)
    world.dump = second.csv
    let found = try kinds(world, { _ = try world.run(.dedupe, world.fetch()) })
    #expect(found == [])
    // Once it is dead, it is.
    world.store.advance(bySeconds: World.beyondAll)
    #expect(try kinds(world) == [.unfinishedRun])
  }

  @Test func aRunThatStoredItsDumpSinceWasNotCutOff() throws {
    let probe = try World()
    try probe.tick(first.csv)
    probe.dump = second.csv
    let counting = FaultyStore(probe.store)
    _ = try probe.fetch(on: counting)
    var seen = 0
    for number in 1...counting.operations {
      let world = try World()
      try world.tick(first.csv)
      world.dump = second.csv
      let store = FaultyStore(world.store, at: number, .before)
      let found = try kinds(world, { _ = Result { () throws(Failure) in try world.fetch(on: store) } })
      #expect(found == [], "dies before operation \(number)")
      if store.log.dropLast().contains(where: { $0.hasPrefix("commit cases/packs/") }) { seen += 1 }
    }
    #expect(seen > 0)
  }

  @Test func entriesThatWereRecordedSinceAreNoGap() throws {
    let world = try World()
    try world.tick(first.csv)
    let found = try kinds(world) { for table in [second, third, first] { try world.tick(table.csv) } }
    #expect(found == [])
  }

  /// `current.jsonl` and lists are replaced before the pointer is: a publish that was killed in between has damaged nothing.
  @Test func aPublishThatWasKilledHasDamagedNothing() throws {
    var number = 0
    var operations = Int.max
    var between = 0
    while number < operations {
      number += 1
      let world = try World()
      try world.tick(first.csv)
      world.dump = second.csv
      let event = try world.run(.snapshot, world.run(.dedupe, world.fetch()))
      let store = FaultyStore(world.store, at: number, .before)
      _ = Result { () throws(Failure) in try world.run(.publish, event, on: store) }
      if !store.fired { operations = number }
      if store.log.dropLast().contains(where: { $0.hasPrefix("commit cases/published/current.jsonl") }) {
        between += 1
      }
      world.store.advance(bySeconds: World.beyondAll)
      for verify in [false, true] {
        let found = try kinds(world, verify: verify)
        #expect(
          Set(found).isSubset(of: [.unpublished, .unfinishedRun, .stuckLock]),
          "dies before operation \(number): \(found)")
      }
    }
    #expect(between > 0)
  }
}

/// A store in which something happens just before the first listing.
private final class Meanwhile: StoreInFront, @unchecked Sendable {
  let base: any ObjectStore
  private var work: (() throws -> Void)?

  init(_ store: any ObjectStore, _ work: @escaping () throws -> Void) {
    base = store
    self.work = work
  }

  func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    let due = work
    work = nil
    do { try due?() } catch { Issue.record("\(error)") }
    return try base.list(prefix: prefix, after: after, limit: limit)
  }
}
