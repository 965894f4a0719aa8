import Basics
import FeedFile
import Testing

/// Where the file of a driver for SQLite is looked for.
@Suite struct SQLiteFileTests {
  @Test(arguments: [
    ("odbc:Driver=SQLite3;Database=a b.db", "odbc:Driver=SQLite3;Database=feeds/a b.db;NoCreat=1"),
    ("odbc:DATABASE = x.db;driver={SQLite 3; x}", "odbc:Database=feeds/x.db;driver={SQLite 3; x};NoCreat=1"),
    ("odbc:Driver=SQLite3;Database=x.db;NoCreat=0", "odbc:Driver=SQLite3;Database=feeds/x.db;NoCreat=0"),
    (
      "odbc:Driver=/usr/lib/libsqlite3odbc.so;Database=/x.db",
      "odbc:Driver=/usr/lib/libsqlite3odbc.so;Database=/x.db;NoCreat=1"
    ),
    ("odbc:Driver=SQLite3;Database=:memory:", "odbc:Driver=SQLite3;Database=:memory:;NoCreat=1"),
    (
      "odbc:Driver=SQLite3;Database=file:x.db?mode=ro",
      "odbc:Driver=SQLite3;Database=file:x.db?mode=ro;NoCreat=1"
    ),
    ("odbc:shop", "odbc:shop"),
    ("odbc:DSN=SQLite;Database=x.db", "odbc:DSN=SQLite;Database=x.db"),
    ("odbc:Driver={PostgreSQL Unicode};Database=shop", "odbc:Driver={PostgreSQL Unicode};Database=shop"),
  ])
  func isRelativeToTheFeedFile(url: String, resolved: String) throws {
    #expect(try sqliteFile(in: url) { "feeds/\($0)" } == resolved)
  }

  @Test func isNamed() {
    #expect(sqliteFile(of: "odbc:Driver=SQLite3;Database=x.db") == "x.db")
    #expect(sqliteFile(of: "odbc:Driver={PostgreSQL Unicode};Database=shop") == nil)
    #expect(sqliteFile(of: "odbc:Driver=SQLite3") == nil)
  }

  /// What cannot be resolved is said by whoever knows why.
  @Test func whatCannotBeResolvedIsAnError() {
    #expect(throws: Failure.self) {
      try sqliteFile(in: "odbc:Driver=SQLite3;Database=x.db") { (path) throws(Failure) in
        throw Failure(.settings, path)
      }
    }
  }

  /// The driver would take the rest for its next setting.
  @Test func aSemicolonInThePathIsRefused() {
    let failure = #expect(throws: Failure.self) {
      try sqliteFile(in: "odbc:Driver=SQLite3;Database=x.db") { "/feeds; old/\($0)" }
    }
    #expect(failure?.kind == .settings && failure?.message.contains("/feeds; old/x.db") == true)
  }
}
