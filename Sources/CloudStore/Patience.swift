import Basics
import ObjectStore

/// What waiting and trying again need: handed in, so that nothing waits in a test.
struct Patience: Sendable {
  let policy: RetryPolicy
  let clock: any Basics.Clock
  let randomness: any Randomness
  let deadline: @Sendable () -> Instant?
  let log: any Log

  /// From 0 to below 1.
  func random() -> Double {
    let bits = randomness.bytes(7).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Double(bits >> 3) / Double(UInt64(1) << 53)
  }

  /// Makes a request that changes nothing, or does no harm twice, until it is answered.
  func run<Answer>(
    _ what: String, _ key: String, _ request: () throws(ServiceError) -> Answer
  ) throws(StoreError) -> Answer {
    var attempts = Attempts(what, key, self)
    while true {
      do { return try request() } catch {
        guard attempts.again(after: error) else { throw attempts.failure(error) }
      }
    }
  }
}

/// The tries of one operation: whether there is another, and what is told if there is none.
struct Attempts {
  /// Whether a try was sent whose outcome nobody knows.
  private(set) var mayHaveLanded = false
  private let what: String
  private let key: String
  private let patience: Patience
  private let began: Instant
  private var made = 0
  private var failures = 0
  private var throttles = 0
  private var conflicts = 0
  private var renewed = false
  /// Why there is no further try, if the reason is none of the last answer's.
  private var stop = ""

  init(_ what: String, _ key: String, _ patience: Patience) {
    self.what = what
    self.key = key
    self.patience = patience
    began = patience.clock.now()
  }

  /// Takes note of a failed try, and waits.
  /// - Returns: whether to try again; if not, nothing was waited for.
  mutating func again(after error: ServiceError) -> Bool {
    made += 1
    guard var wait = wait(after: error) else { return false }
    if let wanted = error.retryAfter {
      if wanted > patience.policy.longestRetryAfter {
        stop = "; it wants to be left alone for \(Int(wanted.rounded(.up))) s"
        return false
      }
      wait = max(wait, wanted + patience.random() * patience.policy.failures.first)
    }
    if let deadline = patience.deadline(), patience.clock.now().advanced(bySeconds: wait) > deadline {
      stop = "; the time for it is over"
      return false
    }
    if made == 1 { patience.log.warning("\(what) \(key): \(error.message); trying again") }
    if wait > 0 { patience.clock.sleep(seconds: wait) }
    return true
  }

  /// - Returns: how many seconds to wait; nil if it is final.
  private mutating func wait(after error: ServiceError) -> Double? {
    let policy = patience.policy
    switch error.kind {
    case .failed, .unreachable:
      mayHaveLanded = true
      return next(&failures, policy.failures)
    case .throttled: return next(&throttles, policy.throttles)
    case .conflict: return next(&conflicts, policy.conflicts)
    case .expired:
      if renewed { return nil }
      renewed = true
      return 0
    case .notFound, .preconditionFailed, .invalid, .denied, .noSuchUpload: return nil
    }
  }

  private func next(_ count: inout Int, _ waits: RetryPolicy.Waits) -> Double? {
    count += 1
    return count < waits.tries ? waits.wait(count, random: patience.random()) : nil
  }

  /// The last answer as a caller of the store should act on it.
  func failure(_ error: ServiceError) -> StoreError {
    switch error.kind {
    case .notFound: StoreError(.notFound, key: key, error.message)
    case .preconditionFailed: StoreError(.preconditionFailed, key: key, error.message)
    case .invalid: StoreError(.invalid, key: key, error.message)
    case .denied, .expired: StoreError(.denied, key: key, error.message)
    case .conflict, .throttled, .failed, .unreachable, .noSuchUpload:
      StoreError(.unavailable, key: key, story(error))
    }
  }

  /// The outcome is not known, and reading back told nothing.
  func ambiguous(_ error: ServiceError, _ found: String) -> StoreError {
    StoreError(.ambiguous, key: key, "\(story(error)); it may have taken place all the same: \(found)")
  }

  private func story(_ error: ServiceError) -> String {
    let seconds = patience.clock.now().seconds(since: began)
    let span = seconds >= 1 ? " within \(Int(seconds)) s" : ""
    return made == 1
      ? "\(what) failed: \(error.message)\(stop)"
      : "\(what) was tried \(made) times\(span), the last answer: \(error.message)\(stop)"
  }
}
