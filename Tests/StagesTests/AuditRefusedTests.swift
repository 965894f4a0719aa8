import Basics
import Coordination
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// A refused dump is a question until a run does well, whatever that run is called and however it ended.
@Suite struct AuditRefusedTests {
  @Test func aRefusedRunWaitsForADecision() throws {
    let world = try World()
    try world.tick(Table(0..<400).csv)
    let refused = try world.tick(Table(0..<100).csv)
    try world.tick(Table(0..<90).csv)
    let status = try world.audit()
    #expect(status.findings.map(\.kind) == [.refused] && status.needsPerson)
    #expect(status.findings[0].message.contains("2 runs"))
    #expect(status.findings[0].message.contains("dedupe --accept"))
    _ = try world.goOn(from: world.accept(try #require(status.findings[0].run)))
    #expect(try world.findings().isEmpty)
    #expect(refused.data.outcome == .refused)
  }

  @Test func aRunThatATriggerNamed() throws {
    let world = try World()
    for number in 1...3 {
      world.store.advance(bySeconds: 60)
      world.dump = number == 2 ? Array("id,name,text\n".utf8) : first.csv
      let event = try world.goOn(from: world.fetch(trigger: ("scheduler", "\(number)")))
      #expect(event.data.outcome == (number == 1 ? .published : number == 2 ? .refused : .unchanged))
      #expect(try world.findings() == (number == 2 ? ["act refused"] : []))
    }
  }

  private static let broken = Array("id,name,text\n".utf8)

  /// A run that a trigger named, and what came of it.
  @discardableResult
  private func tick(
    _ world: World, _ id: Int, _ dump: [UInt8], on store: (any ObjectStore)? = nil
  ) throws(Failure) -> RunEvent {
    world.store.advance(bySeconds: 60)
    world.dump = dump
    return try world.goOn(from: world.fetch(on: store, trigger: ("scheduler", "\(id)")), on: store)
  }

  /// The last run that found nothing new is known by the lock alone, once another one held it.
  @Test(arguments: [false, true]) func aLaterRunFindsNothingNewAndAnotherFails(_ isPublished: Bool) throws {
    let world = try World()
    try tick(world, 1, first.csv)
    #expect(try tick(world, 2, Self.broken).data.outcome == .refused)
    #expect(try world.findings() == ["act refused"])
    world.failure = Failure(.unavailable, "the source is away")
    _ = Result { () throws(Failure) in try tick(world, 3, first.csv) }
    #expect(try world.findings() == ["act refused", "act failed"], "nothing good came yet")
    try tick(world, 4, isPublished ? second.csv : first.csv)
    #expect(try world.findings().isEmpty)
    world.failure = Failure(.unavailable, "the source is away")
    _ = Result { () throws(Failure) in try tick(world, 5, first.csv) }
    #expect(try world.findings() == ["act failed"])
    #expect(try tick(world, 6, Self.broken).data.outcome == .refused)
    #expect(try world.findings() == ["act refused"], "what is refused later is a question of its own")
  }

  /// A run that is killed after it said that nothing is new, before the lock says so: whoever comes next notes it.
  @Test func aGoodRunThatIsKilledCounts() throws {
    var killed = 0
    for number in 1...40 {
      let world = try World()
      try tick(world, 1, first.csv)
      try tick(world, 2, Self.broken)
      let store = FaultyStore(world.store, at: number, .before)
      _ = Result { () throws(Failure) in try tick(world, 3, first.csv, on: store) }
      guard store.fired else { break }
      killed += 1
      let hasAnswered = store.log.dropLast().contains { $0.hasPrefix("commit cases/runs/") }
      world.store.advance(bySeconds: World.beyondAll)
      world.failure = Failure(.unavailable, "the source is away")
      _ = Result { () throws(Failure) in try tick(world, 4, first.csv) }
      let found = try world.findings()
      #expect(found == (hasAnswered ? ["act failed"] : ["act refused", "act failed"]), "\(number)")
    }
    #expect(killed > 5)
  }
}
