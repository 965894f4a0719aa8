/// Why there is no answer, or not all of it.
public struct HTTPError: Error, Sendable, CustomStringConvertible {
  /// As coarse as a caller can act on.
  public enum Kind: Sendable, Equatable {
    /// Nobody answered: the name, the connection, TLS, or a time-out before the body began.
    case unreachable
    /// The body began and did not come whole: it broke off, stalled, or its compression is broken.
    case truncated
    /// There was an answer, and it was this status instead of a good one.
    case status(Int)
    /// The request cannot be made: a malformed URL, an unknown scheme, a header with a line break, no CA file.
    case badRequest
    /// What came cannot be understood: no HTTP, an encoding nobody asked for, a redirect that leads nowhere.
    case malformed
  }

  /// What a caller decides by.
  public var kind: Kind
  /// What happened, with the URL, whose secrets are masked, and what to do.
  public var message: String
  /// Whether the same request may fare better a little later.
  public var isTransient: Bool

  /// How many seconds the server asks to be left alone; nil if it does not.
  public var retryAfter: Double?
  /// Whether it refused whoever asked.
  public var refusesLogin = false
  /// Whether a proxy on the way refused whoever asked it.
  public var refusesProxy = false

  /// An error with a message that names the URL already, see ``masked(url:)``.
  public init(_ kind: Kind, _ message: String, isTransient: Bool = false) {
    self.kind = kind
    self.message = message
    self.isTransient = isTransient
  }

  /// The message alone.
  public var description: String { message }
}

extension HTTPError {
  /// What to do about 407, after a message.
  public static let proxyAdvice =
    ": the proxy wants other credentials; check user and password in http_proxy, https_proxy or all_proxy"
}
