import Basics
import CDatabases
import HTTP

/// A query that is asked through an ODBC driver.
///
/// For one thread at a time, whichever it is: whoever waits for a call of it does not touch it.
final class ODBCCursor: @unchecked Sendable {
  let name: String
  /// What was read and not taken yet.
  var lines = ByteBuffer(capacity: 128 << 10)
  private let connection: ODBCHandle
  private let statement: ODBCHandle
  private let query: String
  private let reader = ODBCValue()
  private let total: Double
  private var columns: [SQLColumn]?
  private var types: [Int16] = []
  private var release: (@Sendable () -> Void)?

  init(_ request: DatabaseRequest, _ query: String, _ name: String) throws(Failure) {
    self.name = name
    self.query = query
    total = request.limits.total
    connection = try ODBCConnection.open(request, name)
    statement = try ODBCHandle(.statement, of: connection)
    try beginReading()
    let place = unsafe UInt(bitPattern: statement.raw)
    // A driver may take this from another thread: that is what it is for.
    release = request.onInterruption {
      unsafe _ = odbc.pointee.Cancel(UnsafeMutableRawPointer(bitPattern: place))
    }
  }

  deinit {
    release?()
    unsafe _ = odbc.pointee.FreeStmt(statement.raw, 0)
    unsafe _ = odbc.pointee.EndTran(ODBCHandle.Kind.connection.rawValue, connection.raw, 1)
  }

  /// Makes writing impossible as far as the server can.
  private func beginReading() throws(Failure) {
    let system = unsafe connection.text { unsafe odbc.pointee.GetInfoW(connection.raw, 17, $0, $1, $2) }
    do throws(Failure) {
      try run("SET TRANSACTION READ ONLY")
    } catch {
      // What does not know it is rolled back at the end all the same.
      unsafe _ = odbc.pointee.EndTran(ODBCHandle.Kind.connection.rawValue, connection.raw, 1)
      return
    }
    if system == "PostgreSQL" { try run("SET LOCAL TIME ZONE 'UTC'") }
  }

  private func run(_ command: String) throws(Failure) {
    let code = unsafe odbc.pointee.ExecDirectW(statement.raw, wide(command), -3)
    guard statement.isGood(code) || code == Int16(STRANDLINE_ODBC_NO_DATA) else {
      throw statement.failure(name, "refused \(command)")
    }
    unsafe _ = odbc.pointee.FreeStmt(statement.raw, 0)
  }

  /// Reads some rows; false at the end.
  func read() throws(Failure) -> Bool {
    if self.columns == nil { self.columns = try ask() }
    let columns = self.columns ?? []
    while lines.count < 64 << 10 {
      let code = unsafe odbc.pointee.Fetch(statement.raw)
      if code == Int16(STRANDLINE_ODBC_NO_DATA) { return false }
      guard statement.isGood(code) else { throw statement.failure(name, "broke off") }
      for (index, column) in columns.enumerated() {
        lines.append(column.start)
        try reader.append(column.kind, types[index], UInt16(index + 1), of: statement, name, to: &lines)
      }
      lines.append("}\n")
    }
    return true
  }

  private func ask() throws(Failure) -> [SQLColumn] {
    if total > 0 {
      // In whole seconds; not every driver can.
      unsafe _ = odbc.pointee.SetStmtAttr(
        statement.raw, 0, UnsafeMutableRawPointer(bitPattern: Int(max(1, total))), 0)
    }
    let code = unsafe odbc.pointee.ExecDirectW(statement.raw, wide(query), -3)
    guard statement.isGood(code) || code == Int16(STRANDLINE_ODBC_NO_DATA) else {
      throw statement.failure(name, "refused the query")
    }
    var count = Int16(0)
    unsafe _ = odbc.pointee.NumResultCols(statement.raw, &count)
    var found: [(name: String, kind: SQLColumn.Kind)] = []
    for column in 0..<UInt16(max(0, count)) {
      var (length, type, digits, nullable) = (Int16(0), Int16(0), Int16(0), Int16(0))
      var size: UInt = 0
      var text = [UInt16](repeating: 0, count: 512)
      let code = unsafe odbc.pointee.DescribeColW(
        statement.raw, column + 1, &text, 512, &length, &type, &size, &digits, &nullable)
      guard statement.isGood(code) else { throw statement.failure(name, "does not describe its columns") }
      let title = String(decoding: text.prefix(min(max(0, Int(length)), 511)), as: UTF16.self)
      // SQL_DESC_TYPE_NAME
      let typeName = unsafe statement.text {
        unsafe odbc.pointee.ColAttributeW(statement.raw, column + 1, 14, $0, $1, $2, nil)
      }
      types.append(type)
      found.append((title, ODBCValue.kind(type, typeName)))
    }
    try SQLColumn.check(found.map(\.name), name)
    return SQLColumn.list(found)
  }
}
