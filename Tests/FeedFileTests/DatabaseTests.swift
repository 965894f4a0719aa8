import Basics
import FeedFile
import Records
import Testing

/// What a feed file says of databases.
@Suite struct DatabaseTests {
  private func source(_ lines: String) throws -> Source { try feed("feed: a\nsource:\n  \(lines)").source }

  @Test func redisIsRead() throws {
    let plain = try source("url: redis://a.org")
    #expect(plain.database == .redis(Source.Redis()) && plain.format == .jsonLines && plain.auth == nil)
    let full = try source(
      """
      url: rediss://[::1]:7000/3
        auth: { password_file: p }
        tls: { ca: ca.pem }
        timeout: 1m
        redis: { match: "t:*", values: hash, key_column: id, count: 7, scans: 1 }
      """)
    var redis = Source.Redis()
    (redis.match, redis.values, redis.keyColumn, redis.count, redis.scans) = ("t:*", .hash, "id", 7, 1)
    #expect(full.database == .redis(redis) && full.auth == .basic(user: "", password: .file("p")))
    #expect(full.web.tls?.ca == "ca.pem" && full.timeout == .seconds(60))
  }

  @Test func sqlIsRead() throws {
    let source = try source(
      """
      url: postgresql://reader@a.org:5/b?sslmode=require
        time_zone: Europe/Berlin
        query: "SELECT '{today-1d}'"
      """)
    #expect(source.database == .sql("SELECT '{today-1d}'") && source.web.timeZone == "Europe/Berlin")
    #expect(source.format == .jsonLines)
  }

  @Test(arguments: [
    "url: redis://a.org", "url: redis://a.org/1\n  auth: { user: u, password_env: P }",
    "url: rediss://a.org\n  redis: { match: 'a\"*', values: json, key_column: id, count: 1, scans: 9 }\n  tls: { ca: c }",
    "url: postgres://a.org/b\n  query: \"SELECT '\\u00e9\\n{now}' AS \\\"x\\\"\"\n  time_zone: Europe/Berlin",
    "url: 'odbc:Driver={x y};Server=é'\n  query: SELECT 1\n  auth: { user: u, password_file: p }",
  ])
  func whatIsStoredComesBack(lines: String) throws {
    let feed = try feed("feed: a\nsource:\n  \(lines)")
    #expect(try Feed(canonicalJSON: feed.canonicalJSON()) == feed)
  }

  @Test(arguments: [
    ("url: redis://u:hidden@a.org", "source.url holds credentials"),
    ("url: redis://", "source.url is written redis://host:port/number"),
    ("url: redis://a.org/name", "source.url is written redis://"),
    ("url: redis://a.org:0", "source.url is written redis://"),
    ("url: redis://a.org?x=1", "source.url is written redis://"),
    ("url: redis:a.org", "source.url is written redis://"),
    ("url: redis://a.org\n  query: SELECT 1", "source.query is for databases that know SQL"),
    (
      "url: redis://a.org\n  redis: { values: list }",
      "source.redis.values cannot be \"list\": it is text, hex"
    ),
    ("url: redis://a.org\n  redis: { count: 0 }", "source.redis.count is from 1 to 100000"),
    ("url: redis://a.org\n  redis: { scans: 0 }", "source.redis.scans is from 1 to 10"),
    ("url: redis://a.org\n  redis: { matches: a }", "did you mean \"match\"?"),
    ("url: redis://a.org\n  auth: { user: u }", "source.auth of a database is"),
    ("url: redis://a.org\n  auth: { bearer_env: T }", "source.auth.bearer_env is for web servers"),
    ("url: redis://a.org\n  format: csv", "source.format of a database is jsonl"),
    ("url: redis://a.org\n  encoding: utf-16", "source.encoding is for web servers and files"),
    (
      "url: odbc:a\n  query: SELECT 1\n  compression: gzip", "source.compression is for web servers and files"
    ),
    ("url: redis://a.org\n  take: newest", "source.take is for web servers and files"),
    ("url: redis://a.org\n  pages: { by: link }", "source.pages is for web servers"),
    (
      "url: redis://a.org\n  expect: { status: 200 }",
      "source.expect.status is what a web server answers with"
    ),
    ("url: postgresql://a.org/b", "source needs a query"),
    ("url: postgresql:a", "source.url is written postgresql://"),
    ("url: postgresql://u:hidden@a.org/b\n  query: SELECT 1", "source.url holds a password"),
    ("url: postgresql://a.org/b?password=hidden\n  query: SELECT 1", "source.url holds a password"),
    ("url: postgresql://a.org/b?sslpassword=hidden\n  query: SELECT 1", "source.url holds a password"),
    ("url: postgresql://a.org/b\n  query: { a: b }", "source.query must be a single value, not a mapping"),
    ("url: postgresql://a.org/b\n  query: SELECT 1\n  redis: { match: a }", "source.redis is for redis://"),
    ("url: postgresql://a.org/b\n  query: SELECT 1\n  auth: { password_env: P }", "source.auth needs a user"),
    ("url: 'postgresql://a.org/b c'\n  query: SELECT 1", "source.url has a blank"),
    ("url: 'odbc:'\n  query: SELECT 1", "source.url is written odbc:NAME"),
    ("url: 'odbc:DSN=a;Pwd=hidden'\n  query: SELECT 1", "source.url holds a password"),
    ("url: 'odbc:a'\n  query: SELECT 1\n  tls: { ca: c }", "source.tls is what the ODBC driver decides"),
    ("url: https://a.org/b\n  redis: { match: a }", "source.redis is for redis://"),
    ("urls: [redis://a.org, redis://b.org]", "source.urls has the scheme \"redis\""),
  ])
  func aDatabaseLikeThisIsRefused(lines: String, says: String) {
    let failure = #expect(throws: Failure.self) { try source(lines) }
    #expect(
      failure?.kind == .settings && failure?.message.contains(says) == true, "\(failure?.message ?? "")")
    #expect(failure?.message.contains("hidden") == false, "it shows a secret: \(failure?.message ?? "")")
  }
}
