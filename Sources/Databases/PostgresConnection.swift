import Basics
import CDatabases
import HTTP

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// libpq's functions, once it is loaded.
nonisolated(unsafe) let pq: UnsafePointer<strandline_pq> = unsafe strandline_pq_functions()

/// libpq, which is loaded when a PostgreSQL database is first asked.
private enum LibPQ {
  static let problem: String? = unsafe strandline_load_pq().map { unsafe String(cString: $0) }
}

/// A connection to a PostgreSQL server. For one thread at a time.
@safe final class PostgresConnection {
  let name: String
  private let connection: UnsafeMutableRawPointer
  private let clock: any Basics.Clock
  private let request: DatabaseRequest
  private let deadline: Instant?
  private var release: (@Sendable () -> Void)?

  /// Connects. What the feed file does not say follows from libpq's own environment (`PGSSLMODE`, `~/.pgpass`, …).
  init(_ request: DatabaseRequest, _ clock: any Basics.Clock, deadline: Instant?) throws(Failure) {
    if let problem = LibPQ.problem {
      throw Failure(.settings, "a PostgreSQL source needs libpq: \(problem); install it (Debian: libpq5)")
    }
    name = masked(url: request.url)
    self.request = request
    self.clock = clock
    self.deadline = deadline
    let connection = unsafe try PostgresHandshake(request, name).connect(clock)
    unsafe self.connection = unsafe connection
    // What cancels is kept as long as the process: another thread may be using it.
    if let cancel = unsafe pq.pointee.getCancel(connection) {
      let place = UInt(bitPattern: cancel)
      release = request.onInterruption {
        var text = [CChar](repeating: 0, count: 256)
        unsafe _ = pq.pointee.cancel(UnsafeMutableRawPointer(bitPattern: place), &text, 256)
      }
    }
  }

  deinit {
    release?()
    unsafe pq.pointee.finish(connection)
  }

  /// Carries commands out, which give nothing.
  /// - Parameter isWish: whether a server may refuse them.
  func run(_ commands: String, isWish: Bool = false) throws(Failure) {
    guard unsafe commands.withCString({ unsafe pq.pointee.sendQuery(connection, $0) }) == 1 else {
      throw broken()
    }
    while let result = try next(isPatient: false) {
      if !isWish { try result.check(name) }
    }
  }

  /// Sends a query, one alone, whose rows come one by one.
  func send(query: String) throws(Failure) {
    let isSent = unsafe query.withCString {
      unsafe pq.pointee.sendQueryParams(connection, $0, 0, nil, nil, nil, nil, 0)
    }
    guard isSent == 1, unsafe pq.pointee.setSingleRowMode(connection) == 1 else { throw broken() }
  }

  /// The next result; nil after the last one.
  /// - Parameter isPatient: whether the server may think as long as the whole read may take.
  func next(isPatient: Bool) throws(Failure) -> PostgresResult? {
    while unsafe pq.pointee.isBusy(connection) == 1 {
      let left = deadline.map { $0.seconds(since: clock.now()) } ?? .infinity
      let limits = request.limits
      let slow = isPatient || limits.slow <= 0 || limits.slowBytesPerSecond <= 0 ? .infinity : limits.slow
      // The server ends the statement by itself at the deadline, and says so.
      guard unsafe PostgresHandshake.wait(connection, POLLIN, max(0, min(left + 2, slow))) else {
        throw left + 2 <= slow
          ? Failure(
            .unavailable, "\(name): the read took longer than \(Int(limits.total)) s (source.timeout)")
          : Failure(.unavailable, "\(name) sent nothing for \(Int(slow)) s: nothing of the dump is kept")
      }
      guard unsafe pq.pointee.consumeInput(connection) == 1 else { throw broken() }
    }
    return unsafe pq.pointee.getResult(connection).map { unsafe PostgresResult($0) }
  }

  private func broken() -> Failure {
    Failure(
      .unavailable,
      "\(name) broke the connection off: \(unsafe oneLine(PostgresHandshake.message(connection))); nothing of the dump is kept"
    )
  }
}

/// A text of several lines for a message.
func oneLine(_ text: String) -> String {
  text.split(whereSeparator: \.isNewline).map { line in
    var line = line.drop { $0 == " " || $0 == "\t" }
    while let last = line.last, "; ".contains(last) { line.removeLast() }
    return line
  }.filter { !$0.isEmpty }.joined(separator: "; ")
}
