import Documents
import StrandlineTesting
import Testing

extension ReplayTests {
  /// What readers see when all dumps were taken.
  @Suite struct PublishedTests {
    @Test(arguments: RealFeed.allCases)
    func theHistoryIsTheOracles(_ feed: RealFeed) async throws {
      let (replay, oracle) = try await Replays.both(feed)
      let pointer = try replay.pointer()
      let history = replay.path("history")
      try await onOwnThread {
        let files = (pointer.closed + pointer.current).map { replay.stored($0.object) }
        try answer([["versions", history, feed.key.joined(separator: ",")] + files])
      }
      try expectSame(history, oracle.history, "the published history of \(feed)")
    }

    /// DuckDB reads what is published through the statements beside it, and finds as many rows as the pointer says.
    @Test(
      .enabled("DuckDB is not there: run Tests/Support/venv.sh", { try await DuckDB.isExpected() }),
      arguments: RealFeed.allCases)
    func duckDBReadsIt(_ feed: RealFeed) async throws {
      let replay = try await Replays.replay(feed)
      let pointer = try replay.pointer()
      let counts = try await onOwnThread { try DuckDB.counts(in: replay.published) }
      let current = pointer.current.reduce(0) { $0 + $1.rows }
      let closed = pointer.closed.reduce(0) { $0 + $1.rows }
      #expect(
        counts == DuckDB.Counts(current: current, open: current, history: current + closed, file: current))
      #expect(pointer.currentFile?.rows == current)
      // fires ends with an empty set; all have a history.
      #expect((current > 0) == (feed != .fires))
      #expect(closed > 0)
    }
  }
}

extension Replay {
  func pointer() throws -> PublishedPointer {
    let bytes = try succeed("cat", [published + "/pointer.json"]).output
    return try Documents.decode(PublishedPointer.self, from: bytes, name: "pointer.json")
  }
}

/// DuckDB, in the project's virtual environment.
enum DuckDB {
  /// How many rows it finds.
  struct Counts: Decodable, Equatable, Sendable {
    let current, open, history, file: Int
  }

  private static let python = SharedData.package + "/.venv/bin/python"

  /// Whether the test is to run: DuckDB is there or could be installed, or it must be, because this is CI.
  static func isExpected() async throws -> Bool {
    try await onOwnThread {
      let outcome = try runProcess(SharedData.package + "/Tests/Support/venv.sh", timeLimit: 300)
      return outcome.status == 0 || SharedData.isCI
    }
  }

  /// Runs `duckdb.sql` of a folder `published`, and counts.
  static func counts(in folder: String) throws -> Counts {
    let script = SharedData.package + "/Tests/Support/duckdb_counts.py"
    let printed = try succeed(python, [script, folder])
    return try Documents.decode(Counts.self, from: printed.output, name: "what duckdb_counts.py printed")
  }
}
