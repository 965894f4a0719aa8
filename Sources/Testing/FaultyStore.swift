import Basics
public import ObjectStore
import Synchronization

/// A store in front of another on which a process dies, or an answer is lost, at an operation chosen by number.
///
/// To try every crash: run once with no fault, read ``operations``, then run for each number from 1 to it.
/// Counted are info, open, create, commit, delete, list and now; reads and writes of an open object are not, but
/// fail too once the process is dead.
public final class FaultyStore: StoreInFront {
  /// What happens at the chosen operation.
  public enum Fault: Sendable, CaseIterable {
    /// The process dies before it: it does not take place, and neither does any later one.
    case before
    /// The process dies after it: it takes place, its answer is lost, and no later one takes place.
    case after
    /// A commit or delete takes place, but its answer is lost (``StoreError/Kind/ambiguous``), once. Other
    /// operations are untouched.
    case ambiguous
    /// A commit or delete does not take place, and nobody can tell (``StoreError/Kind/ambiguous``), once.
    case ambiguousAndLost
  }

  /// What the message of every error begins with that this store makes up.
  public static let mark = InterceptedStore.mark

  /// The store behind, with the faults.
  public let base: any ObjectStore
  private let watch: Watch

  /// - Parameter target: the number of the operation, from 1; 0: none.
  public init(_ store: any ObjectStore, at target: Int = 0, _ fault: Fault = .before) {
    let watch = Watch(target: target, fault: fault)
    self.watch = watch
    base = InterceptedStore(store) { (operation) throws(StoreError) in try watch.meet(operation) }
  }

  /// How many operations were counted.
  public var operations: Int { watch.state.withLock { $0.log.count } }
  /// The operations in order, such as `commit feed/head.json`.
  public var log: [String] { watch.state.withLock { $0.log } }
  /// Whether the fault took place.
  public var fired: Bool { watch.state.withLock { $0.fired } }
  /// How many bytes were copied from object to object.
  public var copiedBytes: Int { watch.state.withLock { $0.copied } }
}

/// Counts operations, and knows what is to happen at one of them.
private final class Watch: Sendable {
  struct State {
    var log: [String] = []
    var dead: String?
    var fired = false
    var copied = 0
  }

  let state = Mutex(State())
  private let target: Int
  private let fault: FaultyStore.Fault

  init(target: Int, fault: FaultyStore.Fault) {
    self.target = target
    self.fault = fault
  }

  func meet(_ operation: StoreOperation) throws(StoreError) -> InterceptedStore.After? {
    try live(operation.key)
    if operation.isContinued {
      guard operation.name == .copy else { return nil }
      return { [self] (error) throws(StoreError) in
        if error == nil { state.withLock { $0.copied += operation.count } }
      }
    }
    let (fires, said) = state.withLock { state in
      state.log.append(operation.description)
      let fires = state.log.count == target && (operation.changes || fault == .before || fault == .after)
      let said = "\(FaultyStore.mark) at operation \(state.log.count) (\(operation))"
      if fires {
        state.fired = true
        if fault == .before || fault == .after { state.dead = said + ": the process is dead" }
      }
      return (fires, said)
    }
    guard fires else { return nil }
    let lost = StoreError(.ambiguous, key: operation.key, "\(said): the answer was lost")
    switch fault {
    case .before: try live(operation.key)
    case .after: return { [self] (_) throws(StoreError) in try live(operation.key) }
    case .ambiguous:
      // A write that was refused has an answer, and it is not lost: only a done deed is in doubt.
      return { (error) throws(StoreError) in if error == nil { throw lost } }
    case .ambiguousAndLost: throw lost
    }
    return nil
  }

  /// Throws if the process is dead.
  private func live(_ key: String) throws(StoreError) {
    if let dead = state.withLock({ $0.dead }) { throw StoreError(.unavailable, key: key, dead) }
  }
}
