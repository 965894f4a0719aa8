import Basics
import CCurl

/// One request and its answer: a libcurl easy handle that moves only while somebody waits for bytes.
///
/// Memory is bounded: libcurl hands over at most a read's worth once `wire` is full, then it is paused, and
/// with it, by TCP's or HTTP/2's flow control, the server.
@safe final class Transfer {
  /// Bytes from the wire at which libcurl is paused.
  private static let enough = 512 << 10
  /// Of all headers together; libcurl has a limit of its own, not far above.
  static let headerLimit = 256 << 10

  private let easy: UnsafeMutableRawPointer
  private let multi: Multi
  /// Whether the server is shown a certificate of ours, if it wants one.
  let hasCertificate: Bool
  private let pool: MultiPool
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private let reason: UnsafeMutablePointer<CChar>
  let address: Address
  let limits: HTTPLimits
  /// Kept as long as libcurl has them.
  private let cookies: HTTPCookies?
  private let body: SentBody?
  private let negotiation: Negotiation?

  private(set) var headers = HTTPHeaders()
  private(set) var statusText = ""
  /// Bytes of the body as they came, before anything is undone.
  private(set) var wireBytes = 0
  /// Where they begin in the whole body.
  var offset = 0
  private var headerBytes = 0
  private var sendings = 0
  private var wire = ByteBuffer(capacity: 64 << 10)
  private var wireStart = 0
  private var isPaused = false
  private var hasLetGo = false
  private(set) var result: CURLcode?
  private var watch: StallWatch

  init(_ request: HTTPRequest, _ address: Address, _ settings: HTTPSettings, _ pool: MultiPool)
    throws(HTTPError)
  {
    let multi = try pool.take()
    guard let easy = unsafe strandline_easy_init() else {
      throw HTTPError(.badRequest, "libcurl is out of memory")
    }
    unsafe self.easy = unsafe easy
    self.multi = multi
    self.pool = pool
    self.address = address
    cookies = request.cookies
    body = SentBody(request.body)
    negotiation = (address.credentials ?? request.credentials) == .negotiate ? Negotiation() : nil
    limits = request.limits ?? settings.limits
    hasCertificate = request.identity.certificate != nil
    watch = StallWatch(limits)
    unsafe reason = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    unsafe headerList = nil
    try unsafe configure(easy, request, address, limits, settings)
    unsafe body?.attach(to: easy)
    unsafe negotiation?.attach(to: easy)
    unsafe headerList = unsafe headerFields(request)
    unsafe strandline_set_list(easy, CURLOPT_HTTPHEADER, headerList)
    unsafe strandline_set_pointer(easy, CURLOPT_ERRORBUFFER, reason)
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe strandline_set_pointer(easy, CURLOPT_WRITEDATA, context)
    unsafe strandline_set_pointer(easy, CURLOPT_HEADERDATA, context)
    unsafe strandline_set_receiver(easy, CURLOPT_WRITEFUNCTION, receiveBody)
    unsafe strandline_set_receiver(easy, CURLOPT_HEADERFUNCTION, receiveHeader)
    if request.isSentOnce {
      unsafe strandline_set_before_sending(easy, judgeSending, context)
    }
    unsafe strandline_multi_add_handle(multi.handle, easy)
  }

  deinit {
    letGo()
    unsafe strandline_easy_cleanup(easy)
    unsafe strandline_slist_free_all(headerList)
    unsafe reason.deallocate()
  }

  /// Leaves the connection to the next request. Half-way through a body it is closed, at its end it is kept.
  func letGo() {
    guard !hasLetGo else { return }
    hasLetGo = true
    unsafe strandline_multi_remove_handle(multi.handle, easy)
    pool.giveBack(multi)
  }

  /// The answer's status; 0 before there is one.
  var status: Int {
    var code = 0
    unsafe strandline_get_long(easy, CURLINFO_RESPONSE_CODE, &code)
    return code
  }

  /// What a proxy answered that was asked for a connection; 0 if there is none, or it said nothing.
  var proxyStatus: Int {
    var code = 0
    unsafe strandline_get_long(easy, CURLINFO_HTTP_CONNECTCODE, &code)
    return code
  }

  /// `Content-Length`, as libcurl understood it.
  var contentLength: Int? {
    var length: curl_off_t = -1
    unsafe strandline_get_offset(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length)
    return length < 0 ? nil : Int(length)
  }

  /// Whether it came to asking.
  var isConnected: Bool {
    var microseconds: curl_off_t = 0
    unsafe strandline_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
    return microseconds > 0
  }

  /// Where a redirect leads, made absolute.
  var redirectTarget: String? {
    var target: UnsafePointer<CChar>?
    unsafe strandline_get_text(easy, CURLINFO_REDIRECT_URL, &target)
    return unsafe target.map { unsafe String(cString: $0) }
  }

  /// libcurl's own words about what ended with this code.
  func reasonText(_ code: CURLcode) -> String {
    unsafe HTTP.reasonText(code, reason)
  }

  /// Why the server was shown no Kerberos ticket, though it was to be; nil if it was.
  var missingTicket: String? { negotiation?.missingTicket }

  /// What has come and was not taken yet, until the next change.
  var waiting: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: wire.bytes[wireStart...])
  }

  /// Counts the first `count` bytes of `waiting` as taken.
  func take(_ count: Int) {
    wireStart += count
    if wireStart == wire.count {
      wire.truncate()
      wireStart = 0
    }
  }

  /// Throws if it ended badly and there is nothing left to take before that is told.
  func throwIfFailed() throws(HTTPError) {
    if let result, result != CURLE_OK, wire.count == 0 { throw problem(result) }
  }

  /// Moves until there is something in `waiting`, or the transfer is over: then `result` is there.
  func advance() throws(HTTPError) {
    while wire.count == 0, result == nil {
      let started = StallWatch.seconds()
      let before = wireBytes
      if isPaused {
        isPaused = false
        unsafe strandline_easy_pause(easy, CURLPAUSE_CONT)
      }
      var running: Int32 = 0
      try unsafe check(strandline_multi_perform(multi.handle, &running))
      var code = CURLE_OK
      if unsafe strandline_finished(multi.handle, &code) == 1 {
        result = code
      } else if wire.count == 0, !isPaused {
        try unsafe check(strandline_multi_poll(multi.handle, 250))
      }
      if let stall = watch.add(
        waited: StallWatch.seconds() - started, bytes: wireBytes - before, hasBody: wireBytes > 0),
        result == nil
      {
        throw problem(stall)
      }
    }
  }

  private func check(_ code: CURLMcode) throws(HTTPError) {
    guard code != CURLM_OK else { return }
    throw HTTPError(
      .unreachable, "libcurl cannot go on: \(unsafe String(cString: strandline_multi_strerror(code)))")
  }

  fileprivate func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
    if wire.count > 0, wire.count - wireStart + bytes.count > Self.enough {
      isPaused = true
      return Int(CURL_WRITEFUNC_PAUSE)
    }
    unsafe wire.append(bytes)
    wireBytes += bytes.count
    return bytes.count
  }

  /// Whether this is the first time that the request is sent.
  fileprivate func isFirstSending() -> Bool {
    sendings += 1
    return sendings == 1
  }

  fileprivate func receiveHeaderLine(_ bytes: UnsafeRawBufferPointer) -> Int {
    headerBytes += bytes.count
    guard headerBytes <= Self.headerLimit else { return 0 }
    // After the body come trailers, which nobody asked for.
    guard wireBytes == 0 else { return bytes.count }
    let line = unsafe String(decoding: bytes, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      // A new answer: what came before was an interim one.
      headers = HTTPHeaders()
      let words = line.split(separator: " ", maxSplits: 2)
      statusText = words.count > 2 ? trimmed(words[2]) : ""
    } else if let colon = line.firstIndex(of: ":"), colon != line.startIndex {
      headers.append(trimmed(line[..<colon]), trimmed(line[line.index(after: colon)...]))
    }
    return bytes.count
  }
}

private func receiveBody(
  _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context = unsafe context else { return 0 }
  let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  return unsafe transfer.receive(UnsafeRawBufferPointer(start: data, count: size * count))
}

private func receiveHeader(
  _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context = unsafe context else { return 0 }
  let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  return unsafe transfer.receiveHeaderLine(UnsafeRawBufferPointer(start: data, count: size * count))
}

private func judgeSending(
  _ context: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?,
  _: Int32, _: Int32
) -> Int32 {
  guard let context = unsafe context else { return 0 }
  return unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().isFirstSending() ? 0 : 1
}
