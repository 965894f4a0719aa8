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

/// How a connection to a PostgreSQL server is made.
@safe struct PostgresHandshake {
  private let request: DatabaseRequest
  private let name: String

  init(_ request: DatabaseRequest, _ name: String) {
    self.request = request
    self.name = name
  }

  /// Connects. Left alone, libpq shows a password that was refused once more, without TLS (`sslmode=prefer`), which is
  /// two of the tries after which an account is locked. So TLS is asked for, and gone without if the server has none.
  /// - Returns: a connection of libpq's, which the caller frees.
  func connect(_ clock: any Basics.Clock) throws(Failure) -> UnsafeMutableRawPointer {
    let end = clock.now().advanced(bySeconds: request.limits.connect)
    let isSaid = unsafe request.url.contains("sslmode=") || getenv("PGSSLMODE") != nil
    guard !isSaid else { return unsafe try connect(nil, end, clock) }
    do throws(Failure) {
      return unsafe try connect("require", end, clock)
    } catch {
      // Said before anybody was named; an authority that is to be trusted has to be asked.
      guard request.identity.caFile == nil, error.message.contains("does not support SSL") else {
        throw error
      }
      return unsafe try connect("disable", end, clock)
    }
  }

  private func connect(
    _ mode: String?, _ end: Instant, _ clock: any Basics.Clock
  ) throws(Failure) -> UnsafeMutableRawPointer {
    guard let connection = unsafe Self.start(parameters(mode)) else {
      throw Failure(.unavailable, "\(name): libpq is out of memory")
    }
    unsafe strandline_pq_silence(connection)
    // Then messages say their SQLSTATE.
    unsafe _ = pq.pointee.setErrorVerbosity(connection, 2)
    do throws(Failure) { unsafe try finish(connection, end, clock) } catch {
      unsafe pq.pointee.finish(connection)
      throw error
    }
    return unsafe connection
  }

  private func parameters(_ mode: String?) -> [(String, String)] {
    // What comes later wins: a URL may say anything but who asks.
    var parameters = [("dbname", request.url)]
    if let mode { parameters.append(("sslmode", mode)) }
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

  private func finish(_ connection: UnsafeMutableRawPointer, _ end: Instant, _ clock: any Basics.Clock)
    throws(Failure)
  {
    var state = Int32(STRANDLINE_PQ_POLL_WRITING)
    while unsafe pq.pointee.status(connection) != Int32(STRANDLINE_PQ_BAD) {
      if state == Int32(STRANDLINE_PQ_POLL_OK) { return }
      if state == Int32(STRANDLINE_PQ_POLL_FAILED) { break }
      let events = state == Int32(STRANDLINE_PQ_POLL_READING) ? POLLIN : POLLOUT
      let left = end.seconds(since: clock.now())
      guard left > 0, unsafe Self.wait(connection, events, left) else {
        throw Failure(
          .unavailable,
          "\(name) cannot be reached: no answer within \(Int(request.limits.connect)) s (source.connect_timeout)"
        )
      }
      state = unsafe pq.pointee.connectPoll(connection)
    }
    throw unsafe refusal(connection)
  }

  /// Why there is no connection.
  private func refusal(_ connection: UnsafeMutableRawPointer) -> Failure {
    let text = unsafe Self.message(connection)
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
    // What libpq itself has to say. What broke while TLS was agreed on is no matter of settings.
    let isBroken = ["SSL SYSCALL", "closed unexpectedly", "closed the connection", "reset by peer"].contains {
      text.contains($0)
    }
    let isSettings =
      !isBroken
      && [
        "certificate", "SSL", "no password supplied", "invalid", "private key", "could not translate",
      ].contains { text.contains($0) && !text.contains("could not translate host name") }
    return Failure(
      isSettings ? .settings : .unavailable, "\(name) cannot be reached: \(oneLine(short))",
      cause: text.contains("no password supplied") ? .refusedLogin : nil)
  }

  /// What libpq has to say of what went wrong last.
  static func message(_ connection: UnsafeMutableRawPointer) -> String {
    unsafe pq.pointee.errorMessage(connection).map { unsafe String(cString: $0) } ?? ""
  }

  /// Whether a connection is ready within so many seconds.
  static func wait(_ connection: UnsafeMutableRawPointer, _ events: Int32, _ seconds: Double) -> Bool {
    var entry = unsafe pollfd(fd: pq.pointee.socket(connection), events: Int16(events), revents: 0)
    while true {
      let count = unsafe poll(&entry, 1, Int32(min(max(1, seconds * 1000), 2e9)))
      if count >= 0 || errno != EINTR { return count > 0 }
    }
  }
}
