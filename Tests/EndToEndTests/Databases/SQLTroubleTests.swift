import Glibc
import StrandlineTesting
import Testing

/// What goes wrong with a query: what is said, and that nothing is recorded or written.
@Suite struct SQLTroubleTests {
  @Test(arguments: Way.allCases) func aQueryThatIsRefused(way: Way) throws {
    let server = try PostgresServer(
      """
      CREATE TABLE cases (id int, name text); INSERT INTO cases VALUES (1, 'a');
      CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO cases VALUES (9, ''x'') RETURNING id';
      CREATE ROLE reader LOGIN PASSWORD 'r3ader';
      """, environment: ["WRONG": "wr0ng", "READER": "r3ader"])
    func expect(
      _ code: Int32, _ query: String, _ text: String, at location: SourceLocation = #_sourceLocation
    ) throws {
      try server.describe(way, query)
      let tick = try server.bench.tick(["--try-again"])
      tick.expect(code, says: text, at: location)
      #expect(tick.results.count == 1, sourceLocation: location)
      #expect(try server.bench.head() == "none", sourceLocation: location)
      #expect(try server.tell("SELECT count(*) FROM cases") == "1\n", sourceLocation: location)
    }
    let isLooked = way == .odbc
    try expect(
      78, "INSERT INTO cases VALUES (2, 'b') RETURNING id",
      isLooked ? "source.query begins with INSERT" : "a source is only read")
    try expect(78, "SELECT writes() AS id", "a source is only read")
    try expect(
      78, "DELETE FROM cases", isLooked ? "source.query begins with DELETE" : "a source is only read")
    try expect(
      78, "SELECT id FROM cases; COMMIT; DELETE FROM cases; SELECT id FROM cases",
      isLooked ? "something behind a semicolon" : "42601")
    try expect(78, "COMMIT; DELETE FROM cases", isLooked ? "source.query begins with COMMIT" : "42601")
    try expect(
      78, "WITH w AS (INSERT INTO cases VALUES (3, 'c') RETURNING id) SELECT * FROM w",
      way == .libpq ? "a source is only read" : "source.query says INSERT")
    try expect(78, "SELECT id, name AS id FROM cases", "columns 1 and 2 of the query are both called id")
    try expect(78, "SELECT id, 1 + 1 FROM cases", "column 2 of the query has no name: give it one with AS")
    try expect(78, "SELEC id FROM cases", isLooked ? "source.query begins with SELEC" : "42601")
    try expect(78, "SELECT id FROM nothing", "42P01")
    try expect(
      78, "SET search_path = public",
      isLooked ? "source.query begins with SET" : "the query gives no columns")
    if way == .libpq { try expect(78, "COPY cases TO STDOUT", "is a COPY") }

    let query = "query: SELECT id, name FROM cases"
    for (source, text) in [
      (server.source(way, password: "WRONG"), "password authentication failed"),
      (server.source(way, database: "none"), "does not exist"),
      (server.source(way, user: "reader", password: "READER"), "42501"),
    ] {
      try describeDatabase(server.bench, source + query, "key: [id]")
      let tick = try server.bench.tick(["--try-again"])
      tick.expect(78, says: text)
      #expect(
        !tick.errors.contains("wr0ng") && !tick.errors.contains("s3cret") && !tick.errors.contains("r3ader"))
    }
    #expect(try server.bench.head() == "none")
    // All of this is about the query: a good one is taken.
    try server.describe(way, "SELECT id, name FROM cases")
    try server.bench.run("--try-again")
  }

  /// Half a result is none.
  @Test(arguments: Way.allCases) func aServerThatBreaksOff(way: Way) throws {
    let server = try PostgresServer("CREATE TABLE cases (id int); INSERT INTO cases VALUES (1)")
    try server.describe(way, "SELECT id FROM cases")
    try server.bench.run("--try-again")
    let head = try server.bench.head()
    try server.describe(
      way,
      "SELECT g AS id, CASE WHEN g = 30000 THEN pg_terminate_backend(pg_backend_pid()) END AS gone FROM generate_series(1, 60000) g"
    )
    let tick = try server.bench.tick(["--try-again"])
    tick.expect(69)
    #expect(tick.results.count == 1)
    #expect(try server.bench.head() == head)
  }

  @Test(arguments: Way.allCases) func aQueryThatTakesTooLong(way: Way) throws {
    let server = try PostgresServer("")
    try server.describe(way, "SELECT 1 AS id, pg_sleep(600)::text AS slept", "timeout: 2s")
    try server.bench.tick(["--try-again"]).expect(69, says: "57014", "source.timeout")
    try expectNothingRuns(server)
  }

  /// A server that stands still, as after its network was cut, can neither end the query nor say so.
  @Test(arguments: Way.allCases) func aServerThatFallsSilent(way: Way) throws {
    let server = try PostgresServer("")
    try server.describe(way, "SELECT 1 AS id, pg_sleep(600)::text AS slept", "timeout: 3s")
    let fetch = try server.bench.start("fetch", ["--feed", server.bench.feed])
    try waitUntil { try server.tell(PostgresServer.sleepers) != "0\n" }
    let process = try server.tell(
      PostgresServer.sleepers.replacing("count(*)", with: "pid")
    ).split(separator: "\n").first.flatMap { Int32($0) }
    let backend = try #require(process)
    kill(backend, SIGSTOP)
    defer { kill(backend, SIGCONT) }
    let ended = try fetch.wait()
    #expect(ended.status == 69)
    let errors = ended.errorText
    #expect(errors.contains("the read took longer than 3 s (source.timeout)"), "\(errors)")
    #expect(try server.bench.shell("cat store/*/lock.json").output.contains(#""state":"released""#))
  }

  /// A process that is told to end takes its query with it.
  @Test(arguments: Way.allCases) func aSignalCancelsTheQuery(way: Way) throws {
    let server = try PostgresServer("")
    try server.describe(way, "SELECT 1 AS id, pg_sleep(600)::text AS slept")
    let fetch = try server.bench.start("fetch", ["--feed", server.bench.feed])
    try waitUntil { try server.tell(PostgresServer.sleepers) != "0\n" }
    fetch.send(SIGTERM)
    #expect(try fetch.wait().status == 75)
    try expectNothingRuns(server)
    #expect(try server.bench.head() == "none")
  }

  private func expectNothingRuns(_ server: PostgresServer) throws {
    try waitUntil { try server.tell(PostgresServer.sleepers) == "0\n" }
  }

  @Test func encrypted() throws {
    let make = """
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -keyout server.key -out server.crt && cp server.crt ../ca.pem && \
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=other -keyout o.key -out ../other.pem
      """
    let server = try PostgresServer(
      "", options: ["-c", "ssl=on", "-c", "ssl_cert_file=../server.crt", "-c", "ssl_key_file=../server.key"],
      prepare: make)
    let query = "SELECT 1 AS id, ssl::text AS ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    try server.describe(.libpq, query, "tls: { ca: ca.pem }")
    try server.bench.run("--try-again")
    #expect(try server.bench.query("--as-of", "now", "--format", "csv") == "id,ssl\n1,true\n")
    try server.describe(.libpq, query, "tls: { ca: other.pem }")
    try server.bench.tick(["--try-again"]).expect(78, says: "certificate verify failed")
    try server.describe(.libpq, query, "tls: { ca: none.pem }")
    try server.bench.tick(["--try-again"]).expect(78, says: "none.pem")
  }

  @Test func nobodyThere() throws {
    let bench = try Bench(environment: ["P": "x"])
    let port = try freePort(bench)
    let more = "auth: { user: a, password_env: P }\nquery: SELECT 1 AS id"
    try describeDatabase(bench, "url: postgresql://127.0.0.1:\(port)/a\n\(more)", "key: [id]")
    try bench.tick(["--try-again"]).expect(69, says: "cannot be reached", "(tried 3 times)")
    try describeDatabase(
      bench, "url: \"odbc:Driver={PostgreSQL Unicode};Server=127.0.0.1;Port=\(port);Database=a\"\n\(more)",
      "key: [id]")
    try bench.tick(["--try-again"]).expect(69, says: "cannot be reached", "(tried 3 times)")
    try describeDatabase(bench, "url: odbc:nowhere\n\(more)", "key: [id]")
    try bench.tick(["--try-again"]).expect(78, says: "IM002")
  }
}
