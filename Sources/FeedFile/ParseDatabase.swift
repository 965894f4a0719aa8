import Basics
import Records

/// Whether a dump comes out of a database.
func databaseKind(_ location: Source.Location) -> DatabaseKind? {
  if case .url(let url) = location { DatabaseKind(url: url) } else { nil }
}

extension Source {
  /// Whether the dump is of Redis' keys, in which lines that are no objects say why a key has no record.
  public var explainsGaps: Bool { databaseKind(location) == .redis }
}

/// No message shows the URL: it may hold what should not be in a log.
func checkDatabase(_ url: String, _ kind: DatabaseKind, _ section: Section) throws(Failure) {
  let advice = "use auth: { user: …, password_env: NAME }, and the environment for the secret"
  switch kind {
  case .redis:
    guard !holdsCredentials(url) else { throw section.failure("url", "holds credentials: \(advice)") }
    guard RedisAddress(url: url) != nil else {
      throw section.failure(
        "url", "is written redis://host:port/number, or rediss:// for TLS; port and number may be left out")
    }
  case .postgresql:
    guard url.contains("://") else { throw section.failure("url", "is written postgresql://host:port/name") }
    let authority = url[(url.firstRange(of: "://")?.upperBound ?? url.endIndex)...].prefix {
      !"/?".contains($0)
    }
    guard !(authority.lastIndex(of: "@").map { authority[..<$0].contains(":") } ?? false) else {
      throw section.failure("url", "holds a password: \(advice)")
    }
    let query = url[(url.firstIndex(of: "?") ?? url.endIndex)...].dropFirst()
    for parameter in query.split(separator: "&") {
      let name = parameter.prefix { $0 != "=" }.lowercased()
      if name == "password" || name == "sslpassword" {
        throw section.failure(
          "url", "holds a password: use auth: { user: …, password_env: NAME }, or tls: { password_env: NAME }"
        )
      }
    }
  case .odbc:
    let text = url[(url.firstIndex(of: ":") ?? url.endIndex)...].dropFirst()
    guard !text.isEmpty, !text.hasPrefix("//") else {
      throw section.failure(
        "url", "is written odbc:NAME, a data source of odbc.ini, or \"odbc:Driver={…};Server=…;Database=…\"")
    }
    for part in text.split(separator: ";") {
      let name = part.prefix { $0 != "=" }.lowercased().filter { $0 != " " }
      if name == "pwd" || name == "password" {
        throw section.failure("url", "holds a password: \(advice)")
      }
    }
  }
  guard kind == .odbc || url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
    throw section.failure(
      "url", "has a blank or a character outside of ASCII in it: write it percent-encoded, such as %20")
  }
}

/// What is asked of a database.
func database(_ section: Section, _ kind: DatabaseKind) throws(Failure) -> Source.Database {
  for name in [
    "method", "form", "body", "pages", "login", "resume", "rate", "headers", "delimiter", "unwrap",
    "compression",
    "encoding", "skip", "header_starts_with", "footer", "footer_starts_with", "record", "take",
  ]
  where section.has(name) {
    throw section.failure(name, "is for web servers and files, and the source is a database")
  }
  if section.has("format"), try section.text("format") != "jsonl" {
    throw section.failure("format", "of a database is jsonl: leave it out")
  }
  switch kind {
  case .redis:
    for name in ["query", "time_zone"] where section.has(name) {
      throw section.failure(name, "is for databases that know SQL; say with redis: { match: … } what is read")
    }
    return .redis(try redis(section.section("redis")))
  case .postgresql, .odbc:
    if section.has("redis") { throw section.failure("redis", "is for redis:// and rediss://") }
    if kind == .odbc, section.has("tls") {
      throw section.failure("tls", "is what the ODBC driver decides: say it in the connection string")
    }
    guard section.has("query") else {
      throw Failure(
        .settings,
        "\(section.file):\(section.line): source needs a query: it says which rows are the dump, for example query: "
          + "\"SELECT id, name FROM cases ORDER BY id\"")
    }
    let text = try required(section.text("query"))
    try checkDates(text, section, "query")
    return .sql(text)
  }
}

private func redis(_ section: Section) throws(Failure) -> Source.Redis {
  var redis = Source.Redis()
  redis.match = try section.text("match")
  redis.values = try required(section.choice("values", Source.Redis.Values.self))
  redis.keyColumn = try required(section.text("key_column"))
  redis.count = try required(section.number("count"))
  guard (1...100_000).contains(redis.count) else { throw section.failure("count", "is from 1 to 100000") }
  redis.scans = try required(section.number("scans"))
  guard (1...10).contains(redis.scans) else { throw section.failure("scans", "is from 1 to 10") }
  return redis
}

/// Who asks a database: Redis' default user and PostgreSQL's certificates and local connections need no name here.
func databaseCredentials(_ section: Section, _ kind: DatabaseKind) throws(Failure) -> Source.Credentials {
  let foreign = Field.fields(of: section.path).map(\.name).filter {
    !["user", "password_env", "password_file"].contains($0)
  }
  for name in foreign where section.has(name) {
    throw section.failure(
      name, "is for web servers; a database is told a user and a password_env or password_file")
  }
  guard let password = try secret(section, "password") else {
    throw Failure(
      .settings,
      "\(section.file):\(section.line): source.auth of a database is { user: …, password_env: NAME }, or password_file"
    )
  }
  let user = try section.text("user")
  guard user != nil || kind == .redis else {
    throw Failure(.settings, "\(section.file):\(section.line): source.auth needs a user")
  }
  return .basic(user: user ?? "", password: password)
}

extension Source.Database {
  /// As the feed file says it, without what has no effect.
  var canonical: [String: JSONValue] {
    switch self {
    case .sql(let text): return ["query": .text(text)]
    case .redis(let redis):
      let standard = Source.Redis()
      var fields: [String: JSONValue] = ["values": .text(redis.values.rawValue)]
      if let match = redis.match { fields["match"] = .text(match) }
      if redis.keyColumn != standard.keyColumn { fields["key_column"] = .text(redis.keyColumn) }
      if redis.count != standard.count { fields["count"] = .number(redis.count) }
      if redis.scans != standard.scans { fields["scans"] = .number(redis.scans) }
      return ["redis": .object(fields)]
    }
  }
}
