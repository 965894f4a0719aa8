/// A request; what it does not say is said by the client's ``HTTPSettings``.
public struct HTTPRequest: Sendable {
  /// Any method; `HEAD` expects no body.
  public var method: String
  /// `http://` or `https://`; a user and password in it are used as ``HTTPCredentials/basic(user:password:)``.
  public var url: String
  /// Sent as they are, in this order; they win over what would be sent anyway. Never put into messages.
  ///
  /// After a redirect to another origin only those are sent that carry no secret (`Accept`, `If-None-Match`, …).
  public var headers: HTTPHeaders
  /// Sent to the origin of ``url`` only.
  public var credentials: HTTPCredentials
  /// Nil for no body, which is not the same as an empty one.
  public var body: [UInt8]?
  /// What the answer may take; nil for the client's.
  public var limits: HTTPLimits?
  /// Whether `Content-Encoding` is undone. If not, the body is read as it came, and only uncompressed bodies
  /// are asked for.
  public var undoesEncoding = true
  /// Whether it is sent at most once. If not, libcurl sends it again, unasked, where a connection that was kept open
  /// closes without an answer: a write would then be carried out twice, and the second answer taken for the first.
  public var isSentOnce = false
  /// Whether an answer that sends the asker on (301, 302, 303) is followed although this is a `POST`: with a `GET`, as
  /// browsers do after a form.
  public var followsForm = false
  /// Whom to trust, and what to show oneself with in TLS.
  public var identity = HTTPIdentity()
  /// Cookies that are sent, and taken from the answers.
  public var cookies: HTTPCookies?
  /// Whether a proxy of the environment may stand between. Not for what answers on this machine or link only.
  public var mayUseProxy = true

  /// A request; a `GET` unless said otherwise.
  public init(
    _ url: String, method: String = "GET", headers: HTTPHeaders = HTTPHeaders(),
    credentials: HTTPCredentials = .none, body: [UInt8]? = nil, limits: HTTPLimits? = nil
  ) {
    self.url = url
    self.method = method
    self.headers = headers
    self.credentials = credentials
    self.body = body
    self.limits = limits
  }
}

/// What an answer may take before it is given up. All times in seconds.
public struct HTTPLimits: Sendable, Equatable {
  /// For name look-up, TCP and TLS.
  public var connect = 30.0
  /// From sending the request to the first byte of the body: reporting servers think for minutes.
  public var answer = 600.0
  /// For the whole of it, the reader's own slowness included; 0 for no limit.
  public var total = 0.0
  /// Under so many bytes a second over the wire, …
  public var slowBytesPerSecond = 100.0
  /// … for so many seconds of waiting, it is given up. A slow reader does not count against the server.
  public var slow = 60.0
  /// Redirects that are followed; with 0 a redirect is an answer as any other.
  public var redirects = 10

  /// The defaults.
  public init() {}
}

/// What a client sends and trusts.
public struct HTTPSettings: Sendable, Equatable {
  /// Sent as `User-Agent`.
  public var userAgent = "strandline/0.1"
  /// A PEM file of the authorities to trust instead of the system's; see ``caFile(in:)``.
  public var caFile: String?
  /// Limits of requests that bring none.
  public var limits = HTTPLimits()

  /// Settings that trust the authorities in `caFile`, or the system's if it is nil.
  public init(caFile: String? = nil) { self.caFile = caFile }

  /// The file that the environment names: `CURL_CA_BUNDLE`, which curl reads, else `SSL_CERT_FILE`, OpenSSL's.
  public static func caFile(in environment: [String: String]) -> String? {
    for name in ["CURL_CA_BUNDLE", "SSL_CERT_FILE"] {
      if let path = environment[name], !path.isEmpty { return path }
    }
    return nil
  }
}
