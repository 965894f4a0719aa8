import Basics
import CloudStore
import Synchronization

/// Somewhere that credentials come from.
protocol CredentialSource: Sendable {
  /// For messages: `the profile "work" of ~/.aws/credentials`.
  var name: String { get }
  /// Asks for them anew.
  /// - Throws: ``ServiceError/Kind/denied`` where settings have to be mended, ``ServiceError/Kind/unreachable`` or
  ///   ``ServiceError/Kind/failed`` where it may go better later.
  func fetch(at now: Instant) throws(ServiceError) -> S3Credentials
}

/// Keeps credentials, and renews them before they end. For any number of threads: one asks, the others wait for it.
final class CredentialKeeper: Sendable {
  /// So many seconds before their end they are renewed: a request that was signed with them must still arrive.
  static let early = 300.0
  /// So many seconds after a renewal that failed it is tried again, while they are still good.
  static let pause = 30.0

  private struct State {
    var credentials: S3Credentials?
    var notBefore: Instant?
  }

  private let source: any CredentialSource
  private let log: any Log
  private let state = Mutex(State())

  init(_ source: any CredentialSource, log: any Log) {
    self.source = source
    self.log = log
  }

  /// Where they come from, for messages.
  var name: String { source.name }

  /// Credentials that are good for a while, at this time of the service.
  func current(at now: Instant) throws(ServiceError) -> S3Credentials {
    try state.withLock { (state) throws(ServiceError) in
      guard let known = state.credentials else { return try renew(&state, now) }
      guard let expiry = known.expiry, expiry.seconds(since: now) < Self.early else { return known }
      if let notBefore = state.notBefore, now < notBefore, expiry > now { return known }
      do throws(ServiceError) {
        return try renew(&state, now)
      } catch {
        guard expiry > now else { throw error }
        state.notBefore = now.advanced(bySeconds: Self.pause)
        log.warning("credentials could not be renewed yet and end at \(expiry): \(error.message)")
        return known
      }
    }
  }

  /// Forgets credentials that a service took for expired; what others have renewed meanwhile stays.
  func forget(_ credentials: S3Credentials) {
    state.withLock { if $0.credentials == credentials { $0.credentials = nil } }
  }

  private func renew(_ state: inout State, _ now: Instant) throws(ServiceError) -> S3Credentials {
    let fresh = try source.fetch(at: now)
    if let expiry = fresh.expiry, expiry <= now {
      throw ServiceError(
        .denied, "\(source.name) gave credentials that ended at \(expiry) already: renew them there")
    }
    state.credentials = fresh
    state.notBefore = nil
    return fresh
  }
}

/// Credentials that stand somewhere and do not end.
struct FixedCredentials: CredentialSource {
  let name: String
  let credentials: S3Credentials

  func fetch(at now: Instant) -> S3Credentials { credentials }
}
