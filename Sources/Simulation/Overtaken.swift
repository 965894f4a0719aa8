import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting

/// An audit, and what goes on between its operations: at which of them, is tried one by one.
public enum Overtaken {
  /// What goes on: first something at one operation of the audit, then something at that or a later one.
  public enum Case: String, Sendable, CaseIterable {
    /// A run is told to end as it records its dump, which lands after its lease was handed back; then another one is at work.
    case toldToEnd
    /// The dump of a run that lost the lock is recorded; then it is told that it was superseded.
    case superseded
    /// Nothing; then a run goes on that the audit takes for dead, for it believes the lock to be older than it is.
    case misjudged
  }

  /// One history.
  /// - Parameters:
  ///   - first: at which operation of the audit the first thing takes place, from 1.
  ///   - then: the same of the second.
  public static func run(_ which: Case, first: Int, then: Int, traced: Bool = false) -> Verdict {
    let world = World(Plan.exhaustive, bent: which == .misjudged ? olderLock() : nil, isTraced: traced)
    let script = Overtaking(which, world, first, then)
    world.director = script
    script.play()
    return world.verdict()
  }

  /// To an audit the lock was written 100 s earlier than it was.
  private static func olderLock() -> Bent {
    Bend.above { bent, process, _ in
      guard process.name == "audit" else { return }
      bent.onInfo = { info, key in
        var info = info
        if key.description.hasSuffix("/lock.json") {
          info.storeTime = info.storeTime.advanced(bySeconds: 100)
        }
        return info
      }
    }
  }
}

/// Lets happen what a case says.
private final class Overtaking: Director {
  private let which: Overtaken.Case
  private unowned let world: World
  private let first: Int
  private let then: Int
  private var random = SplitMix64(seed: 2)
  private var count = 0
  /// What the run said that is gone on with.
  private var event: RunEvent?
  private var feed: SimulatedFeed { world.feeds[0] }

  init(_ which: Overtaken.Case, _ world: World, _ first: Int, _ then: Int) {
    (self.which, self.world, self.first, self.then) = (which, world, first, then)
  }

  private func actor(_ number: Int) -> Actor { Actor(number: number, world: world) }

  func fate(of operation: Operation, by process: Process, in world: World) -> Fate {
    if process.name == "audit" {
      count += 1
      let number = count
      if number == first { begin() }
      if number == then { goOn() }
      return .goesOn
    }
    guard operation.changes else { return .goesOn }
    switch (which, process.actor) {
    case (.toldToEnd, 1) where operation.key.hasSuffix("/fetch.json"):
      process.operationsLeft = 3
      return .has(.terminated)
    case (.toldToEnd, 2) where operation.key.contains("/packs/"): return .has(.diesBefore)
    case (.superseded, 1) where operation.key.hasSuffix("/fetch.json"): return .has(.diesAndLandsLate)
    default: return .goesOn
    }
  }

  func play() {
    actor(0).chain(feed, trigger: nil, &random)
    world.memory.advance(bySeconds: 61)
    feed.source.edit(&random)
    switch which {
    case .toldToEnd: break
    case .superseded:
      _ = actor(1).fetch(feed, trigger: nil, &random)
      world.memory.advance(bySeconds: 70)
      _ = actor(2).fetch(feed, trigger: nil, &random)
      // Nobody goes on with that one either, so nobody has to be waited for.
      world.memory.advance(bySeconds: 70)
    case .misjudged: event = actor(1).fetch(feed, trigger: nil, &random)
    }
    actor(3).audit(feed)
  }

  private func begin() {
    switch which {
    case .toldToEnd: _ = actor(1).fetch(feed, trigger: nil, &random)
    case .superseded:
      let run = world.late.isEmpty ? nil : feed.taken.keys
      for write in world.late { write() }
      world.late = []
      // Whoever sent the trigger hears of the dump now.
      guard let before = run, let late = feed.taken.keys.first(where: { !before.contains($0) }),
        let context = try? world.onlooker(feed)
      else { return }
      event = try? RunLog(context.folder).lastAnswer(late)
    case .misjudged: break
    }
  }

  private func goOn() {
    switch which {
    case .toldToEnd: _ = actor(2).fetch(feed, trigger: nil, &random)
    case .superseded: if let event { _ = actor(4).run(.dedupe, feed, event) }
    case .misjudged:
      if let event { actor(4).goOn(feed, event, &random) }
      world.memory.advance(bySeconds: World.beyondAll)
    }
  }
}
