import Glibc
import StrandlineTesting
import Testing

/// How a PostgreSQL database is asked.
enum Way: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case libpq, odbc

  var testDescription: String { rawValue }
}

/// A PostgreSQL server of the test's own (Debian: postgresql), and a feed of it. It ends with this object.
final class PostgresServer {
  /// Asks how many queries with `pg_sleep` run just now.
  static let sleepers =
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"

  let bench: Bench
  let port: String
  private let child: ChildProcess

  /// - Parameters:
  ///   - prepare: a shell command that comes first, in the server's folder.
  ///   - sql: what the database has in it.
  init(_ sql: String, options: [String] = [], prepare: String = "true", environment: [String: String] = [:])
    throws
  {
    bench = try Bench(environment: ["PASSWORD": "s3cret"].merging(environment) { $1 })
    // Whoever the server becomes has to get at its folder.
    let prepared = try bench.shell("chmod 711 . && mkdir pg && cd pg && \(prepare)")
    #expect(prepared.status == 0, "\(prepared)")
    port = try freePort(bench)
    child = try ChildProcess(
      "bash", [SharedData.package + "/Tests/Support/postgres_server.sh", bench.path("pg"), port] + options,
      directory: bench.folder.path)
    try child.waitForOutput("database system is ready to accept connections", timeLimit: 120)
    try tell(sql)
  }

  /// Carries SQL out.
  @discardableResult func tell(_ sql: String, at location: SourceLocation = #_sourceLocation) throws -> String
  {
    let result = try bench.shell(
      "psql -h $PWD/pg -p \(port) -U owner -d postgres -X -q -A -t -v ON_ERROR_STOP=1", input: Array(sql.utf8)
    )
    #expect(result.status == 0, "\(result)", sourceLocation: location)
    return result.output
  }

  /// The lines of a feed file that name the server.
  func source(
    _ way: Way, user: String = "owner", password: String = "PASSWORD", database: String = "postgres"
  )
    -> String
  {
    let url =
      switch way {
      case .libpq: "postgresql://localhost:\(port)/\(database)"
      case .odbc:
        "\"odbc:Driver={PostgreSQL Unicode};Server=127.0.0.1;Port=\(port);Database=\(database)\""
      }
    return "url: \(url)\nauth: { user: \(user), password_env: \(password) }\n"
  }

  /// Writes the feed file.
  func describe(_ way: Way, _ query: String, _ more: String = "", _ settings: String = "key: [id]") throws {
    let text = query.replacing("\"", with: "\\\"")
    try describeDatabase(bench, source(way) + "query: \"\(text)\"\n" + more, settings)
  }
}

/// Waits until something is so, for half a minute.
func waitUntil(_ isSo: () throws -> Bool, at location: SourceLocation = #_sourceLocation) throws {
  for _ in 0..<600 {
    if try isSo() { return }
    usleep(50_000)
  }
  Issue.record("it does not come to that", sourceLocation: location)
}
