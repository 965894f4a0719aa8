import Basics
import Coordination
import StrandlineTesting

/// One call of a function: a process that lives from its first operation to its answer, or to its death.
final class Process: @unchecked Sendable {
  let number: Int
  let actor: Int
  let name: String
  var isDead = false
  /// How many more operations it gets done while it is being ended.
  var operationsLeft: Int?
  let interruption = Interruption()
  /// The machine's own clock, which may be wrong by hours.
  let clock: ManualClock
  /// The number of the newest entry when it began.
  let seqAtStart: Int
  /// Which dump the source gave it.
  var given: Int?
  /// By which settings it reads, if it reads any: the name of them.
  var settings: String?
  /// Whether it may not write.
  var onlyReads = false
  /// Whether it is gone, having answered or failed.
  var isOver = false
  /// What it is about to do an operation on.
  var at = ""
  /// Renews the lease that it holds; says whether that is to be done again.
  private(set) var renewal: (() -> Bool)?
  private var interval = 0.0
  private var renewed = Instant(seconds: 0)

  init(number: Int, actor: Int, name: String, clock: ManualClock, seqAtStart: Int) {
    self.number = number
    self.actor = actor
    self.name = name
    self.clock = clock
    self.seqAtStart = seqAtStart
  }

  /// It holds a lease now, which is to be renewed.
  func begin(_ renewal: @escaping () -> Bool, every interval: Double, at time: Instant) {
    (self.renewal, self.interval, renewed) = (renewal, interval, time)
  }

  func endRenewals() { renewal = nil }

  /// Whether a renewal is due. None is made while the process writes the lock itself: that waits for one another.
  func isToRenew(at time: Instant) -> Bool {
    renewal != nil && !isDead && !at.hasSuffix("/lock.json") && time.seconds(since: renewed) >= interval
  }

  /// Renews, as its thread would.
  func renew(at time: Instant) {
    let place = at
    renewed = time
    if let renewal, !renewal() { endRenewals() }
    at = place
  }
}
