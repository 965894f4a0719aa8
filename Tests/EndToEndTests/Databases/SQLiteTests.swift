import StrandlineTesting
import Testing

/// A file of SQLite through ODBC (Debian: libsqliteodbc).
@Suite struct SQLiteTests {
  private func make(_ file: String, _ bench: Bench) throws {
    let script =
      "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript('CREATE TABLE cases (id INTEGER PRIMARY KEY, name TEXT); "
      + "INSERT INTO cases VALUES (1, 1)')"
    let made = try bench.shell("mkdir -p feeds; python3 -c \"\(script)\" \(file)")
    try #require(made.status == 0, "\(made)")
  }

  private func feed(_ database: String, _ bench: Bench, driver: String = "SQLite3") throws {
    try bench.write(
      "feeds/cases.yaml",
      """
      feed: cases
      store: ./store
      source: { url: "odbc:Driver=\(driver);Database=\(database)", query: "SELECT id, name FROM cases" }
      key: [id]
      """)
  }

  /// Wherever the function was started.
  @Test func aRelativePathIsRelativeToTheFeedFile() throws {
    let bench = try Bench()
    try make("feeds/shop.db", bench)
    try feed("shop.db", bench)
    let fetched = try bench.call("fetch", "--feed", "feeds/cases.yaml")
    fetched.expect(0, says: "fetched")
    #expect(!bench.exists("shop.db"))
  }

  @Test(arguments: ["none.db", "$/none.db"]) func aMissingFileIsNotMade(path: String) throws {
    let bench = try Bench()
    try make("none.db.other", bench)
    try feed(path.replacing("$", with: bench.folder.path), bench)
    let said = path.hasPrefix("$") ? bench.path("none.db") : "feeds/none.db"
    try bench.call("fetch", "--feed", "feeds/cases.yaml").expect(
      78, says: "cannot be reached", "; is \(said) there, and may it be read?")
    #expect(!bench.exists("none.db") && !bench.exists("feeds/none.db"))
  }

  /// The file is there, so nobody should look for it.
  @Test(arguments: ["SQLite4", "/nowhere/libsqlite3odbc.so"]) func aMissingDriverIsNoMissingFile(
    driver: String
  ) throws {
    let bench = try Bench()
    try make("feeds/shop.db", bench)
    try feed("shop.db", bench, driver: driver)
    let fetched = try bench.call("fetch", "--feed", "feeds/cases.yaml")
    fetched.expect(78, says: "cannot be reached", "[Driver Manager]", driver, "; is the driver installed")
    #expect(!fetched.errors.contains("is feeds/shop.db there"), "\(fetched)")
  }
}
