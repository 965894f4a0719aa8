import Basics
import HTTP

/// The rows of a query through an ODBC driver as JSON Lines, in the order in which they come.
///
/// In a transaction that may only read, where the server knows such, and that is rolled back in any case. Memory: a row, if
/// the driver holds no more. A driver knows few limits of time, and not all keep them, so each call of it has one of ours.
final class ODBCDump: DatabaseReader {
  let name: String
  private let cursor: ODBCCursor
  private let request: DatabaseRequest
  private let clock: any Basics.Clock
  private let deadline: Instant?
  private var hasBegun = false
  private var isLate = false
  private(set) var receivedBytes = 0

  init(_ request: DatabaseRequest, _ query: String, _ clock: any Basics.Clock) throws(Failure) {
    try ReadOnlyQuery.check(query)
    let name = "the ODBC source \(request.url.dropFirst("odbc:".count).prefix { $0 != ";" })"
    self.name = name
    self.request = request
    self.clock = clock
    let limits = request.limits
    deadline = limits.total > 0 ? clock.now().advanced(bySeconds: limits.total) : nil
    // Some drivers are connected with twice.
    let connected = BoundedCall.run(within: 2 * limits.connect + Self.grace) {
      Result { () throws(Failure) in try ODBCCursor(request, query, name) }
    }
    guard let connected else {
      throw Failure(
        .unavailable,
        "\(name) cannot be reached: no answer within \(Int(limits.connect)) s (source.connect_timeout)",
        cause: request.account == nil ? nil : .loginInDoubt)
    }
    cursor = try connected.get()
  }

  /// Seconds that a driver may be later than it was told.
  private static let grace = 2.0

  func read(into lines: inout ByteBuffer) throws(Failure) -> Bool {
    // A driver that is still in a call must not be called again.
    if isLate { throw Failure(.unavailable, "\(name) does not answer") }
    let left = (deadline?.seconds(since: clock.now()) ?? .infinity) + Self.grace
    let limits = request.limits
    let isSlowAllowed = !hasBegun || limits.slow <= 0 || limits.slowBytesPerSecond <= 0
    let slow = isSlowAllowed ? .infinity : limits.slow
    let cursor = cursor
    let more = BoundedCall.run(within: min(left, slow)) {
      Result { () throws(Failure) in try cursor.read() }
    }
    guard let more else {
      isLate = true
      throw left <= slow
        ? Failure(
          .unavailable, "\(name): the read took longer than \(Int(limits.total)) s (source.timeout)")
        : Failure(.unavailable, "\(name) sent nothing for \(Int(slow)) s: nothing of the dump is kept")
    }
    let isMore = try more.get()
    hasBegun = true
    receivedBytes += cursor.lines.count
    unsafe lines.append(cursor.lines.bytes)
    cursor.lines.truncate()
    if isMore, let deadline, deadline.seconds(since: clock.now()) <= 0 {
      throw Failure(
        .unavailable, "\(name): the read took longer than \(Int(limits.total)) s (source.timeout)")
    }
    return isMore
  }
}
