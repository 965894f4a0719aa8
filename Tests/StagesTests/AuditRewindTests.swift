import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Runs that were taken back, and those that died while they were, are nothing wrong.
@Suite struct AuditRewindTests {
  private func world() throws -> World {
    let world = try World()
    for table in [first, second, third] { try world.tick(table.csv) }
    return world
  }

  private func rewind(_ world: World, to entry: Int, on store: (any ObjectStore)? = nil) throws -> RunEvent {
    world.store.advance(bySeconds: 60)
    let stage = RewindStage(try world.process(on: store))
    return try stage.run(try #require(try stage.plan(.entry(entry))))
  }

  @Test func takingBackAndPuttingBack() throws {
    let world = try world()
    for entry in [1, 3, 2] {
      let event = try rewind(world, to: entry)
      #expect(try world.findings().isEmpty, "its lease is not over")
      #expect(try world.run(.publish, event).data.outcome == .published)
      let status = try world.audit(verify: true)
      #expect(status.findings.isEmpty, "\(status.findings)")
    }
    try world.tick(first.csv)
    #expect(try world.audit(verify: true).findings.isEmpty)
  }

  @Test func aRewindThatDied() throws {
    var seen: Set<String> = []
    let count = try {
      let world = try world()
      _ = try world.run(.publish, rewind(world, to: 1))
      let store = FaultyStore(world.store)
      _ = try rewind(world, to: 3, on: store)
      return store.operations
    }()
    for number in 1...count {
      let world = try world()
      _ = try world.run(.publish, rewind(world, to: 1))
      let store = FaultyStore(world.store, at: number, .before)
      _ = try? rewind(world, to: 3, on: store)
      guard store.fired else { continue }
      world.store.advance(bySeconds: World.beyondAll)
      let found = try world.findings(verify: true)
      let isKnown = found.allSatisfy {
        ["act stuck_lock", "act unfinished_run", "act unpublished"].contains($0)
      }
      #expect(isKnown, "\(number): \(found)")
      seen.formUnion(found)
      try world.tick()
      try world.tick()
      #expect(try world.findings(verify: true).isEmpty, "\(number)")
    }
    #expect(seen.contains("act stuck_lock"), "\(seen)")
  }
}
