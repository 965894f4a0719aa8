public import Basics
public import FeedFile
public import HTTP
public import Records

/// Where a dump is, and how to ask for it.
public struct SourceRequest: Sendable {
  /// Where it is.
  public var location: SourceLocation
  /// Sent to a web server as they are; never shown.
  public var headers = HTTPHeaders()
  /// Who asks a web server.
  public var credentials = HTTPCredentials.none
  /// The entity tag of the dump that is known already: the same again is ``Opened/unchanged(etag:lastModified:)``.
  public var etag: String?
  /// The `Last-Modified` of the dump that is known already, as it was sent.
  public var lastModified: String?
  /// What a web server's answer may take.
  public var limits = HTTPLimits()
  /// What else is said to a web server, but for secrets, which are in what follows.
  public var web: Source.Web?
  /// Further URLs, whose answers belong to the same dump.
  public var more: [String] = []
  /// How dumps that come in several answers are put together.
  public var format = Format.jsonLines
  /// Whom to trust in TLS, and what to show.
  public var identity = HTTPIdentity()
  /// Fields of the form that is sent first, if the feed has a login.
  public var login: [String: String] = [:]
  /// Who asks for a token first.
  public var client: TokenClient?
  /// What is done with what comes before it is the dump.
  public var conversion = Source.Conversion()
  /// How much of that is done.
  public var depth = Depth.dump
  /// What is taken of what the location matches; nil: it is a name, not a pattern.
  public var take: Source.Take?
  /// What a database is asked; not for anything else.
  public var database: Source.Database?
  /// Where temporary files go, of sources that need any.
  public var scratch = "/tmp"
  /// Adds what is to be done if the process is told to end, and gives back what takes that back.
  public var onInterruption: @Sendable (@escaping @Sendable () -> Void) -> @Sendable () -> Void = { _ in {} }
  /// All secrets that the source is told, each in its place: once it refuses them, they are not tried again before one of them
  /// is another. Whoever adds a kind of credentials adds them here.
  public var secrets = Secrets()
  /// What proxies on the way are told, which comes from the environment: remembered apart, for it is another account.
  public var proxySecrets = Secrets()
  /// Asked before each request to a server: throws if the source must not be read any more.
  public var mayAsk: @Sendable () throws(Failure) -> Void = {}
  /// What the dump has to be like; nil: anything is taken.
  public var expect: Source.Expect?
  /// The moment that dates follow from; nil: now.
  public var time: Instant?
  /// The zone of dates.
  public var zone = ZoneRules.utc

  /// Asks for what is there.
  public init(_ location: SourceLocation) { self.location = location }

  /// How far what comes of a source is taken on its way to a dump.
  public enum Depth: Sendable {
    /// As the source gives it, compression included.
    case asItComes
    /// Only compression is undone.
    case unpacked
    /// All the way.
    case dump
  }

  /// Whether it says who asks.
  var showsCredentials: Bool {
    !secrets.isEmpty || credentials != .none || client != nil || !login.isEmpty || identity.certificate != nil
  }
}

/// Secrets, in order. Printing them does not show them.
public struct Secrets: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Each with its length before it, so that no two lists of them are the same bytes.
  public private(set) var bytes: [UInt8] = []

  /// None.
  public init() {}

  /// Adds one.
  public mutating func append(_ secret: [UInt8]) { bytes += Array("\(secret.count):".utf8) + secret }

  /// Adds one.
  public mutating func append(_ secret: String) { append(Array(secret.utf8)) }

  /// Whether there are any.
  public var isEmpty: Bool { bytes.isEmpty }

  /// Whether there are any, not what they are.
  public var description: String { isEmpty ? "no secrets" : "secrets" }

  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A client of OAuth 2, with its secret. Printing it does not show that.
public struct TokenClient: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
  let settings: Source.Client
  let secret: String

  /// Puts the two together.
  public init(_ settings: Source.Client, secret: String) {
    self.settings = settings
    self.secret = secret
  }

  /// Its name alone.
  public var description: String { "the client \(settings.id)" }

  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A place where a dump can be.
public enum SourceLocation: Sendable, Equatable {
  /// A file, a named pipe or another thing that can be read once from front to back.
  case file(String)
  /// What is piped into this process.
  case standardInput
  /// An `http://` or `https://` URL.
  case http(String)
  /// An object of a cloud store: `s3://bucket/key` or `gs://bucket/key`.
  case object(String)
  /// A database, by its URL.
  case database(String)
}

extension SourceLocation {
  /// Reads what a person writes: a path, `-` for standard input, or a URL of a known scheme.
  public init(_ text: String) throws(Failure) {
    if DatabaseKind(url: text) == .odbc {
      self = .database(text)
      return
    }
    guard let separator = text.firstRange(of: "://"),
      text[..<separator.lowerBound].allSatisfy({
        $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0))
      }),
      text.first?.isLetter == true
    else {
      if text.isEmpty { throw Failure(.settings, "the source is empty: give a file, - or a URL") }
      self = text == "-" ? .standardInput : .file(text)
      return
    }
    switch text[..<separator.lowerBound].lowercased() {
    case "http", "https": self = .http(text)
    case "s3", "gs": self = .object(text)
    case "redis", "rediss", "postgresql", "postgres": self = .database(text)
    case "file": self = .file(try Self.path(of: text, after: separator.upperBound))
    case let scheme:
      throw Failure(
        .settings,
        "the source \(masked(url: text)) cannot be read: \(scheme):// is not known; known are https://, http://, "
          + "s3://, gs://, redis://, postgresql://, odbc:, file://, a path, and - for standard input")
    }
  }

  /// The path of a `file` URL (RFC 8089).
  private static func path(of url: String, after scheme: String.Index) throws(Failure) -> String {
    let rest = url[scheme...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    guard ["", "localhost"].contains(rest[..<slash].lowercased()), slash != rest.endIndex else {
      throw Failure(
        .settings,
        "the source \(masked(url: url)) names no file of this machine: write file:///path with three slashes")
    }
    var bytes: [UInt8] = []
    var left = rest[slash...].utf8
    while let byte = left.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let decoded = UInt8(Substring(left.prefix(2)), radix: 16), left.count >= 2, decoded != 0 else {
        throw Failure(
          .settings,
          "the source \(masked(url: url)) has a % without two hexadecimal digits; a % itself is written %25")
      }
      bytes.append(decoded)
      left = left.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
