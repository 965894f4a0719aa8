/// Who asks. Printing it shows its kind, never the secret.
public enum HTTPCredentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// Nobody.
  case none
  /// Basic authentication (RFC 7617).
  case basic(user: String, password: String)
  /// A bearer token (RFC 6750).
  case bearer(String)
  /// NTLM, which authenticates a connection; a user of a domain is written `DOMAIN\user`.
  case ntlm(user: String, password: String)
  /// Negotiate (RFC 4559) with the Kerberos ticket of whoever runs this process.
  case negotiate

  /// The kind alone.
  public var description: String {
    switch self {
    case .none: "none"
    case .basic: "basic(***)"
    case .bearer: "bearer(***)"
    case .ntlm: "ntlm(***)"
    case .negotiate: "negotiate"
    }
  }

  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Whom a request trusts, and what it shows itself with in TLS. Printing it shows no secret.
public struct HTTPIdentity: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// A PEM file of the authorities to trust instead of the client's.
  public var caFile: String?
  /// The client's certificate: a PEM file, or PKCS#12 if its name ends in `.p12` or `.pfx`. Shown to the origin of the
  /// request only.
  public var certificate: String?
  /// The certificate's private key as a PEM file; nil if it is in the same file.
  public var key: String?
  /// What the private key is encrypted with.
  public var password: String?

  /// The client's authorities, and no certificate.
  public init() {}

  /// What may be used with another origin.
  func withoutSecrets() -> HTTPIdentity {
    var kept = HTTPIdentity()
    kept.caFile = caFile
    return kept
  }

  /// What is there, not what it is.
  public var description: String { certificate == nil ? "no certificate" : "a certificate" }

  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
