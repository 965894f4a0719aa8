package import Basics
import CloudStore

/// Somewhere that credentials come from.
typealias CredentialSource = SecretSource<S3Credentials>

typealias CredentialKeeper = SecretKeeper<S3Credentials>

extension S3Credentials: LentSecret {
  package var end: Instant? { expiry }
}

extension CredentialKeeper {
  convenience init(_ source: any CredentialSource, log: any Log) {
    // A request that was signed with them must still arrive.
    self.init(source, early: 300, pause: 30, refusesEnded: true, log: log)
  }
}

/// Credentials that stand somewhere and do not end.
struct FixedCredentials: CredentialSource {
  let name: String
  let credentials: S3Credentials

  func fetch(at now: Instant) -> S3Credentials { credentials }
}
