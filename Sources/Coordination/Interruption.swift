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
  package func add(_ action: @escaping @Sendable () -> Void) -> Int {
    pending.withLock { pending in
      pending.next += 1
      pending.actions[pending.next] = action
      return pending.next
    }
  }

  package func remove(_ number: Int) { pending.withLock { _ = $0.actions.removeValue(forKey: number) } }

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

extension Lease {
  /// Does work under this lease. If the work fails, or the process is interrupted, `giveUp` hands the lease back,
  /// being told why; if that cannot be said either, the lease expires.
  /// - Parameters:
  ///   - renewing: whether to renew on a thread of its own meanwhile.
  ///   - onTrouble: is told why the lease could not be renewed or handed back.
  public func hold<R>(
    renewing: Bool, interruption: Interruption,
    giveUp: @escaping @Sendable (Lease, Failure) throws(Failure) -> Void,
    onTrouble: @escaping @Sendable (Failure) -> Void, _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    let handBack: @Sendable (Failure) -> Void = { [self] reason in
      do throws(Failure) { try giveUp(self, reason) } catch { onTrouble(error) }
    }
    let renewal = renewing ? renewInBackground(onLoss: onTrouble) : nil
    let number = interruption.add { handBack(Failure(.tryAgain, "the process was told to end")) }
    defer {
      renewal?.cancel()
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
