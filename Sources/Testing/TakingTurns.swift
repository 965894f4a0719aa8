import Glibc

/// Lets one of several threads run at a time. Who runs hands over to whom it chooses, so any interleaving can be had, and
/// had again; and what the threads share needs no lock.
@safe public final class TakingTurns: @unchecked Sendable {
  private let turns: UnsafeMutablePointer<sem_t>
  private let count: Int
  /// Those that are not done yet, in order.
  public private(set) var live: [Int]

  /// For threads 0 to `count` - 1.
  public init(threads count: Int) {
    self.count = count
    live = Array(0..<count)
    unsafe turns = .allocate(capacity: count)
    for index in 0..<count { unsafe sem_init(turns + index, 0, 0) }
  }

  deinit {
    for index in 0..<count { unsafe sem_destroy(turns + index) }
    unsafe turns.deallocate()
  }

  /// Runs a body on each thread until all are done.
  /// - Parameter next: who goes on when a thread is done, of those that are left.
  public func run(
    next: @escaping @Sendable (_ live: [Int]) -> Int, _ body: @escaping @Sendable (Int) -> Void
  ) {
    unsafe sem_post(turns + next(live))
    onThreads(count) { [self] index in
      unsafe sem_wait(turns + index)
      body(index)
      live.removeAll { $0 == index }
      if !live.isEmpty { unsafe sem_post(turns + next(live)) }
    }
  }

  /// Hands over from the thread that runs to another one, and waits until it is handed back.
  public func pass(from thread: Int, to next: Int) {
    guard next != thread else { return }
    unsafe sem_post(turns + next)
    unsafe sem_wait(turns + thread)
  }
}
