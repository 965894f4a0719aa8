import Basics
import HTTP

/// The rows of a query to a PostgreSQL server as JSON Lines, in the order in which they come.
///
/// In a transaction that may only read, and sees one state. Memory: a row.
final class PostgresDump: DatabaseReader {
  private let connection: PostgresConnection
  private let query: String
  private var columns: [SQLColumn]?
  private var isAsked = false
  private(set) var receivedBytes = 0

  var name: String { connection.name }

  init(_ request: DatabaseRequest, _ query: String, _ clock: any Basics.Clock) throws(Failure) {
    self.query = query
    let total = request.limits.total
    connection = try PostgresConnection(
      request, clock, deadline: total > 0 ? clock.now().advanced(bySeconds: total) : nil)
    // The server, too, is to give up in time, also if nobody is there any more to be told; not every system can see that.
    try connection.run("SET client_connection_check_interval = '2s'", isWish: true)
    try connection.run(
      """
      BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
      SET LOCAL statement_timeout = \(Int(min(total * 1000, 2e9)));
      SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL TimeZone = 'UTC';
      SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 3
      """)
  }

  func read(into lines: inout ByteBuffer) throws(Failure) -> Bool {
    if !isAsked {
      try connection.send(query: query)
      isAsked = true
    }
    let start = lines.count
    defer { receivedBytes += lines.count - start }
    while lines.count - start < 64 << 10 {
      guard let result = try connection.next(isPatient: columns == nil) else { return false }
      try result.check(name)
      if columns == nil {
        let found = result.hasRows ? result.columns : []
        try SQLColumn.check(found.map(\.name), name)
        columns = SQLColumn.list(found)
      }
      for row in 0..<result.rowCount { result.write(row, columns ?? [], &lines) }
    }
    return true
  }
}
