import Basics
import Coordination
import FeedFile
import History
import ObjectStore
import Stages
import StrandlineTesting

/// Decides what becomes of each operation, and what happens to the world before it.
protocol Director: AnyObject {
  func fate(of operation: Operation, by process: Process, in world: World) -> Fate
}

/// Nothing happens.
final class Calm: Director {
  func fate(of operation: Operation, by process: Process, in world: World) -> Fate { .goesOn }
}

/// Feeds, their sources and their store, all in memory, with all that goes on around them. One thread at a time.
final class World: @unchecked Sendable {
  /// How far the clock must move so that no lease or hand-over is waited for any more.
  static let beyondAll = 200.0

  let plan: Plan
  let bent: Bent?
  let memory = MemoryStore()
  private(set) var witness: Witness!
  var director: any Director = Calm()
  var feeds: [SimulatedFeed] = []
  /// Writes whose process has given them up or died, and which may still land.
  var late: [() -> Void] = []
  private(set) var violation: Violation?
  private(set) var counts: [String: Int] = [:]
  private(set) var operations = 0
  private var digest: UInt64 = 14_695_981_039_346_656_037
  private let isTraced: Bool
  private(set) var schedule: [String] = []
  private var processes: UInt64 = 0
  private(set) var landing: Process?
  /// Processes whose leases are renewed.
  private(set) var holders: [Process] = []
  /// Whether what happens is a renewal: nobody else comes between.
  private(set) var isRenewing = false

  init(_ plan: Plan, bent: Bent?, isTraced: Bool) {
    self.plan = plan
    self.bent = bent
    self.isTraced = isTraced
    witness = Witness(self)
    for text in plan.settings {
      do { feeds.append(try SimulatedFeed(text, plan, self)) } catch { preconditionFailure("\(error)") }
    }
  }

  /// A process of an actor that works on a feed.
  func process(
    _ name: String, actor: Int, feed: SimulatedFeed
  ) throws(Failure) -> (process: Process, context: StageContext) {
    processes += 1
    let clock = ManualClock(time.advanced(bySeconds: plan.skew * Double(actor + 1)))
    let process = Process(
      number: Int(processes), actor: actor, name: name, clock: clock,
      seqAtStart: witness.newest[feed.name]?.head.seq ?? 0)
    var store: any ObjectStore = witness
    if let bend = bent?.below { store = bend(store, process, self) }
    store = Line(store, process, self)
    if let bend = bent?.above { store = bend(store, process, self) }
    let context = try StageContext(
      folder: FeedFolder(store: store, feed: feed.name), clock: clock,
      randomness: SeededRandomness(seed: plan.seed &* 1_000_003 &+ processes), log: SilentLog(),
      terms: .init(lease: 60, grace: 60), renewals: renewals(of: process),
      interruption: process.interruption)
    note("\(name) of \(feed.name) begins", process)
    return (process, context)
  }

  private func renewals(of process: Process) -> Renewals {
    if plan.renewals == 0 { return .none }
    return .by { [unowned self] (interval, renew) in
      process.begin(renew, every: interval, at: time)
      holders.append(process)
      return { [unowned self] in
        process.endRenewals()
        holders.removeAll { $0 === process }
      }
    }
  }

  /// A process renews the lease that it holds, whatever else it is at.
  func renew(_ process: Process) {
    isRenewing = true
    defer { isRenewing = false }
    note("renews its lease", process)
    count("renewals")
    process.renew(at: time)
  }

  /// The store as it is, for whoever checks.
  func onlooker(_ feed: SimulatedFeed, listing: (any ObjectStore)? = nil) throws(Failure) -> StageContext {
    try StageContext(
      folder: FeedFolder(store: listing ?? memory, feed: feed.name), clock: ManualClock(time),
      randomness: SeededRandomness(seed: 1), log: SilentLog(), terms: .init(), renewals: .none)
  }

  /// Another store, with nothing in it.
  func elsewhere(_ feed: SimulatedFeed) throws(Failure) -> StageContext {
    // What may still be recorded here is not to lie in the future there.
    let other = MemoryStore(location: "elsewhere:", time: time.advanced(bySeconds: 1_000_000))
    return try StageContext(
      folder: FeedFolder(store: other, feed: feed.name), clock: ManualClock(time),
      randomness: SeededRandomness(seed: 2), log: SilentLog(), terms: .init(), renewals: .none)
  }

  /// The store's clock.
  var time: Instant {
    do { return try memory.now() } catch { preconditionFailure("\(error)") }
  }

  func fate(of operation: Operation, by process: Process) -> Fate {
    operations += 1
    mix(UInt64(process.number))
    for byte in operation.key.utf8 { mix(UInt64(byte)) }
    let fate = director.fate(of: operation, by: process, in: self)
    if isTraced, case .goesOn = fate { note(operation, process, nil) }
    return fate
  }

  /// Does a write in the name of a process, which may be dead by now.
  func landing<R>(by process: Process, _ work: () throws(StoreError) -> R) throws(StoreError) -> R {
    let before = landing
    landing = process
    defer { landing = before }
    return try work()
  }

  /// A process is told to end: it hands its lease back, and is gone.
  func terminate(_ process: Process) {
    let (before, left) = (director, process.operationsLeft)
    director = Calm()
    process.operationsLeft = nil
    defer { process.operationsLeft = left }
    _ = process.interruption.fire()
    director = before
  }

  func violates(_ invariant: Violation.Invariant, _ message: @autoclosure () -> String) {
    if violation != nil { return }
    let found = Violation(invariant, message())
    violation = found
    note("VIOLATION \(found)", nil)
  }

  func expect(_ holds: Bool, _ invariant: Violation.Invariant, _ message: @autoclosure () -> String) {
    if !holds { violates(invariant, message()) }
  }

  func count(_ what: String) { counts[what, default: 0] += 1 }

  func note(_ operation: Operation, _ process: Process, _ fault: String?) {
    if let fault { count(fault) }
    guard isTraced else { return }
    note("\(operation.name) \(operation.key)\(fault.map { "  <-- \($0)" } ?? "")", process)
  }

  func note(_ text: @autoclosure () -> String, _ process: Process?) {
    guard isTraced else { return }
    let seconds = time.seconds(since: Instant(seconds: 1_700_000_000))
    let who = process.map { "actor \($0.actor) process \($0.number) \($0.name)" } ?? "the world"
    schedule.append("\(seconds) s  \(who): \(text())")
  }

  func mix(_ value: UInt64) { digest = (digest ^ value) &* 1_099_511_628_211 }

  func verdict() -> Verdict {
    Verdict(
      violation: violation, schedule: schedule, operations: operations,
      entries: feeds.reduce(0) { $0 + (witness.newest[$1.name]?.head.seq ?? 0) }, counts: counts,
      digest: digest)
  }
}
