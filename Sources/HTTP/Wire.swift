import CCurl

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A connection to a server that speaks something else than HTTP: made by libcurl, with TLS as for `https`.
///
/// For one thread at a time. No proxy stands between.
@safe public final class Wire {
  /// What it is called in messages.
  public let name: String
  private let easy: UnsafeMutableRawPointer
  private let reason: UnsafeMutablePointer<CChar>
  private let socket: Int32
  /// Bytes that came.
  public private(set) var receivedBytes = 0

  /// Connects.
  /// - Parameters:
  ///   - name: what the server is called in messages.
  ///   - host: a name or an address; IPv6 in brackets.
  ///   - seconds: how long that may take, TLS included.
  /// - Throws: ``HTTPError/Kind/badRequest`` for what trying again does not help, else `.unreachable`.
  public init(
    _ name: String, host: String, port: Int, isSecure: Bool, identity: HTTPIdentity, settings: HTTPSettings,
    seconds: Double
  ) throws(HTTPError) {
    try Library.load()
    // The first use of libcurl prepares it.
    guard Multi() != nil, let easy = unsafe strandline_easy_init() else {
      throw HTTPError(.badRequest, "libcurl is out of memory")
    }
    self.name = name
    unsafe self.easy = unsafe easy
    unsafe reason = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    var failure: HTTPError?
    var socket: Int32 = -1
    do throws(HTTPError) {
      unsafe strandline_set_protocols(easy)
      let options: [(CURLoption, OptionValue)] =
        [
          (CURLOPT_URL, .text("\(isSecure ? "https" : "http")://\(host):\(port)/")),
          (CURLOPT_CONNECT_ONLY, .number(1)), (CURLOPT_NOPROXY, .text("*")),
          (CURLOPT_CONNECTTIMEOUT_MS, .number(milliseconds(seconds))), (CURLOPT_NOSIGNAL, .number(1)),
          (CURLOPT_SSL_VERIFYPEER, .number(1)), (CURLOPT_SSL_VERIFYHOST, .number(2)),
          (CURLOPT_SSLVERSION, .number(strandline_tls_at_least_1_2)), (CURLOPT_SSL_ENABLE_ALPN, .number(0)),
          (CURLOPT_NETRC, .number(Int(CURL_NETRC_IGNORED.rawValue))), (CURLOPT_TCP_KEEPALIVE, .number(1)),
        ] + (try identification(identity, settings))
      try unsafe set(easy, options)
      unsafe strandline_set_pointer(easy, CURLOPT_ERRORBUFFER, reason)
      let result = unsafe strandline_easy_perform(easy)
      if result != CURLE_OK {
        throw unsafe Self.problem(name, result, reason)
      }
      socket = unsafe strandline_socket(easy)
      if socket < 0 { throw HTTPError(.unreachable, "\(name) cannot be reached", isTransient: true) }
    } catch {
      failure = error
    }
    self.socket = socket
    // What was made before is freed at its end in any case.
    if let failure { throw failure }
  }

  deinit {
    unsafe strandline_easy_cleanup(easy)
    unsafe reason.deallocate()
  }

  /// Sends all of the bytes.
  /// - Parameter seconds: how long the server may take nothing.
  public func send(_ bytes: UnsafeRawBufferPointer, within seconds: Double) throws(HTTPError) {
    var rest = unsafe bytes
    while rest.count > 0 {
      var sent = 0
      let result = unsafe strandline_easy_send(easy, rest.baseAddress, rest.count, &sent)
      guard result == CURLE_OK || result == CURLE_AGAIN else {
        throw unsafe Self.problem(name, result, reason)
      }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[sent...])
      if sent == 0 { try wait(POLLIN | POLLOUT, seconds) }
    }
  }

  /// What came next: at least a byte; 0 is the server's end of the connection.
  /// - Parameter seconds: how long nothing may come.
  public func receive(
    into room: UnsafeMutableRawBufferPointer, within seconds: Double
  ) throws(HTTPError) -> Int {
    while true {
      var received = 0
      let result = unsafe strandline_easy_recv(easy, room.baseAddress, room.count, &received)
      if result == CURLE_OK {
        receivedBytes += received
        return received
      }
      guard result == CURLE_AGAIN else { throw unsafe Self.problem(name, result, reason) }
      try wait(POLLIN, seconds)
    }
  }

  private func wait(_ events: Int32, _ seconds: Double) throws(HTTPError) {
    var entry = pollfd(fd: socket, events: Int16(events), revents: 0)
    while true {
      let count = unsafe poll(&entry, 1, Int32(min(max(1, seconds * 1000), 2e9)))
      if count > 0 { return }
      if count < 0, errno == EINTR { continue }
      let rounded = (seconds * 10).rounded() / 10
      throw HTTPError(
        receivedBytes > 0 ? .truncated : .unreachable,
        "\(name) sent nothing for \(rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)) s")
    }
  }

  private static func problem(
    _ name: String, _ code: CURLcode, _ reason: UnsafeMutablePointer<CChar>
  ) -> HTTPError {
    let text = unsafe reasonText(code, reason)
    if let problem = trustProblem(code, name, text) { return problem }
    switch code {
    case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING:
      return HTTPError(.truncated, "\(name) broke the connection off: \(text)", isTransient: true)
    default: return HTTPError(.unreachable, "\(name) cannot be reached: \(text)", isTransient: true)
    }
  }
}
