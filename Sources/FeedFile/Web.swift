/// What is said to a web server, and what is expected of a dump.
extension Source {
  /// How a web server is asked.
  public struct Web: Hashable, Sendable {
    /// Parameters of the query by name, each given once for every value; with dates in braces.
    public var query: [String: [String]] = [:]
    /// What is sent; with it the method is `POST`.
    public var content: Content?
    /// Whether it is `POST` even if nothing is sent.
    public var isPost = false
    /// The zone that dates are of; nil: UTC.
    public var timeZone: String?
    /// Whom to trust, and what to show.
    public var tls: TLS?
    /// How the rest of a dump is asked for that comes in pages.
    public var pages: Pages?
    /// What is sent to get cookies first.
    public var login: Login?
    /// How often a download that broke off is gone on with.
    public var resumes = 3
    /// How many requests may be made in a time.
    public var rate: Rate?

    /// A plain `GET`.
    public init() {}

    /// What a request carries.
    public enum Content: Hashable, Sendable {
      /// Fields of a form by name, each given once for every value.
      case form([String: [String]])
      /// A text.
      case text(String)
    }
  }

  /// Files of TLS, as written: relative to the feed file's folder.
  public struct TLS: Hashable, Sendable {
    /// Authorities to trust instead of the system's.
    public var ca: String?
    /// The client's certificate.
    public var certificate: String?
    /// Its private key, if that is in a file of its own.
    public var key: String?
    /// What the key is encrypted with.
    public var password: Secret?

    /// Puts them together.
    public init(ca: String?, certificate: String?, key: String?, password: Secret?) {
      self.ca = ca
      self.certificate = certificate
      self.key = key
      self.password = password
    }
  }

  /// What a dump has to be like; else its run is refused.
  public struct Expect: Hashable, Sendable {
    /// Statuses of a good answer.
    public var status = [200]
    /// Media types of a good answer; empty: any.
    public var contentType: [String] = []
    /// What the dump begins with.
    public var beginsWith: String?
    /// What the dump ends with, line ends aside.
    public var endsWith: String?
    /// The least length, in bytes.
    public var minBytes = 0
    /// The greatest length, in bytes.
    public var maxBytes = 64 << 30

    /// Nothing but an answer of the right status, of no more than 64 GiB.
    public init() {}
  }

  /// Asking for a dump that comes in pages.
  public struct Pages: Hashable, Sendable {
    /// How the next page is found.
    public var by: By
    /// No more pages than so many.
    public var atMost: Int

    /// Puts them together.
    public init(by: By, atMost: Int) {
      self.by = by
      self.atMost = atMost
    }

    /// How the next page is found.
    public enum By: Hashable, Sendable {
      /// By the header `Link` with `rel="next"` (RFC 8288).
      case link
      /// By what stands at a path of the page's document: a parameter's value, or, without a parameter, a URL.
      case token(path: [String], parameter: String?)
      /// By the number of the page, until one has no records.
      case number(parameter: String, first: Int, size: Size?)
      /// By the number of records before it, until a page has none.
      case offset(parameter: String, first: Int, size: Size)
    }

    /// How many records a page has.
    public struct Size: Hashable, Sendable {
      /// So many.
      public var count: Int
      /// The parameter that asks for so many.
      public var parameter: String?

      /// Puts them together.
      public init(count: Int, parameter: String?) {
        self.count = count
        self.parameter = parameter
      }
    }
  }

  /// What is sent to get cookies.
  public struct Login: Hashable, Sendable {
    /// Where to.
    public var url: String
    /// Fields by name.
    public var form: [String: String]
    /// Fields that are secret.
    public var secrets: [String: Secret]

    /// Puts them together.
    public init(url: String, form: [String: String], secrets: [String: Secret]) {
      self.url = url
      self.form = form
      self.secrets = secrets
    }
  }

  /// So many requests in so many seconds.
  public struct Rate: Hashable, Sendable {
    /// How many.
    public var count: Int
    /// Seconds.
    public var seconds: Int

    /// Reads `2/s`, `30/m` or `1000/h`; nil for anything else.
    public init?(_ text: String) {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, let count = digits(parts[0].utf8, atMost: 6), count > 0,
        let unit = Self.units.first(where: { $0.name == parts[1] })
      else { return nil }
      self.count = count
      seconds = unit.seconds
    }

    /// As it is read.
    public var text: String { "\(count)/\(Self.units.first { $0.seconds == seconds }?.name ?? "s")" }

    private static let units: [(name: String, seconds: Int)] = [("s", 1), ("m", 60), ("h", 3600)]
  }

  /// OAuth 2 client credentials (RFC 6749, 4.4).
  public struct Client: Hashable, Sendable {
    /// Who gives tokens.
    public var tokenURL: String
    /// Who asks.
    public var id: String
    /// How they prove it.
    public var secret: Secret
    /// What for; nil: what the server thinks right.
    public var scope: String?
    /// Whom the token is for; some servers want to know.
    public var audience: String?
    /// Whether id and secret go into the form instead of a header.
    public var isInForm: Bool

    /// Puts them together.
    public init(
      tokenURL: String, id: String, secret: Secret, scope: String? = nil, audience: String? = nil,
      isInForm: Bool = false
    ) {
      self.tokenURL = tokenURL
      self.id = id
      self.secret = secret
      self.scope = scope
      self.audience = audience
      self.isInForm = isInForm
    }
  }
}
