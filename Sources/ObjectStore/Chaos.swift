package import Basics
import Synchronization

/// What goes wrong between a process and its store, by a seed: nothing that a store or a machine does not do, too.
///
/// Counted are info, open, create, commit, delete, list and now; every fault is told with its seed, its own number and
/// that of its operation, so that it can be told from a real one, and had again.
package final class Chaos: Sendable {
  /// What may happen at an operation.
  package enum Fault: Hashable, Sendable {
    /// It takes so many milliseconds longer.
    case late(Int)
    /// It does not take place.
    case fails
    /// It takes place, and its answer is lost: of a change nobody knows; of an open object the first read breaks off.
    case unanswered
    /// A change does not take place, and nobody knows; anything else fails.
    case unansweredAndLost
    /// The process dies before it, or after it.
    case deathBefore, deathAfter
  }

  private struct State {
    var operations = 0
    var faults = 0
    /// Objects of which the next read breaks off, and why.
    var broken: [String: String] = [:]
  }

  private let seed: ChaosSeed
  private let process: String
  private let sleep: @Sendable (_ milliseconds: Int) -> Void
  private let die: @Sendable () throws(StoreError) -> Void
  private let say: @Sendable (String) -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - process: of which kind this process is: two kinds have other faults by the same seed.
  ///   - die: ends the process at once.
  ///   - say: is told each fault before it takes place.
  package init(
    _ seed: ChaosSeed, process: String, sleep: @escaping @Sendable (_ milliseconds: Int) -> Void,
    die: @escaping @Sendable () throws(StoreError) -> Void, say: @escaping @Sendable (String) -> Void
  ) {
    self.seed = seed
    self.process = process
    self.sleep = sleep
    self.die = die
    self.say = say
  }

  /// The same store, not quite as reliable.
  package func disturb(_ store: any ObjectStore) -> InterceptedStore {
    InterceptedStore(store) { [self] (operation) throws(StoreError) in try meet(operation) }
  }

  /// What happens at the operation of this number; nil: nothing.
  package func fault(at number: Int) -> Fault? {
    var draws = seed.draws(for: process, number)
    guard draws.below(100) < seed.strength else { return nil }
    switch draws.below(20) {
    case ..<5: return .late(10 + draws.below(490))
    case ..<8: return .fails
    case ..<13: return .unanswered
    case ..<16: return .unansweredAndLost
    case ..<18: return .deathBefore
    default: return .deathAfter
    }
  }

  private func meet(_ operation: StoreOperation) throws(StoreError) -> InterceptedStore.After? {
    if operation.isContinued {
      guard let said = state.withLock({ $0.broken.removeValue(forKey: operation.key) }) else { return nil }
      throw StoreError(.unavailable, key: operation.key, "\(said): the connection broke")
    }
    let number = state.withLock { state in
      state.operations += 1
      return state.operations
    }
    guard let fault = fault(at: number) else { return nil }
    let said = state.withLock { state in
      state.faults += 1
      return
        "\(InterceptedStore.mark) \(state.faults) of \(seed), at operation \(number) of \(process) (\(operation))"
    }
    switch fault {
    case .late(let milliseconds):
      say("\(said): it takes \(milliseconds) ms longer")
      sleep(milliseconds)
      return nil
    case .fails:
      say("\(said): it does not take place")
      throw StoreError(.unavailable, key: operation.key, "\(said): the store cannot be reached")
    case .unanswered, .unansweredAndLost:
      return try loseAnswer(of: operation, takesPlace: fault == .unanswered, said)
    case .deathBefore:
      say("\(said): the process dies before it")
      try die()
      return nil
    case .deathAfter:
      say("\(said): the process dies after it")
      return { [die] (_) throws(StoreError) in try die() }
    }
  }

  private func loseAnswer(
    of operation: StoreOperation, takesPlace: Bool, _ said: String
  ) throws(StoreError) -> InterceptedStore.After? {
    guard operation.changes else {
      if takesPlace, operation.name == .open {
        say("\(said): the connection breaks at the first read")
        state.withLock { $0.broken[operation.key] = said }
        return nil
      }
      say("\(said): its answer is lost")
      throw StoreError(.unavailable, key: operation.key, "\(said): the answer was lost")
    }
    let lost = StoreError(.ambiguous, key: operation.key, "\(said): the answer was lost")
    say("\(said): it \(takesPlace ? "takes place" : "does not take place"), and its answer is lost")
    if !takesPlace { throw lost }
    // A change that was refused has an answer, and it is not lost: only a done deed is in doubt.
    return { (error) throws(StoreError) in if error == nil { throw lost } }
  }
}
