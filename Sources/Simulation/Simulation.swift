import Basics
import History
import ObjectStore
import StrandlineTesting

/// Histories from seeds: schedulers, buses and people call the functions of some feeds at once, while processes die,
/// answers are lost, clocks jump and sources move on; then it is calm, and everything must be right.
public enum Simulation {
  /// One history.
  /// - Parameters:
  ///   - planted: something that is wrong on purpose.
  ///   - traced: whether the verdict tells what took place.
  public static func run(seed: UInt64, planted: PlantedFault? = nil, traced: Bool = false) -> Verdict {
    var random = SplitMix64(seed: seed)
    let plan = Plan(seed: seed, &random)
    let world = World(plan, bent: planted?.bend(), isTraced: traced)
    begin(world, &random)
    let turns = TakingTurns(threads: plan.actors)
    let director = RandomDirector(plan, SplitMix64(seed: random.next()), turns)
    world.director = director
    let seeds = (0..<plan.actors).map { _ in random.next() }
    turns.run(next: { director.next(of: $0) }) { number in
      var random = SplitMix64(seed: seeds[number])
      let actor = Actor(number: number, world: world)
      for _ in 0..<plan.steps where world.violation == nil { actor.step(&random) }
    }
    calm(world, &random)
    return world.verdict()
  }

  /// Something is there already.
  private static func begin(_ world: World, _ random: inout SplitMix64) {
    let actor = Actor(number: world.plan.actors, world: world)
    for feed in world.feeds {
      for _ in 0..<world.plan.calmRuns {
        actor.chain(feed, trigger: nil, &random)
        world.memory.advance(bySeconds: 61)
        feed.source.move(&random)
      }
    }
  }

  /// The world settles, what was sent late arrives, and everything is looked at.
  static func calm(_ world: World, _ random: inout SplitMix64) {
    guard world.violation == nil else { return }
    world.director = Calm()
    world.note("it is calm", nil)
    world.memory.advance(bySeconds: World.beyondAll)
    let actor = Actor(number: world.plan.actors, world: world)
    for feed in world.feeds {
      feed.source.heal()
      settle(feed, world, actor, &random)
      // What was on its way until now comes last of all.
      for write in world.late where random.oneIn(2) { write() }
      world.late = []
      guard world.violation == nil else { return }
      let before = world.witness.newest[feed.name]?.sha256
      for event in feed.bus.suffix(2) + feed.bus.dropLast(2).prefix(4) {
        world.memory.advance(bySeconds: 1)
        actor.goOn(feed, event, &random)
      }
      world.expect(
        world.witness.newest[feed.name]?.sha256 == before, .settles,
        "\(feed.name): events that came late changed history")
      settle(feed, world, actor, &random)
      if world.violation == nil { Check(feed, world).all() }
    }
  }

  private static func settle(
    _ feed: SimulatedFeed, _ world: World, _ actor: Actor, _ random: inout SplitMix64
  ) {
    var said = ""
    for _ in 0..<8 {
      world.memory.advance(bySeconds: 61)
      let event = actor.fetch(feed, trigger: nil, &random)
      // Nothing is left to do, not even to publish.
      if let event, event.data.outcome == .unchanged, event.data.published != nil { return }
      guard let event, let last = actor.goOn(feed, event, &random) else {
        if world.violation != nil { return }
        said = "a function failed"
        continue
      }
      said = last.data.outcome.rawValue
      // A source that failed is left alone for a while.
      if let until = last.data.heldOff?.until {
        world.memory.advance(bySeconds: max(0, until.seconds(since: world.time)))
      }
      if last.data.outcome == .unchanged { return }
      // So much was gone since the last dump that was taken: a person takes a look.
      if last.data.outcome == .refused { actor.accept(feed, last.data.run, &random) }
    }
    world.violates(.settles, "\(feed.name): run after run does something, the last one said: \(said)")
  }
}
