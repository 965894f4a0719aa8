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

  init(number: Int, actor: Int, name: String, clock: ManualClock, seqAtStart: Int) {
    self.number = number
    self.actor = actor
    self.name = name
    self.clock = clock
    self.seqAtStart = seqAtStart
  }
}
