import Basics
import FeedSources
import History
import ObjectStore
import Stages
import StrandlineTesting

/// What people do by hand.
extension Actor {
  func accept(_ feed: SimulatedFeed, _ run: String, _ random: inout SplitMix64) {
    // A dump that is older than the head by now, or broken, cannot be taken.
    let event = call("accept", feed, mayBe: [.usage, .badData]) { (context, _) throws(Failure) in
      try DedupeStage(context).accept(run)
    }
    if let event { goOn(feed, event, &random) }
  }

  func rewind(_ feed: SimulatedFeed, _ random: inout SplitMix64) {
    let count = world.witness.newest[feed.name]?.head.seq ?? 0
    guard count > 1 else { return }
    let target = 1 + random.below(count)
    let event = call("rewind", feed) { (context, _) throws(Failure) in
      let stage = RewindStage(context)
      guard let plan = try stage.plan(.entry(target)) else { return nil }
      return try stage.run(plan)
    }
    if let event, !random.oneIn(4) { goOn(feed, event, &random) }
  }

  /// Mends the feed file, and reads dumps again by it.
  func correct(_ feed: SimulatedFeed, _ random: inout SplitMix64) {
    if random.oneIn(2) { feed.mend(&random) }
    // People wait until nobody else is at work.
    if !random.oneIn(3) {
      world.memory.advance(bySeconds: 61)
      chain(feed, trigger: nil, &random)
    }
    let settings = feed.feed
    let event = call("correct", feed) { (context, _) throws(Failure) in
      try CorrectionStage(context).run(settings)
    }
    if let event, !random.oneIn(4) { goOn(feed, event, &random) }
  }

  /// Asks how the feed stands; what is told has to be so.
  func audit(_ feed: SimulatedFeed) {
    let look = Look(feed.name, world)
    var status: FeedStatus?
    ask("audit", feed) { (context) throws(Failure) in
      var audit = try FeedAudit(context)
      status = try audit.run()
    }
    if let status { look.check(status) }
  }

  /// Asks which runs there were.
  func list(_ feed: SimulatedFeed) {
    let look = Look(feed.name, world)
    let runs = Runs()
    ask("query", feed) { (context) throws(Failure) in
      try HistoryQuery(context).runs(limit: 1000, to: runs)
      look.check(runs: runs.names)
    }
  }

  /// Takes all runs again, into a store that nobody else has.
  func replay(_ feed: SimulatedFeed) {
    ask("replay", feed) { (context) throws(Failure) in
      let replay = try Replay(from: context, into: world.elsewhere(feed))
      try replay.take(replay.runs(from: nil, to: nil), isUpToNow: true, settings: nil) { _ in }
    }
  }

  /// Calls what writes nothing and answers nobody.
  private func ask(
    _ name: String, _ feed: SimulatedFeed, _ body: (StageContext) throws(Failure) -> Void
  ) {
    call(name, feed) { (context, process) throws(Failure) in
      process.onlyReads = true
      try body(context)
      world.count(name)
      return nil
    }
  }
}

/// The runs of a list.
private final class Runs: RowSink {
  var names: Set<String> = []
  func row(_ fields: [Field]) throws(Failure) {
    if let run = fields.first(where: { $0.name == "run" }) { names.insert(run.text) }
  }
}
