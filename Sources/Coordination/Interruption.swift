public import Basics
import Synchronization

/// What is to be done when something happens to this process from outside: leases are given back before it ends, so that
/// the next run need not wait for them to expire, and looked after once it goes on after it was stopped.
public final class Interruption: Sendable {
  struct Work {
    let handBack: @Sendable (Failure) -> Void
    let renew: @Sendable () throws(Failure) -> Void
  }

  private struct Pending {
    var next = 0
    var work: [Int: Work] = [:]
    var actions: [Int: @Sendable () -> Void] = [:]
    var onLoss: (@Sendable (Failure) -> Void)?
  }

  private let pending = Mutex(Pending())

  /// Nothing is to be done yet.
  public init() {}

  /// Adds work under a lease; returns a number by which it can be taken back.
  func add(_ work: Work) -> Int {
    add { $0.work[$1] = work }
  }

  /// Adds what is to be done beside when the process ends, such as to cancel what a server does for it; returns a number
  /// by which it can be taken back. It is no lease: nobody need be told of a loss, and nothing is renewed.
  package func add(_ action: @escaping @Sendable () -> Void) -> Int {
    add { $0.actions[$1] = action }
  }

  private func add(_ change: (inout Pending, Int) -> Void) -> Int {
    pending.withLock { pending in
      pending.next += 1
      change(&pending, pending.next)
      return pending.next
    }
  }

  package func remove(_ number: Int) {
    pending.withLock {
      $0.work[number] = nil
      $0.actions[number] = nil
    }
  }

  /// Hands back every lease that is held, once; says whether there was any.
  /// - Parameter reason: why the process ends, which the lock tells whoever asks.
  public func fire(because reason: Failure = Failure(.tryAgain, "told to end")) -> Bool {
    let work = pending.withLock { pending in
      defer { pending.work = [:] }
      return pending.work
    }
    for (_, work) in work.sorted(by: { $0.key < $1.key }) { work.handBack(reason) }
    return !work.isEmpty
  }

  /// Does what is to be done beside, once. It may take as long as a server likes that does not answer.
  package func callOff() {
    let actions = pending.withLock { pending in
      defer { pending.actions = [:] }
      return pending.actions
    }
    for (_, action) in actions.sorted(by: { $0.key < $1.key }) { action() }
  }

  /// Renews every lease that is held: to be called first of all when the process goes on after it was stopped, for
  /// others may have taken it for dead.
  /// - Throws: ``Failure/Kind/tryAgain`` if a lease is somebody else's by now: the process should end.
  public func resume() throws(Failure) {
    let work = pending.withLock { $0.work }
    for (_, work) in work.sorted(by: { $0.key < $1.key }) { try work.renew() }
  }

  /// Whom to tell that a lease was found to be somebody else's while there is still work under it.
  public func onLoss(_ action: @escaping @Sendable (Failure) -> Void) {
    pending.withLock { $0.onLoss = action }
  }

  /// Tells of a loss, unless the work is done.
  /// - Returns: whether somebody was told.
  func lost(_ number: Int, _ failure: Failure) -> Bool {
    let action = pending.withLock { $0.work[number] == nil ? nil : $0.onLoss }
    action?(failure)
    return action != nil
  }
}

/// By what a lease is renewed while work is done under it.
public enum Renewals: Sendable {
  /// By a thread of its own.
  case inBackground
  /// By nothing: it lasts as long as it does.
  case none
  /// By whoever is given what renews it once, to be called after so many seconds each time, while it says that there is a next
  /// time; what is returned is called when the work is done. For simulations, where nothing happens by itself.
  case by(@Sendable (_ interval: Double, _ renew: @escaping @Sendable () -> Bool) -> @Sendable () -> Void)

  fileprivate func begin(
    _ lease: Lease, onLoss: @escaping @Sendable (Failure) -> Void
  ) -> @Sendable () -> Void {
    switch self {
    case .inBackground:
      let task = lease.renewInBackground(onLoss: onLoss)
      return { task.cancel() }
    case .none: return {}
    case .by(let start): return start(lease.renewalInterval) { lease.renewOnce(onLoss: onLoss) }
    }
  }
}

extension Lease {
  /// Does work under this lease. If the work fails, or the process is interrupted, `giveUp` hands the lease back,
  /// being told why; if that cannot be said either, the lease expires.
  /// - Parameters:
  ///   - renewals: by what it is renewed meanwhile.
  ///   - onTrouble: is told why the lease could not be renewed or handed back.
  public func hold<R>(
    renewals: Renewals, interruption: Interruption,
    giveUp: @escaping @Sendable (Lease, Failure) throws(Failure) -> Void,
    onTrouble: @escaping @Sendable (Failure) -> Void, _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    let handBack: @Sendable (Failure) -> Void = { [self] reason in
      do throws(Failure) { try giveUp(self, reason) } catch { onTrouble(error) }
    }
    let onEnd: @Sendable (Failure) -> Void = { [self] reason in
      end()
      handBack(reason)
    }
    let number = interruption.add(
      .init(handBack: onEnd, renew: { [self] () throws(Failure) in try renew() }))
    let endRenewals = renewals.begin(self) { failure in
      if failure.kind == .tryAgain, interruption.lost(number, failure) { return }
      onTrouble(failure)
    }
    defer {
      endRenewals()
      interruption.remove(number)
    }
    do {
      return try body()
    } catch {
      handBack(error)
      throw error
    }
  }
}
