import Basics
import CDatabases
import FeedFile
import HTTP

/// Connecting through a driver.
enum ODBCConnection {
  static func open(_ request: DatabaseRequest, _ name: String) throws(Failure) -> ODBCHandle {
    if let problem = ODBCHandle.problem {
      throw Failure(
        .settings,
        "an ODBC source needs unixODBC: \(problem); install it and the database's driver (Debian: libodbc2, and for example "
          + "odbc-postgresql)")
    }
    var text = String(request.url.dropFirst("odbc:".count))
    if !text.contains("=") { text = "DSN=\(text)" }
    if let account = request.account {
      text += ";UID=\(braced(account.user));PWD=\(braced(account.password))"
    }
    let environment = try ODBCHandle(.environment, of: nil)
    // SQL_ATTR_ODBC_VERSION, SQL_OV_ODBC3
    unsafe _ = odbc.pointee.SetEnvAttr(environment.raw, 200, UnsafeMutableRawPointer(bitPattern: 3), 0)
    let connection = try connect(text, request, environment, name)
    // SQL_DRIVER_NAME
    let driver = unsafe connection.text { unsafe odbc.pointee.GetInfoW(connection.raw, 6, $0, $1, $2) }
    guard driver.hasPrefix("psqlodbc"), !text.lowercased().contains("usedeclarefetch") else {
      return connection
    }
    // PostgreSQL's driver keeps the whole of a result in memory, and says of truth that it is text, unless it is told.
    return try connect(text + ";UseDeclareFetch=1;Fetch=1000;BoolsAsChar=0", request, environment, name)
  }

  private static func connect(
    _ text: String, _ request: DatabaseRequest, _ environment: ODBCHandle, _ name: String
  ) throws(Failure) -> ODBCHandle {
    let connection = try ODBCHandle(.connection, of: environment)
    let seconds = unsafe UnsafeMutableRawPointer(bitPattern: Int(max(1, request.limits.connect)))
    // SQL_ATTR_LOGIN_TIMEOUT, SQL_ATTR_CONNECTION_TIMEOUT, SQL_ATTR_ACCESS_MODE: read only. All of them are hints.
    unsafe _ = odbc.pointee.SetConnectAttr(connection.raw, 103, seconds, 0)
    let total = unsafe UnsafeMutableRawPointer(bitPattern: Int(max(0, request.limits.total)))
    unsafe _ = odbc.pointee.SetConnectAttr(connection.raw, 113, total, 0)
    unsafe _ = odbc.pointee.SetConnectAttr(connection.raw, 101, UnsafeMutableRawPointer(bitPattern: 1), 0)
    let code = unsafe odbc.pointee.DriverConnectW(connection.raw, nil, wide(text), -3, nil, 0, nil, 0)
    guard connection.isGood(code) else {
      var failure = connection.failure(name, "cannot be reached", showing: request.account != nil)
      // Of what the driver would open nothing is known if unixODBC did not come as far as the driver.
      let isUnknown = ["Can't open lib", "not found", "could not be"].contains {
        failure.message.contains($0)
      }
      if failure.message.contains("[Driver Manager]"), isUnknown {
        failure.message +=
          "; is the driver installed, and known by that name (odbcinst.ini; data sources: odbc.ini)?"
      } else if let file = sqliteFile(of: request.url) {
        // The driver says no more than that.
        failure.message += "; is \(file) there, and may it be read?"
      }
      throw failure
    }
    // SQL_ATTR_AUTOCOMMIT: off, so that what a query writes can be rolled back.
    guard unsafe connection.isGood(odbc.pointee.SetConnectAttr(connection.raw, 102, nil, 0)) else {
      throw connection.failure(name, "knows no transactions, and so cannot be kept from writing")
    }
    return connection
  }

  /// A value as connection strings have it, in braces only if it must be: not every driver takes them off a user.
  private static func braced(_ value: String) -> String {
    let isPlain = value.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte >= 128
        || "_-.+/:$&#~^".utf8.contains(byte)
    }
    if isPlain, !value.isEmpty { return value }
    return "{" + value.split(separator: "}", omittingEmptySubsequences: false).joined(separator: "}}") + "}"
  }
}
