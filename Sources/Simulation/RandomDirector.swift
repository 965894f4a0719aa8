import ObjectStore
import StrandlineTesting

/// Lets happen what a plan allows, as its seed says.
final class RandomDirector: Director, @unchecked Sendable {
  private static let hot = ["/head.json", "/pointer.json"]
  var random: SplitMix64
  private let plan: Plan
  private let turns: TakingTurns
  private var operations = 0
  /// Up to which operation an actor is not to go on, if others can.
  private var asleep: [Int: Int] = [:]

  init(_ plan: Plan, _ random: SplitMix64, _ turns: TakingTurns) {
    self.plan = plan
    self.random = random
    self.turns = turns
  }

  func fate(of operation: Operation, by process: Process, in world: World) -> Fate {
    if world.isRenewing { return trouble(operation, process, isHot: true) }
    if random.oneIn(3) { world.memory.advance(bySeconds: Double(random.below(3000)) / 1000) }
    if plan.jump > 0, random.oneIn(plan.jump) {
      let seconds = [20.0, 61, 70, 200, 4000, 90_000][random.below(6)]
      world.memory.advance(bySeconds: seconds)
      world.note("\(seconds) s pass", nil)
    }
    if random.oneIn(plan.sourceMoves) {
      let feed = random.pick(world.feeds)
      feed.source.move(&random)
      world.note("the source of \(feed.name) moves on to dump \(feed.source.current)", nil)
    }
    if !world.late.isEmpty, random.oneIn(plan.landing) {
      world.note("a late write lands", nil)
      world.late.remove(at: random.below(world.late.count))()
    }
    operations += 1
    // Where one object decides, more happens.
    let isHot = operation.changes && Self.hot.contains { operation.key.hasSuffix($0) }
    // Who only looks around may find that much went on since.
    let isNear = isHot || process.onlyReads
    if plan.sleeps > 0, operation.changes || process.onlyReads,
      random.oneIn(isNear ? max(2, plan.sleeps / 6) : plan.sleeps)
    {
      // A process that sleeps for longer than its lease, while others go on.
      asleep[process.actor] = operations + 10 + random.below(random.oneIn(2) ? 60 : 300)
      world.memory.advance(bySeconds: [61, 200][random.below(2)])
      world.note("falls asleep", process)
      turns.pass(from: process.actor, to: next(of: turns.live))
    } else if random.oneIn(plan.switching), turns.live.count > 1 {
      turns.pass(from: process.actor, to: next(of: turns.live))
    }
    if plan.renewals > 0 { renew(in: world) }
    return trouble(operation, process, isHot: isHot)
  }

  /// Those that are awake renew their leases, if it is time.
  private func renew(in world: World) {
    for process in world.holders where process.isToRenew(at: world.time) {
      if asleep[process.actor] ?? 0 <= operations, random.oneIn(plan.renewals) { world.renew(process) }
    }
  }

  private func trouble(_ operation: Operation, _ process: Process, isHot: Bool) -> Fate {
    for (fault, oneIn) in plan.faults where oneIn > 0 && random.oneIn(isHot ? oneIn / 4 : oneIn) {
      if !operation.changes, fault != .diesBefore, fault != .unavailable, fault != .terminated { continue }
      // Who is told to end waits until a write of the lock that is under way is done.
      if fault == .terminated, operation.key.hasSuffix("/lock.json") { continue }
      if fault == .terminated { process.operationsLeft = random.below(4) }
      return .has(fault)
    }
    return .goesOn
  }

  /// Who goes on.
  func next(of live: [Int]) -> Int {
    let awake = live.filter { asleep[$0] ?? 0 <= operations }
    return random.pick(awake.isEmpty ? live : awake)
  }
}
