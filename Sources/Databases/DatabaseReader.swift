public import Basics
public import FeedFile
public import HTTP

/// Records of a database as JSON Lines, one after the other. For one thread at a time.
public protocol DatabaseReader: AnyObject {
  /// What it is called in messages; secrets are masked.
  var name: String { get }
  /// Bytes that came from the database, as far as that is known; else bytes of lines.
  var receivedBytes: Int { get }
  /// Appends some lines.
  /// - Returns: false at the end: then the dump came whole.
  func read(into lines: inout ByteBuffer) throws(Failure) -> Bool
}

/// What a database is asked, and by whom. Printing it shows no secret.
public struct DatabaseRequest: Sendable {
  /// The database's URL, which is checked.
  public var url: String
  /// What is asked; dates are in it.
  public var database: Source.Database
  /// Who asks.
  public var credentials = HTTPCredentials.none
  /// Whom to trust, and what to show.
  public var identity = HTTPIdentity()
  /// Authorities, where ``identity`` names none.
  public var settings = HTTPSettings()
  /// What it may take.
  public var limits = HTTPLimits()
  /// Where temporary files go.
  public var scratch = "/tmp"
  /// How many bytes of names are kept in memory while they are sorted.
  public var memory = 16 << 20
  /// Adds what is to be done if the process is told to end, and gives back what takes that back.
  public var onInterruption: @Sendable (@escaping @Sendable () -> Void) -> @Sendable () -> Void = { _ in {} }

  /// Nobody asks, and everything may take as long as it does.
  public init(url: String, database: Source.Database) {
    self.url = url
    self.database = database
  }

  /// User and password, if there are any.
  var account: (user: String, password: String)? {
    if case .basic(let user, let password) = credentials { (user, password) } else { nil }
  }
}

/// Connects to a database; what it gives has not been asked for yet, so another try does no harm.
/// - Throws: `.unavailable` for what may be better in a while, `.settings` for what is not.
public func connect(
  _ request: DatabaseRequest, clock: any Basics.Clock
) throws(Failure) -> any DatabaseReader {
  switch (DatabaseKind(url: request.url), request.database) {
  case (.redis, .redis(let what)): return try RedisDump(request, what, clock)
  case (.postgresql, .sql(let query)): return try PostgresDump(request, query, clock)
  case (.odbc, .sql(let query)): return try ODBCDump(request, query, clock)
  default: throw Failure(.software, "\(masked(url: request.url)) is no database that can be asked this")
  }
}

extension Failure {
  init(database error: HTTPError) {
    self.init(error.kind == .badRequest ? .settings : .unavailable, error.message)
  }
}
