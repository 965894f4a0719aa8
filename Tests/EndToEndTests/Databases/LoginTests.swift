import Glibc
import StrandlineTesting
import Testing

/// How often a database is shown a password, and where from; and a server that does not hear when it is told to stop.
@Suite struct LoginTests {
  /// Something between a function and a PostgreSQL server, which notes connections and swallows requests to cancel.
  private final class Proxy {
    let port: String
    private let bench: Bench
    private let child: ChildProcess

    init(before server: PostgresServer) throws {
      bench = server.bench
      child = try ChildProcess(
        "python3",
        [SharedData.package + "/Tests/Support/postgres_proxy.py", server.port, bench.path("connections")],
        directory: bench.folder.path, input: nil)
      port = try child.firstLine()
    }

    /// What each connection since the last time was for.
    func connections() throws -> [String] {
      defer { _ = try? bench.shell("rm -f connections") }
      return bench.exists("connections")
        ? try bench.text("connections").split(separator: "\n").map(String.init) : []
    }
  }

  private static let encrypted = [
    "-c", "ssl=on", "-c", "ssl_cert_file=../server.crt", "-c", "ssl_key_file=../server.key",
  ]
  private static let certificate = """
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
      -keyout server.key -out server.crt
    """
  private static let query = "query: SELECT 1 AS id"

  /// Left alone, libpq shows a password that was refused once more, without TLS: two of the tries after which an account
  /// is locked.
  @Test func aPasswordIsShownOnce() throws {
    let server = try PostgresServer(
      "", options: Self.encrypted, prepare: Self.certificate, environment: ["WRONG": "wr0ng"])
    let proxy = try Proxy(before: server)
    let source =
      "url: postgresql://localhost:\(proxy.port)/postgres\nauth: { user: owner, password_env: WRONG }\n"
    try describeDatabase(server.bench, source + Self.query, "key: [id]")
    try server.bench.tick().expect(78, says: "password authentication failed")
    #expect(try proxy.connections() == ["session"])
    // And then no more.
    try server.bench.tick().expect(0, says: "and is not asked with them again")
    #expect(try proxy.connections() == [])
    // That is why: what a person says themselves is left to libpq.
    let left = try server.bench.call(
      "fetch", ["--feed", "feed.yaml", "--try-again"], variables: ["PGSSLMODE": "prefer"])
    left.expect(78, says: "password authentication failed")
    #expect(try proxy.connections() == ["session", "session"])
  }

  /// A password of libpq's own file, or of a driver's, locks an account as others do; and mending it there is noticed.
  @Test(arguments: Way.allCases) func aPasswordOfTheClientsOwn(way: Way) throws {
    let server = try PostgresServer(
      "", environment: ["PGPASSFILE": "passwords", "ODBCINI": "odbc.ini"])
    let proxy = try Proxy(before: server)
    func set(_ password: String) throws {
      try server.bench.write("passwords", "localhost:\(proxy.port):*:owner:\(password)\n")
      try server.bench.write(
        "odbc.ini",
        "[cases]\nDriver=PostgreSQL Unicode\nServername=127.0.0.1\nPort=\(proxy.port)\nDatabase=postgres\n"
          + "Username=owner\nPassword=\(password)\nSSLmode=disable\n")
      _ = try server.bench.shell("chmod 600 passwords odbc.ini")
    }
    let url = way == .libpq ? "postgresql://owner@localhost:\(proxy.port)/postgres" : "odbc:cases"
    try describeDatabase(server.bench, "url: \(url)\n" + Self.query, "key: [id]")
    try set("wr0ng")
    let refused = try server.bench.tick()
    refused.expect(78, says: "password authentication failed")
    #expect(!"\(refused)".contains("wr0ng"), "\(refused)")
    #expect(try !proxy.connections().isEmpty)
    for _ in 0..<2 {
      let held = try server.bench.tick()
      held.expect(0, says: "and is not asked with them again")
      #expect(!"\(held)".contains("wr0ng"), "\(held)")
    }
    #expect(try proxy.connections() == [])
    try set("s3cret")
    let tick = try server.bench.tick()
    #expect(tick.status == 0, "\(tick)")
    #expect(try server.bench.query("--as-of", "now", "--format", "csv") == "id\n1\n")
    let found = try server.bench.shell("grep -rlE 'wr0ng|s3cret' store")
    #expect(!tick.everything.contains("s3cret") && found.output.isEmpty, "\(tick)\n\(found)")
  }

  /// Whoever is told to end does so, whether or not the server hears that its query is to be cancelled.
  @Test(arguments: Way.allCases) func aCancelThatHangs(way: Way) throws {
    let server = try PostgresServer("")
    let proxy = try Proxy(before: server)
    let source = server.source(way).replacing(server.port, with: proxy.port)
    try describeDatabase(
      server.bench, source + "query: SELECT 1 AS id, pg_sleep(600)::text AS slept", "key: [id]")
    let fetch = try server.bench.start("fetch", ["--feed", server.bench.feed])
    try waitUntil { try server.tell(PostgresServer.sleepers) != "0\n" }
    _ = try proxy.connections()
    fetch.send(SIGTERM)
    let ended = try fetch.wait()
    #expect(ended.status == 75, "\(ended.errorText)")
    #expect(try proxy.connections() == ["cancel"], "it was not told to cancel")
    #expect(try server.bench.shell("cat store/*/lock.json").output.contains(#""state":"released""#))
  }
}
