/// What is asked of a source that is a database.
extension Source {
  /// How a database is read.
  public enum Database: Hashable, Sendable {
    /// Keys and values of a Redis database.
    case redis(Redis)
    /// The rows of a query; with dates in braces.
    case sql(String)
  }

  /// Which keys of a Redis database are records, and what of them is.
  public struct Redis: Hashable, Sendable {
    /// What a key has to look like, in Redis' own glob; nil: any.
    public var match: String?
    /// What a value is.
    public var values = Values.text
    /// The column that a key's name goes to.
    public var keyColumn = "key"
    /// How many keys a step of `SCAN` looks at, about.
    public var count = 1000
    /// How many whole scans have to miss a key before it counts as gone.
    public var scans = 2

    /// Every key, with a string each.
    public init() {}

    /// What a value is.
    public enum Values: String, Hashable, Sendable, CaseIterable {
      /// A string that is text: the column `value`.
      case text
      /// A string of any bytes: hexadecimal digits in the column `value`.
      case hex
      /// A string that is a JSON document: an object's members are columns, anything else is the column `value`.
      case json
      /// A hash: its fields are columns.
      case hash
      /// What each key's type says: a string as `text`, a hash as `hash`.
      case auto
    }
  }
}

/// The database that a URL names, by its scheme.
package enum DatabaseKind: Sendable {
  case redis, postgresql, odbc

  /// Nil for the URL of anything else.
  package init?(url: String) {
    switch url.prefix(while: { $0 != ":" }).lowercased() {
    case "redis", "rediss": self = .redis
    case "postgresql", "postgres": self = .postgresql
    case "odbc": self = .odbc
    default: return nil
    }
    guard url.contains(":") else { return nil }
  }
}

/// What the URL of a Redis database says: `redis://host:port/database`, with `rediss` for TLS.
package struct RedisAddress: Hashable, Sendable {
  /// As it stands in a URL: an IPv6 address is in brackets.
  package var host: String
  package var port = 6379
  package var database = 0
  package var isSecure: Bool

  /// Nil if the URL is none, or says more than this.
  package init?(url: String) {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    isSecure = url[..<scheme.lowerBound].lowercased() == "rediss"
    let rest = url[scheme.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    var authority = rest[..<slash]
    let path = rest[slash...].dropFirst()
    if !path.isEmpty {
      guard let number = digits(path.utf8, atMost: 6) else { return nil }
      database = number
    }
    let end = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[end...].lastIndex(of: ":") {
      guard let number = digits(authority[authority.index(after: colon)...].utf8, atMost: 5),
        (1...65535).contains(number)
      else { return nil }
      port = number
      authority = authority[..<colon]
    }
    let isBracketed = authority.hasPrefix("[") && authority.hasSuffix("]")
    guard !authority.isEmpty, isBracketed || !authority.contains(where: { ":?#@[]".contains($0) }) else {
      return nil
    }
    host = String(authority)
  }
}
