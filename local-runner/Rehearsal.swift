import Basics
import Glibc

/// A run in which things go wrong, by a seed: the functions fail by themselves (`STRANDLINE_CHAOS`), and are killed, told
/// to end and called twice.
struct Rehearsal {
  /// What the runner does to a function.
  enum Trouble {
    /// It gets SIGKILL at some moment.
    case kill
    /// It gets SIGTERM at some moment, as at its time limit.
    case timeOut
    /// Its event is delivered to two processes at once.
    case twice
    /// The event of the function before it is delivered once more.
    case again
  }

  /// How much likelier a function meets trouble than an operation of the store does.
  private static let factor = 5

  let seed: ChaosSeed
  let feed: String
  /// Which run of the feed this is, from 1.
  let run: Int

  /// What is done to the function of this stage, if anything.
  func trouble(_ stage: Int) -> Trouble? {
    var draws = seed.draws(for: "trouble \(feed) \(stage)", run)
    guard draws.below(100) < seed.strength * Self.factor else { return nil }
    switch draws.below(10) {
    case ..<3: return .kill
    case ..<5: return .timeOut
    case ..<8: return .twice
    default: return .again
    }
  }

  /// When, in seconds after its start, if it takes so many as a rule.
  func moment(_ stage: Int, of seconds: Double) -> Double {
    var draws = seed.draws(for: "moment \(feed) \(stage)", run)
    return Double(draws.below(1000)) / 1000 * seconds * 1.2
  }

  /// Tells the process that is started next by which seed it is to fail: no two by the same one.
  func announce(_ stage: Int, isTwin: Bool = false) {
    var draws = seed.draws(for: "process \(feed) \(stage)\(isTwin ? " twin" : "")", run)
    let own = ChaosSeed(seed: draws.next() >> 32, strength: seed.strength)
    unsafe setenv("STRANDLINE_CHAOS", own.description, 1)
  }
}

/// What is known of a feed's functions from earlier runs.
struct Experience {
  /// How long each took when it last ended well.
  var seconds: [Int: Double] = [:]
  /// Whether one was seen to work on the store: before that none is killed, for it may have to refuse.
  var isProven = false
}

/// A second process that was given an event.
struct Twin {
  let child: Child
  /// When it is killed (monotonic seconds).
  private(set) var deadline: Double

  init(_ child: Child, deadline: Double) {
    self.child = child
    self.deadline = deadline
  }

  /// Whether it is over; what it printed is nobody's.
  mutating func hasEnded(now: Double) -> Bool {
    if child.ended() != nil {
      _ = child.takeOutput()
      return true
    }
    if now >= deadline {
      child.send(SIGKILL)
      deadline = now + 1
    }
    return false
  }
}

extension Run {
  /// What a function takes of which nobody knows.
  private static let usual = 0.1

  /// Lets something happen to the function that was just started.
  /// - Parameter before: what the function before it was given.
  mutating func disturb(now: Double, before: [UInt8]? = nil) {
    guard let rehearsal, experience.isProven, let trouble = rehearsal.trouble(stage) else { return }
    let moment = rehearsal.moment(stage, of: experience.seconds[stage] ?? Self.usual)
    let (name, after) = (Functions.names[stage], "after \(Int(moment * 1000)) ms")
    switch trouble {
    case .kill:
      tell("\(name) gets SIGKILL \(after)")
      deadline = min(deadline, now + moment)
      isTerminated = true
    case .timeOut:
      tell("\(name) gets SIGTERM \(after)")
      deadline = min(deadline, now + moment)
    case .twice: startTwin(stage, input, now: now)
    case .again: startTwin(max(0, stage - 1), stage == 0 ? input : before, now: now)
    }
  }

  private mutating func startTwin(_ stage: Int, _ input: [UInt8]?, now: Double) {
    guard let rehearsal, twin == nil else { return }
    rehearsal.announce(stage, isTwin: true)
    tell("\(Functions.names[stage]) is called \(stage == self.stage ? "twice" : "again")")
    let arguments = settings.functions.call(stage, schedule, settings)
    do throws(Failure) {
      twin = Twin(try Child(arguments, input: input, log: log), deadline: now + settings.timeLimit)
    } catch {
      tell("that failed: \(error.message)")
    }
  }

  private mutating func tell(_ what: String) {
    guard let rehearsal else { return }
    log.add("simulated fault of \(rehearsal.seed), run \(rehearsal.run): \(what)")
    summary.note("chaos: \(what)")
  }
}
