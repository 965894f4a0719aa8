import Basics
import Synchronization
import Testing

/// Replays and the oracle's answers, made once however many tests ask for them, and gone with the last test.
final class Replays: Sendable {
  @TaskLocal private static var current: Replays?

  private struct Kind: Hashable {
    let feed: RealFeed
    let rule: RealFeed.ColumnRule
  }

  private let replays = Mutex<[Kind: Task<Replay, any Error>]>([:])
  private let oracles = Mutex<[RealFeed: Task<Oracle, any Error>]>([:])

  static func replay(_ feed: RealFeed, _ rule: RealFeed.ColumnRule = .all) async throws -> Replay {
    let current = try #require(current)
    let task = current.replays.withLock { known in
      let kind = Kind(feed: feed, rule: rule)
      let task = known[kind] ?? Task { try await onOwnThread { try Replay(feed, rule) } }
      known[kind] = task
      return task
    }
    return try await task.value
  }

  static func oracle(_ feed: RealFeed) async throws -> Oracle {
    let current = try #require(current)
    let task = current.oracles.withLock { known in
      let task = known[feed] ?? Task { try await onOwnThread { try Oracle(feed) } }
      known[feed] = task
      return task
    }
    return try await task.value
  }

  /// A replay and what the oracle says, made side by side.
  static func both(_ feed: RealFeed) async throws -> (Replay, Oracle) {
    async let replay = replay(feed)
    async let oracle = oracle(feed)
    return (try await replay, try await oracle)
  }

  /// Shares replays among the tests of a suite and of the suites in it.
  struct Sharing: SuiteTrait, TestScoping {
    func provideScope(
      for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
      try await Replays.$current.withValue(Replays()) { try await function() }
    }
  }
}

extension Trait where Self == Replays.Sharing {
  static var sharingReplays: Self { Self() }
}

/// Runs what blocks on a thread of its own: Swift's few threads are for what does not.
///
/// Expect nothing in `body`: there it would not be known of which test.
func onOwnThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { continuation in
    guard let thread = Thread({ continuation.resume(with: Result(catching: body)) }) else {
      preconditionFailure("no thread could be started")
    }
    thread.detach()
  }
}
