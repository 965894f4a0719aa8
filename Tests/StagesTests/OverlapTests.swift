import Basics
import Coordination
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Two runs at once, stage by stage.
@Suite struct OverlapTests {
  /// All orders in which two chains of four stages can be run: which of the two is next.
  static let orders: [[Int]] = (0..<256).map { bits in (0..<8).map { bits >> $0 & 1 } }
    .filter { $0.reduce(0, +) == 4 }

  /// How far the clock moves before each stage: not at all, beyond a hand-over's grace.
  @Test(arguments: [1.0, 61, 200], [false, true])
  func oneOfTwoWins(_ seconds: Double, _ sourceMoves: Bool) throws {
    for order in Self.orders {
      let why = "order \(order.map(String.init).joined()), \(seconds) s"
      let world = try World()
      try world.tick(first.csv)
      world.dump = second.csv
      var events: [RunEvent?] = [nil, nil]
      var stages = [0, 0]
      var published = 0
      var reads = 0
      for chain in order {
        defer { stages[chain] += 1 }
        if stages[chain] > 0, events[chain] == nil { continue }
        world.store.advance(bySeconds: seconds)
        let before = world.bodies
        do {
          events[chain] =
            if let event = events[chain] {
              try world.run(Stage.allCases[stages[chain]], event)
            } else { try world.fetch() }
        } catch {
          #expect(error.kind == .tryAgain, "\(why): \(error)")
          events[chain] = nil
        }
        if world.bodies > before {
          reads += 1
          if sourceMoves { world.dump = third.csv }
        }
      }
      for event in events where event?.data.outcome == .published { published += 1 }
      #expect(published >= 1, "\(why): nobody won")
      try world.settle(why)
      try world.check(sourceMoves ? [first, second, third] : [first, second], why)
    }
  }

  @Test func aRunThatWasThoughtDeadChangesNothing() throws {
    let world = try World()
    try world.tick(first.csv)
    world.dump = second.csv
    // Its fetch takes so long that it is taken for dead, and another run begins and ends.
    let slow = Interposed(world.store) { key in key.hasSuffix("/fetch.json") }
    slow.action = {
      world.store.advance(bySeconds: 200)
      #expect(throws: Never.self) { try world.tick(third.csv) }
    }
    let failure = #expect(throws: Failure.self) { try world.fetch(on: slow, trigger: ("timer", "1")) }
    #expect(failure?.kind == .tryAgain)
    let before = try listing(world.store)
    // Its trigger comes again: it has an answer, but another run was here since.
    let event = try world.fetch(trigger: ("timer", "1"))
    #expect(event.data.outcome == .fetched)
    let answer = try world.goOn(from: event)
    #expect(answer.data.outcome == .superseded)
    #expect(answer.data.message?.contains("another run was faster") == true)
    #expect(try world.dump(of: event.data.run) == second.csv)
    let changed = try listing(world.store).filter { before[$0.key] != $0.value }.keys
    #expect(Set(changed) == ["cases/runs/\(event.data.run)/dedupe.json"])
    try world.check([first, third], "superseded")
  }

  /// A stage is taken for dead; the run is gone on with, and another one recorded, before it wakes up.
  @Test(arguments: ["/dedupe.json", "changes/", "keys/", "head.json", "heads/", "/snapshot.json"])
  func aStageThatWasThoughtDeadChangesNothing(_ part: String) throws {
    let world = try World()
    try world.tick(first.csv)
    world.dump = second.csv
    world.store.advance(bySeconds: 60)
    let slow = Interposed(world.store) { $0.contains(part) }
    let fetched = try world.fetch()
    slow.action = {
      world.store.advance(bySeconds: 200)
      #expect(throws: Never.self) {
        #expect(try world.tick().data.outcome == .published)
        try world.tick(third.csv)
        world.store.advance(bySeconds: 200)
      }
    }
    let failure = #expect(throws: Failure.self) {
      let found = try world.run(.dedupe, fetched, on: slow)
      _ = try world.run(.snapshot, found, on: slow)
    }
    #expect(failure?.kind == .tryAgain, "\(String(describing: failure))")
    #expect(slow.fired)
    try world.check([first, second, third], "zombie at \(part)")
    #expect(try world.tick().data.outcome == .unchanged)
  }

  @Test(
    arguments: ["parts/", "closed/", "current.jsonl", "current.manifest", "pointer.json"], [false, true])
  func anOldPublisherNeverUndoesANewerOne(_ part: String, _ isRemote: Bool) throws {
    let world = try World(isRemote: isRemote)
    try world.tick(first.csv)
    let event = try world.recorded(second.csv)
    let slow = Interposed(world.store) { $0.contains(part) }
    slow.action = {
      world.store.advance(bySeconds: 200)
      #expect(throws: Never.self) {
        #expect(try world.tick().data.outcome == .published)
        try world.tick(third.csv)
      }
    }
    let failure = #expect(throws: Failure.self) { _ = try world.run(.publish, event, on: slow) }
    #expect(failure?.kind == .tryAgain, "\(String(describing: failure))")
    #expect(slow.fired)
    try world.check([first, second, third], "old publisher at \(part)")
    #expect(try world.run(.publish, event).data.outcome == .published)
    try world.check([first, second, third], "its event again")
  }
}
