import Basics
import FeedSources
import History
import ObjectStore
import Stages
import StrandlineTesting

/// A scheduler, an event bus or a person: calls functions, and may do so again, late or never.
struct Actor {
  let number: Int
  let world: World

  /// Does one thing, whatever a seed says.
  func step(_ random: inout SplitMix64) {
    let feed = random.pick(world.feeds)
    switch random.below(28) {
    case 20: world.memory.advance(bySeconds: 30)
    case 0..<8: chain(feed, trigger: trigger(feed, &random), &random)
    case 8..<11:
      if let event = fetch(feed, trigger: trigger(feed, &random), &random) { feed.bus.append(event) }
    case 11..<16: deliver(feed, &random)
    case 16: if !feed.refused.isEmpty { accept(feed, random.pick(feed.refused), &random) }
    case 17, 18: rewind(feed, &random)
    case 21: if world.plan.mends { feed.mend(&random) }
    case 22: if world.plan.mends { correct(feed, &random) }
    case 23, 24: audit(feed)
    case 25: list(feed)
    case 26: if random.oneIn(4) { replay(feed) }
    default: chain(feed, trigger: nil, &random)
    }
  }

  /// A trigger that has an id: a new one or, as event buses have it, one that came before.
  private func trigger(_ feed: SimulatedFeed, _ random: inout SplitMix64) -> String? {
    switch random.below(4) {
    case 0: return feed.triggers.isEmpty ? nil : random.pick(feed.triggers)
    case 1:
      feed.triggers.append("trigger \(feed.triggers.count)")
      return feed.triggers.last
    default: return nil
    }
  }

  /// All functions, one after the other.
  func chain(_ feed: SimulatedFeed, trigger: String?, _ random: inout SplitMix64) {
    guard let event = fetch(feed, trigger: trigger, &random) else {
      let patience = world.plan.patience
      if patience > 0, random.oneIn(patience) { world.memory.advance(bySeconds: 61) }
      return
    }
    _ = goOn(feed, event, &random)
  }

  /// The functions after the one that sent an event.
  @discardableResult
  func goOn(_ feed: SimulatedFeed, _ event: RunEvent, _ random: inout SplitMix64) -> RunEvent? {
    var event = event
    for stage in Stage.allCases.drop(while: { $0 != event.data.stage }).dropFirst() {
      // What was sent may be sent again.
      if random.oneIn(4) { feed.bus.append(event) }
      guard let next = run(stage, feed, event) else {
        if random.oneIn(2) { feed.bus.append(event) }
        return nil
      }
      event = next
    }
    return event
  }

  private func deliver(_ feed: SimulatedFeed, _ random: inout SplitMix64) {
    guard !feed.bus.isEmpty else { return chain(feed, trigger: nil, &random) }
    let place = random.below(feed.bus.count)
    let event = feed.bus[place]
    // Once in a while it comes yet again.
    if !random.oneIn(4) { feed.bus.remove(at: place) }
    guard let stage = next(event) else { return }
    if let answer = run(stage, feed, event) { feed.bus.append(answer) }
  }

  /// Which function is called with an event.
  private func next(_ event: RunEvent) -> Stage? {
    Stage.allCases.drop { $0 != event.data.stage }.dropFirst().first
  }

  func fetch(_ feed: SimulatedFeed, trigger: String?, _ random: inout SplitMix64) -> RunEvent? {
    var request = FetchStage.Request(feed: feed.feed, source: SourceRequest(.file("source.csv")))
    request.trigger = trigger.map { ("timer", $0) }
    var source = SplitMix64(seed: random.next())
    let failsOneIn = world.director is Calm ? 0 : world.plan.sourceFails
    return call("fetch", feed) { (context, process) throws(Failure) in
      try FetchStage(context) { (request) throws(Failure) in
        try feed.open(request, by: process, &source, failsOneIn: failsOneIn)
      }.run(request)
    }
  }

  func run(_ stage: Stage, _ feed: SimulatedFeed, _ event: RunEvent) -> RunEvent? {
    let event = world.bent?.event?(event, world) ?? event
    return call(stage.rawValue, feed) { (context, _) throws(Failure) in
      switch stage {
      case .fetch: throw Failure(.software, "fetch is called with no event")
      case .dedupe: return try DedupeStage(context).run(event)
      case .snapshot: return try SnapshotStage(context).run(event)
      case .publish:
        var options = PublishStage.Options()
        options.leastPart = world.plan.leastPart
        options.mergedSegments = world.plan.mergedSegments
        return try PublishStage(context, options: options).run(event)
      }
    }
  }

  /// Calls a function in a process of its own.
  @discardableResult
  func call(
    _ name: String, _ feed: SimulatedFeed, mayBe kinds: [Failure.Kind] = [],
    _ body: (StageContext, Process) throws(Failure) -> RunEvent?
  ) -> RunEvent? {
    do throws(Failure) {
      let (process, context) = try world.process(name, actor: number, feed: feed)
      process.settings = feed.settings
      defer { process.isOver = true }
      do throws(Failure) {
        let event = try body(context, process)
        // Who is dead says nothing.
        guard !process.isDead, let event else { return nil }
        world.note("says \(event.data.outcome.rawValue) of run \(event.data.run)", process)
        world.count("\(name): \(event.data.outcome.rawValue)")
        if event.data.outcome == .refused, !feed.refused.contains(event.data.run) {
          feed.refused.append(event.data.run)
        }
        return event
      } catch {
        world.note("fails: \(error)", process)
        if !process.isDead { world.count("\(name) fails: \(error.kind)") }
        if process.isDead || [.tryAgain, .unavailable].contains(error.kind) || kinds.contains(error.kind) {
          return nil
        }
        world.violates(.failures, "\(name) of \(feed.name): \(error.kind): \(error)")
        return nil
      }
    } catch {
      world.violates(.failures, "\(error)")
      return nil
    }
  }
}
