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
    let parameters = Self.parameters(request)
    guard let connection = unsafe Self.start(parameters) else {
      throw Failure(.unavailable, "\(name): libpq is out of memory")
    }
    unsafe self.connection = unsafe connection
    unsafe strandline_pq_silence(connection)
    // Then messages say their SQLSTATE.
    unsafe _ = pq.pointee.setErrorVerbosity(connection, 2)
    try finishConnecting()
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

  private static func parameters(_ request: DatabaseRequest) -> [(String, String)] {
    // What comes later wins: a URL may say anything but who asks.
    var parameters = [("dbname", request.url)]
    if let account = request.account {
      parameters += [("user", account.user), ("password", account.password)]
    }
    let identity = request.identity
    if let file = identity.caFile {
      parameters.append(("sslrootcert", file))
      if !request.url.contains("sslmode=") { parameters.append(("sslmode", "verify-full")) }
    }
    if let file = identity.certificate {
      parameters += [("sslcert", file), ("sslkey", identity.key ?? file)]
      // Without one OpenSSL would ask on the terminal.
      parameters.append(("sslpassword", identity.password ?? ""))
    }
    return parameters + [("client_encoding", "UTF8"), ("fallback_application_name", "strandline")]
  }

  private static func start(_ parameters: [(String, String)]) -> UnsafeMutableRawPointer? {
    var names: [UnsafePointer<CChar>?] = unsafe parameters.map { unsafe UnsafePointer(strdup($0.0)) } + [nil]
    var values: [UnsafePointer<CChar>?] = unsafe parameters.map { unsafe UnsafePointer(strdup($0.1)) } + [nil]
    defer { unsafe (names + values).forEach { unsafe free(UnsafeMutableRawPointer(mutating: $0)) } }
    return unsafe pq.pointee.connectStartParams(&names, &values, 1)
  }

  private func finishConnecting() throws(Failure) {
    let end = clock.now().advanced(bySeconds: request.limits.connect)
    var state = Int32(STRANDLINE_PQ_POLL_WRITING)
    while unsafe pq.pointee.status(connection) != Int32(STRANDLINE_PQ_BAD) {
      if state == Int32(STRANDLINE_PQ_POLL_OK) { return }
      if state == Int32(STRANDLINE_PQ_POLL_FAILED) { break }
      let events = state == Int32(STRANDLINE_PQ_POLL_READING) ? POLLIN : POLLOUT
      let left = end.seconds(since: clock.now())
      guard left > 0, wait(events, left) else {
        throw Failure(
          .unavailable,
          "\(name) cannot be reached: no answer within \(Int(request.limits.connect)) s (source.connect_timeout)"
        )
      }
      state = unsafe pq.pointee.connectPoll(connection)
    }
    throw refusal()
  }

  /// Why there is no connection.
  private func refusal() -> Failure {
    let text = message()
    let state = text.split(separator: ":").map { $0.filter { $0 != " " } }.first { word in
      word.utf8.count == 5
        && word.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
        && word.utf8.contains { (0x30...0x39).contains($0) }
    }
    let short = text.firstRange(of: "LOCATION:").map { String(text[..<$0.lowerBound]) } ?? text
    if let state {
      return Failure(
        failureKind(state: state), "\(name): \(oneLine(short))\(advice(state: state))",
        cause: failureCause(state: state))
    }
    // What libpq itself has to say.
    let isSettings = [
      "certificate", "SSL", "no password supplied", "invalid", "private key", "could not translate",
    ].contains { text.contains($0) && !text.contains("could not translate host name") }
    return Failure(
      isSettings ? .settings : .unavailable, "\(name) cannot be reached: \(oneLine(short))",
      cause: text.contains("no password supplied") ? .refusedLogin : nil)
  }

  var version: Int32 { unsafe pq.pointee.serverVersion(connection) }

  private func message() -> String {
    unsafe pq.pointee.errorMessage(connection).map { unsafe String(cString: $0) } ?? ""
  }

  /// Whether the connection is ready within so many seconds.
  private func wait(_ events: Int32, _ seconds: Double) -> Bool {
    var entry = unsafe pollfd(fd: pq.pointee.socket(connection), events: Int16(events), revents: 0)
    while true {
      let count = unsafe poll(&entry, 1, Int32(min(max(1, seconds * 1000), 2e9)))
      if count >= 0 || errno != EINTR { return count > 0 }
    }
  }

  /// Carries commands out, which give nothing.
  func run(_ commands: String) throws(Failure) {
    guard unsafe commands.withCString({ unsafe pq.pointee.sendQuery(connection, $0) }) == 1 else {
      throw broken()
    }
    while let result = try next(isPatient: false) { try result.check(name) }
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
      guard wait(POLLIN, max(0, min(left + 2, slow))) else {
        throw left <= 0
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
      .unavailable, "\(name) broke the connection off: \(oneLine(message())); nothing of the dump is kept")
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
