import Basics
import CDatabases

/// unixODBC's functions, once it is loaded.
nonisolated(unsafe) let odbc: UnsafePointer<strandline_odbc> = unsafe strandline_odbc_functions()

/// A handle of ODBC, freed at its end.
@safe final class ODBCHandle {
  enum Kind: Int16 {
    case environment = 1
    case connection, statement
  }

  /// unixODBC, which is loaded when a database is first asked through it.
  static let problem: String? = unsafe strandline_load_odbc().map { unsafe String(cString: $0) }

  let kind: Kind
  let raw: UnsafeMutableRawPointer
  /// What it is a part of, which has to be there as long.
  private let parent: ODBCHandle?

  init(_ kind: Kind, of parent: ODBCHandle?) throws(Failure) {
    var raw: UnsafeMutableRawPointer?
    let code = unsafe odbc.pointee.AllocHandle(kind.rawValue, parent.map { unsafe $0.raw }, &raw)
    guard code == 0 || code == 1, let raw = unsafe raw else {
      throw Failure(.unavailable, "unixODBC is out of memory")
    }
    self.kind = kind
    unsafe self.raw = unsafe raw
    self.parent = parent
  }

  deinit {
    if kind == .connection { unsafe _ = odbc.pointee.Disconnect(raw) }
    unsafe _ = odbc.pointee.FreeHandle(kind.rawValue, raw)
  }

  /// Whether a call did well; what a driver has to remark is left out.
  func isGood(_ code: Int16) -> Bool { code == 0 || code == 1 }

  /// Why a call of this handle failed.
  /// - Parameter credentials: whether it told the server who asks.
  func failure(_ name: String, _ what: String, showing credentials: Bool = false) -> Failure {
    var states: [String] = []
    var texts: [String] = []
    for record in 1...8 {
      var state = [UInt16](repeating: 0, count: 6)
      var text = [UInt16](repeating: 0, count: 1024)
      var (code, length) = (Int32(0), Int16(0))
      let result = unsafe odbc.pointee.GetDiagRecW(
        kind.rawValue, raw, Int16(record), &state, &code, &text, 1024, &length)
      guard isGood(result) else { break }
      states.append(String(decoding: state.prefix(5), as: UTF16.self))
      texts.append(oneLine(String(decoding: text.prefix(min(max(0, Int(length)), 1023)), as: UTF16.self)))
    }
    let state = states.first ?? ""
    let text = texts.joined(separator: "; ")
    // Some drivers call everything that keeps them from connecting 08001.
    let isLogin =
      kind == .connection
      && [
        "authentication failed", "no password supplied", "Access denied", "Login failed", "SQL30082N",
        "ORA-01017",
      ].contains { text.contains($0) }
    let isAccess = isLogin || text.contains("does not exist") || text.contains("Access denied")
    return Failure(
      isAccess ? .settings : failureKind(state: state),
      "\(name) \(what): \(state.isEmpty ? "" : "\(state): ")\(text)\(advice(state: state))",
      cause: isLogin
        ? .refusedLogin
        : failureCause(state: state) ?? (credentials && !Self.isUnreachable(text) ? .loginInDoubt : nil))
  }

  /// Whether a driver says plainly that nobody was reached, so that nobody was told a password either. What it says in
  /// other words or another language may be a refusal.
  private static func isUnreachable(_ text: String) -> Bool {
    [
      "Connection refused", "could not connect", "Could not connect", "timed out", "timeout expired",
      "nreachable",
      "could not translate host name", "Name or service not known", "No route to host",
      "Is the server running",
      "Can't connect", "Data source name not found", "Can't open lib", "does not exist",
    ].contains { text.contains($0) }
  }

  /// The text that a call fills a buffer with, whose length it gives in bytes.
  func text(_ fill: (UnsafeMutablePointer<UInt16>, Int16, UnsafeMutablePointer<Int16>) -> Int16) -> String {
    var text = [UInt16](repeating: 0, count: 512)
    var length = Int16(0)
    guard isGood(unsafe fill(&text, 1024, &length)) else { return "" }
    return String(decoding: text.prefix(min(max(0, Int(length) / 2), 511)), as: UTF16.self)
  }
}

/// A text as ODBC's wide functions take it, with a zero at its end.
func wide(_ text: String) -> [UInt16] { Array(text.utf16) + [0] }
