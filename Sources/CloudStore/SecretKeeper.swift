package import Basics
import Synchronization

/// What requests are allowed with, mostly for a while: credentials, or a token. Printing one shows nothing of it.
package protocol LentSecret: Sendable, Equatable {
  /// Until when it is good; nil for ever.
  var end: Instant? { get }
}

/// Somewhere that secrets come from.
package protocol SecretSource<Secret>: Sendable {
  associatedtype Secret: LentSecret

  /// For messages: `the profile "work" of ~/.aws/credentials`.
  var name: String { get }
  /// Asks for a new one.
  /// - Throws: ``ServiceError/Kind/denied`` where settings have to be mended, ``ServiceError/Kind/unreachable``,
  ///   ``ServiceError/Kind/throttled`` or ``ServiceError/Kind/failed`` where it may go better later.
  func fetch(at now: Instant) throws(ServiceError) -> Secret
}

/// Keeps a secret, and renews it before it ends. For any number of threads: one asks, the others wait for it.
package final class SecretKeeper<Secret: LentSecret>: Sendable {
  private struct State {
    var secret: Secret?
    var notBefore: Instant?
  }

  private let source: any SecretSource<Secret>
  private let early: Double
  private let pause: Double
  private let refusesEnded: Bool
  private let log: any Log
  private let state = Mutex(State())

  /// - Parameters:
  ///   - early: so many seconds before its end a secret is renewed.
  ///   - pause: so many seconds after a renewal that failed it is tried again, while the secret is still good.
  ///   - refusesEnded: whether one that has ended already is an error, and not left to the service to judge.
  package init(
    _ source: any SecretSource<Secret>, early: Double, pause: Double, refusesEnded: Bool, log: any Log
  ) {
    self.refusesEnded = refusesEnded
    self.source = source
    self.early = early
    self.pause = pause
    self.log = log
  }

  /// Where they come from, for messages.
  package var name: String { source.name }

  /// A secret that is good for a while.
  /// - Parameter now: the time by the clock that ends are told by.
  package func current(at now: Instant) throws(ServiceError) -> Secret {
    try state.withLock { (state) throws(ServiceError) in
      guard let known = state.secret else { return try renew(&state, now) }
      guard let end = known.end, end.seconds(since: now) < early else { return known }
      if let notBefore = state.notBefore, now < notBefore, now < end { return known }
      do throws(ServiceError) {
        return try renew(&state, now)
      } catch {
        guard now < end else { throw error }
        state.notBefore = now.advanced(bySeconds: pause)
        log.warning("credentials could not be renewed yet and end at \(end): \(error.message)")
        return known
      }
    }
  }

  /// Forgets a secret that the service took for expired; what others have renewed meanwhile stays.
  package func forget(_ secret: Secret) {
    state.withLock { if $0.secret == secret { $0.secret = nil } }
  }

  private func renew(_ state: inout State, _ now: Instant) throws(ServiceError) -> Secret {
    let fresh = try source.fetch(at: now)
    if refusesEnded, let end = fresh.end, end <= now {
      throw ServiceError(
        .denied, "\(source.name) gave credentials that ended at \(end) already: renew them there")
    }
    state = State(secret: fresh)
    return fresh
  }
}
