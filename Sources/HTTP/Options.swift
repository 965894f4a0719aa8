import CCurl

enum OptionValue {
  case number(Int)
  case text(String)
  /// Without a zero among them.
  case bytes([UInt8])
}

/// Sets everything on the easy handle that the request and the settings decide, but headers and callbacks.
func configure(
  _ easy: UnsafeMutableRawPointer, _ request: HTTPRequest, _ address: Address, _ limits: HTTPLimits,
  _ settings: HTTPSettings
) throws(HTTPError) {
  if let name = request.headers.firstInvalidName {
    throw HTTPError(
      .badRequest,
      "\(masked(url: address.url)): the header \"\(name)\" cannot be sent: its name or value has characters, "
        + "such as a line break, that headers may not have")
  }
  var options: [(CURLoption, OptionValue)] = [
    (CURLOPT_URL, .text(address.url)),
    (CURLOPT_PATH_AS_IS, .number(1)),
    (CURLOPT_USERAGENT, .text(settings.userAgent)),
    (CURLOPT_CONNECTTIMEOUT_MS, .number(milliseconds(limits.connect))),
    (CURLOPT_TIMEOUT_MS, .number(milliseconds(limits.total))),
    // Redirects are followed by the client, which knows which headers are secrets.
    (CURLOPT_FOLLOWLOCATION, .number(0)),
    // Compression is undone by the reader: libcurl takes a gzip stream that ends early for a whole one.
    (CURLOPT_HTTP_CONTENT_DECODING, .number(0)),
    (CURLOPT_SUPPRESS_CONNECT_HEADERS, .number(1)),
    (CURLOPT_NETRC, .number(Int(CURL_NETRC_IGNORED.rawValue))),
    (CURLOPT_SSL_VERIFYPEER, .number(1)),
    (CURLOPT_SSL_VERIFYHOST, .number(2)),
    (CURLOPT_SSLVERSION, .number(strandline_tls_at_least_1_2)),
    (CURLOPT_NOSIGNAL, .number(1)),
    // A server that thinks for minutes must not be forgotten by what stands between.
    (CURLOPT_TCP_KEEPALIVE, .number(1)),
    (CURLOPT_BUFFERSIZE, .number(128 << 10)),
  ]
  if !request.mayUseProxy { options.append((CURLOPT_NOPROXY, .text("*"))) }
  options += try identification(request.identity, settings)
  switch request.method {
  case "GET" where request.body == nil: options.append((CURLOPT_HTTPGET, .number(1)))
  case "HEAD": options.append((CURLOPT_NOBODY, .number(1)))
  default: options.append((CURLOPT_CUSTOMREQUEST, .text(request.method)))
  }
  options += try authentication(address.credentials ?? request.credentials, address)
  unsafe strandline_set_protocols(easy)
  try unsafe set(easy, options)
  if let cookies = request.cookies {
    unsafe strandline_set_pointer(easy, CURLOPT_SHARE, cookies.share)
    // No file is read: this is how libcurl is told to keep cookies.
    unsafe strandline_set_text(easy, CURLOPT_COOKIEFILE, "")
  }
  if let body = request.body, body.count <= SentBody.mostCopied {
    unsafe strandline_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
    unsafe body.withUnsafeBufferPointer {
      // Null would mean "ask a callback".
      let start = unsafe $0.baseAddress.map { unsafe UnsafeMutableRawPointer(mutating: $0) }
      unsafe strandline_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, start ?? easy)
    }
  }
}

/// Sets options on an easy handle.
func set(_ easy: UnsafeMutableRawPointer, _ options: [(CURLoption, OptionValue)]) throws(HTTPError) {
  for (option, value) in options {
    let result =
      switch value {
      case .number(let number): unsafe strandline_set_long(easy, option, number)
      case .text(let text): unsafe text.withCString { unsafe strandline_set_text(easy, option, $0) }
      case .bytes(let bytes):
        unsafe (bytes + [0]).withUnsafeBufferPointer { text in
          unsafe text.withMemoryRebound(to: CChar.self) {
            unsafe strandline_set_text(easy, option, $0.baseAddress)
          }
        }
      }
    guard result == CURLE_OK else {
      throw HTTPError(
        .badRequest,
        "libcurl refuses option \(option.rawValue): \(unsafe String(cString: strandline_easy_strerror(result)))"
      )
    }
  }
}

/// The request's headers as libcurl wants them; whoever gets it frees it.
func headerFields(_ request: HTTPRequest) -> UnsafeMutablePointer<curl_slist>? {
  var list: UnsafeMutablePointer<curl_slist>?
  func append(_ line: String) {
    unsafe line.withCString { unsafe list = unsafe strandline_slist_append(list, $0) }
  }
  for (name, value) in request.headers.fields {
    // "Name;" is how libcurl is told of an empty value.
    append(value.isEmpty ? "\(name);" : "\(name): \(value)")
  }
  if request.headers["Accept-Encoding"] == nil {
    append("Accept-Encoding: \(request.undoesEncoding ? "gzip" : "identity")")
  }
  if request.body != nil {
    // Else libcurl calls it a form, and waits a second for leave to send it.
    if request.headers["Content-Type"] == nil { append("Content-Type:") }
    append("Expect:")
  }
  return unsafe list
}

func milliseconds(_ seconds: Double) -> Int {
  seconds <= 0 ? 0 : max(1, Int(min(seconds, 1e9) * 1000))
}
