/// Why a service did not do what it was asked, in one request.
public struct ServiceError: Error, Sendable, CustomStringConvertible {
  /// What the one who asked should do.
  public enum Kind: String, Sendable {
    /// There is no such object. Final.
    case notFound
    /// The condition does not hold. Final, unless an earlier try of the same write may have landed.
    case preconditionFailed
    /// Another write to the same object is under way (S3's 409). Nothing was changed: try again soon.
    case conflict
    /// Too many requests, for this object or in all (429, S3's SlowDown). Nothing was changed: wait, try again.
    case throttled
    /// The service failed (5xx). A write may have landed all the same: wait, try again, read back.
    case failed
    /// Nobody answered, or the connection broke before the answer was whole. A write may have landed.
    case unreachable
    /// The request is wrong, such as a range outside the object. Final.
    case invalid
    /// Credentials, rights, bucket, region or clock: mend the settings. Final; the message says what to mend.
    case denied
    /// Credentials have expired: renew them and try again, once.
    case expired
    /// The service does not know the upload: completed, given up, or forgotten.
    case noSuchUpload
  }

  /// The kind that is acted on.
  public var kind: Kind
  /// What happened and what to do, for a person, with the service's own code in it. Never a secret.
  public var message: String
  /// For how many seconds the service wants to be left alone.
  public var retryAfter: Double?

  /// Puts the three together.
  public init(_ kind: Kind, _ message: String, retryAfter: Double? = nil) {
    self.kind = kind
    self.message = message
    self.retryAfter = retryAfter
  }

  /// The message alone.
  public var description: String { message }
}
