import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// The same event twice gives the same answer and changes nothing.
@Suite struct RepeatTests {
  @Test func everyStageOfAWholeRun() throws {
    let world = try World()
    try world.tick(first.csv)
    world.dump = second.csv
    try repeats(world, [.fetched, .found, .recorded, .published])
    try world.check([first, second], "twice")
  }

  @Test func anUnchangedRun() throws {
    let world = try World()
    try world.tick(first.csv)
    try repeats(world, [.unchanged, .unchanged, .unchanged, .unchanged])
  }

  @Test func aRefusedRun() throws {
    let world = try World()
    try world.tick(first.csv)
    world.dump = Array("id,name,text\n".utf8)
    try repeats(world, [.fetched, .refused, .refused, .refused])
    try world.check([first], "refused twice")
  }

  @Test func aSkippedRun() throws {
    let world = try World(World.plain.replacing("min_interval: 0s", with: "min_interval: 1h"))
    try world.tick(first.csv)
    let reads = world.opens
    try repeats(world, [.skipped, .skipped, .skipped, .skipped])
    #expect(world.opens == reads)
  }

  @Test func theSameTriggerIsTheSameRun() throws {
    let world = try World()
    world.dump = first.csv
    let one = try world.fetch(trigger: ("timer", "1"))
    #expect(try world.fetch(trigger: ("timer", "1")) == one)
    // Two parts that look alike when they are put together.
    _ = try world.goOn(from: one)
    #expect(try world.fetch(trigger: ("timer1", "")).data.run != one.data.run)
  }

  /// Everything that is owed is found in the store, so it does not matter that a stage's event was lost.
  @Test func aLostEventIsMadeUpForByTheNextTick() throws {
    for lost in 1...3 {
      let world = try World()
      try world.tick(first.csv)
      world.dump = second.csv
      var event = try world.fetch()
      for stage in [Stage.dedupe, .snapshot].prefix(lost - 1) { event = try world.run(stage, event) }
      let failure = #expect(throws: Failure.self) { try world.fetch() }
      #expect(failure?.kind == .tryAgain)
      world.store.advance(bySeconds: 61)
      let reads = world.opens
      #expect(try world.goOn(from: world.fetch()).data.outcome == .published)
      #expect(world.opens == reads)
      try world.check([first, second], "lost \(lost)")
    }
  }

  private func repeats(_ world: World, _ outcomes: [Outcome]) throws {
    world.store.advance(bySeconds: 60)
    var event: RunEvent?
    for (stage, outcome) in zip(Stage.allCases, outcomes) {
      let given = event
      let run = { () throws(Failure) -> RunEvent in
        if let given { return try world.run(stage, given) }
        return try world.fetch(trigger: ("timer", "7"))
      }
      let answer = try run()
      #expect(answer.data.outcome == outcome)
      let before = try listing(world.store)
      world.store.advance(bySeconds: 1)
      let again = try run()
      if outcome == .skipped {
        // A run that did not take place leaves no answer; the lock is taken and released again.
        #expect(again.data.outcome == .skipped)
      } else {
        #expect(again == answer, "\(stage)")
        #expect(try listing(world.store) == before, "\(stage) changed something")
      }
      event = answer
    }
  }
}

extension String {
  func replacing(_ part: String, with other: String) -> String {
    guard let range = firstRange(of: part) else { preconditionFailure("no \(part) in \(self)") }
    return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}
