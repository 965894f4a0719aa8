import Basics
import CloudStore
import Synchronization

/// What a request is allowed with for about an hour. Printing it shows nothing of it.
struct AccessToken: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  let value: String
  /// By this machine's clock: it is counted from when it came.
  let expiry: Instant

  var description: String { "AccessToken(***)" }
  var debugDescription: String { description }
  var customMirror: Mirror { Mirror(self, children: []) }
}

/// Somewhere that tokens come from.
protocol TokenSource: Sendable {
  /// For messages: `the service account x@y of key.json`.
  var name: String { get }
  /// Asks for a new one.
  /// - Throws: ``ServiceError/Kind/denied`` where settings have to be mended, ``ServiceError/Kind/unreachable``,
  ///   ``ServiceError/Kind/throttled`` or ``ServiceError/Kind/failed`` where it may go better later.
  func fetch(at now: Instant) throws(ServiceError) -> AccessToken
}

/// Keeps a token, and renews it before it ends. For any number of threads: one asks, the others wait for it.
final class TokenKeeper: Sendable {
  /// So many seconds before its end a token is renewed. Not more: metadata servers hand out the same token until
  /// a few minutes before its end.
  static let early = 200.0
  /// So many seconds after a renewal that failed it is tried again, while the token is still good.
  static let pause = 20.0

  private struct State {
    var token: AccessToken?
    var notBefore: Instant?
  }

  private let source: any TokenSource
  private let state = Mutex(State())

  init(_ source: any TokenSource) { self.source = source }

  /// Where they come from, for messages.
  var name: String { source.name }

  /// A token that is good for a while.
  func current(at now: Instant) throws(ServiceError) -> AccessToken {
    try state.withLock { (state) throws(ServiceError) in
      if let known = state.token {
        if known.expiry.seconds(since: now) >= Self.early { return known }
        if let notBefore = state.notBefore, now < notBefore, now < known.expiry { return known }
      }
      do throws(ServiceError) {
        let fresh = try source.fetch(at: now)
        state = State(token: fresh)
        return fresh
      } catch {
        guard let known = state.token, now < known.expiry else { throw error }
        state.notBefore = now.advanced(bySeconds: Self.pause)
        return known
      }
    }
  }

  /// Forgets a token that the service took for expired; what others have renewed meanwhile stays.
  func forget(_ token: AccessToken) {
    state.withLock { if $0.token == token { $0.token = nil } }
  }
}
