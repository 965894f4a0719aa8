public import Basics
import Synchronization

/// What is to be done before this process ends because it was told to: give leases back, so that the next run need
/// not wait for them to expire.
public final class Interruption: Sendable {
  private struct Pending {
    var next = 0
    var actions: [Int: @Sendable () -> Void] = [:]
  }

  private let pending = Mutex(Pending())

  /// Nothing is to be done yet.
  public init() {}

  /// Adds an action; returns a number by which it can be taken back.
  func add(_ action: @escaping @Sendable () -> Void) -> Int {
    pending.withLock { pending in
      pending.next += 1
      pending.actions[pending.next] = action
      return pending.next
    }
  }

  func remove(_ number: Int) { pending.withLock { _ = $0.actions.removeValue(forKey: number) } }

  /// Does everything that is pending, once; says whether there was anything.
  public func fire() -> Bool {
    let actions = pending.withLock { pending in
      defer { pending.actions = [:] }
      return pending.actions
    }
    for (_, action) in actions.sorted(by: { $0.key < $1.key }) { action() }
    return !actions.isEmpty
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
    let endRenewals = renewals.begin(self, onLoss: onTrouble)
    let number = interruption.add { handBack(Failure(.tryAgain, "the process was told to end")) }
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
