import Basics
import ObjectStore
import StrandlineTesting

/// Every crash point of a pipeline of two runs: alone, and in all pairs with those of a second runner that comes at this
/// moment.
public enum Exhaustive {
  /// What happens to the first runner at one of its operations.
  public enum Trouble: String, Sendable, CaseIterable {
    case diesBefore = "dies before"
    case diesAfter = "dies after"
    case answerLost = "gets no answer to"
    case writeLost = "loses, without an answer,"
    case landsLate = "dies at, which lands later,"
    case sleeps = "sleeps before"
  }

  /// A second runner, which comes when something has happened to the first.
  public struct Other: Sendable, Hashable {
    /// How many seconds later: within the lease or beyond it.
    public var seconds: Int
    /// At which of its operations it dies, from 1; 0: it does not.
    public var at: Int
    /// Whether after it, not before.
    public var isAfter: Bool
  }

  /// One history.
  public struct Case: Sendable, Hashable, CustomStringConvertible {
    /// At which of the first runner's operations, from 1; 0: at none.
    public var at: Int
    /// What happens there.
    public var trouble: Trouble
    /// Who comes then.
    public var other: Other?

    public var description: String {
      let first = "the first runner \(trouble.rawValue) operation \(at)"
      guard let other else { return first }
      let death =
        other.at == 0 ? "goes on" : "dies \(other.isAfter ? "after" : "before") its operation \(other.at)"
      return "\(first); \(other.seconds) s later a second one begins, and \(death)"
    }
  }

  /// All cases.
  public static func cases() -> [Case] {
    let count = run(Case(at: 0, trouble: .sleeps, other: nil)).operations
    var cases: [Case] = []
    for at in 1...count {
      for trouble in Trouble.allCases where trouble != .sleeps {
        cases.append(Case(at: at, trouble: trouble, other: nil))
      }
      for trouble in [Trouble.diesBefore, .diesAfter, .sleeps] {
        for seconds in [1, 70] {
          var pair = Case(at: at, trouble: trouble, other: Other(seconds: seconds, at: 0, isAfter: false))
          cases.append(pair)
          let other = play(pair, traced: false).script.otherOperations
          for number in 1..<max(1, other + 1) {
            for isAfter in [false, true] {
              pair.other?.at = number
              pair.other?.isAfter = isAfter
              cases.append(pair)
            }
          }
        }
      }
    }
    return cases
  }

  /// How many of which kind, for people.
  public static func summary(_ cases: [Case]) -> String {
    let alone = cases.count { $0.other == nil }
    let points = cases.map(\.at).max() ?? 0
    return "\(points) operations; \(alone) with one runner, \(cases.count - alone) with two"
  }

  /// One history.
  public static func run(_ which: Case, planted: PlantedFault? = nil, traced: Bool = false) -> Verdict {
    let (world, _) = play(which, planted: planted, traced: traced)
    var random = SplitMix64(seed: 3)
    Simulation.calm(world, &random)
    return world.verdict()
  }

  private static func play(
    _ which: Case, planted: PlantedFault? = nil, traced: Bool
  ) -> (world: World, script: Script) {
    let world = World(Plan.exhaustive, bent: planted?.bend(), isTraced: traced)
    let script = Script(which, world)
    world.director = script
    var random = SplitMix64(seed: 2)
    let (actor, feed) = (Actor(number: 0, world: world), world.feeds[0])
    for _ in 0..<2 {
      actor.chain(feed, trigger: nil, &random)
      script.letOtherRun()
      world.memory.advance(bySeconds: 61)
      feed.source.edit(&script.random)
    }
    return (world, script)
  }
}

/// Lets happen what a case says.
private final class Script: Director {
  var random = SplitMix64(seed: 5)
  private(set) var otherOperations = 0
  private let which: Exhaustive.Case
  private unowned let world: World
  private var count = 0
  private var isDue = false

  init(_ which: Exhaustive.Case, _ world: World) {
    self.which = which
    self.world = world
  }

  func fate(of operation: Operation, by process: Process, in world: World) -> Fate {
    if process.actor == 1 {
      otherOperations += 1
      guard let other = which.other, otherOperations == other.at else { return .goesOn }
      return .has(other.isAfter ? .diesAfter : .diesBefore)
    }
    count += 1
    guard count == which.at else { return .goesOn }
    isDue = which.other != nil
    switch which.trouble {
    case .diesBefore: return .has(.diesBefore)
    case .diesAfter: return .has(.diesAfter)
    case .answerLost: return .has(.answerLost)
    case .writeLost: return .has(.writeLost)
    case .landsLate: return .has(.diesAndLandsLate)
    case .sleeps:
      letOtherRun()
      return .goesOn
    }
  }

  /// The second runner comes, if it is to come now.
  func letOtherRun() {
    guard isDue, let other = which.other else { return }
    isDue = false
    world.memory.advance(bySeconds: Double(other.seconds))
    world.feeds[0].source.edit(&random)
    Actor(number: 1, world: world).chain(world.feeds[0], trigger: nil, &random)
  }
}
