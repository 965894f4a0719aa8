import Basics
import HTTP

/// Asks a web server for a dump, and again if it may help.
struct WebOpener: Sendable {
  /// Seconds before the second and the third try.
  private static let waits = [1.0, 4.0]
  /// The longest that is waited because a server asks for it.
  private static let patience = 60.0

  let client: HTTPClient
  let clock: any Basics.Clock
  let log: any Log
  let randomness: any Randomness

  func open(_ request: SourceRequest, url: String) throws(Failure) -> Opened {
    var attempt = 0
    while true {
      let error: HTTPError
      var asked: Double?
      do {
        let response = try client.send(asHTTP(request, url))
        if let opened = try opened(response, request) { return opened }
        error = refusal(response)
        if error.isTransient { asked = response.headers.retryAfter(now: clock.now()) }
      } catch let thrown {
        error = thrown
      }
      if let asked, asked > Self.patience {
        let until = clock.now().advanced(bySeconds: asked.rounded(.up))
        throw Failure(
          .tryAgain,
          "\(error.message) and asks to be left alone for \(Int(asked.rounded(.up))) s: try again after \(until)"
        )
      }
      guard error.isTransient, attempt < Self.waits.count else {
        var failure = Failure(error)
        if attempt > 0 { failure.message += " (tried \(attempt + 1) times)" }
        throw failure
      }
      let wait = max(jittered(Self.waits[attempt]), asked ?? 0)
      attempt += 1
      log.warning(
        "\(error.message); trying again in \((wait * 10).rounded() / 10) s "
          + "(try \(attempt + 1) of \(Self.waits.count + 1))")
      clock.sleep(seconds: wait)
    }
  }

  /// Up to half as long again, so that many who were turned away together do not come back together.
  private func jittered(_ seconds: Double) -> Double {
    seconds * (1 + Double(randomness.bytes(1).first ?? 0) / 512)
  }

  private func asHTTP(_ request: SourceRequest, _ url: String) -> HTTPRequest {
    var headers = request.headers
    if let etag = request.etag { headers["If-None-Match"] = etag }
    if let lastModified = request.lastModified { headers["If-Modified-Since"] = lastModified }
    return HTTPRequest(url, headers: headers, credentials: request.credentials, limits: request.limits)
  }

  /// What a good answer gives; nil if it is none.
  private func opened(_ response: HTTPResponse, _ request: SourceRequest) throws(HTTPError) -> Opened? {
    switch response.status {
    case 200, 203:
      let body = WebBody(response)
      guard isGzipFile(response, request) else { return .body(body) }
      return .body(GzipBody(body, mayBePlain: response.isCompressed))
    case 304 where request.etag != nil || request.lastModified != nil:
      return .unchanged(
        etag: response.headers["ETag"] ?? request.etag,
        lastModified: response.headers["Last-Modified"] ?? request.lastModified)
    default:
      return nil
    }
  }

  private func isGzipFile(_ response: HTTPResponse, _ request: SourceRequest) -> Bool {
    let type = response.headers["Content-Type"]?.lowercased() ?? ""
    if type.hasPrefix("application/gzip") || type.hasPrefix("application/x-gzip") { return true }
    guard case .http(let url) = request.location else { return false }
    return [url, response.url].contains { $0.prefix { $0 != "?" && $0 != "#" }.hasSuffix(".gz") }
  }

  /// The error of an answer that is no dump.
  private func refusal(_ response: HTTPResponse) -> HTTPError {
    var error: HTTPError
    do {
      try response.requireSuccess()
      error = HTTPError(
        .status(response.status), "\(response.maskedURL) answered \(response.status), which is no whole dump")
    } catch let thrown {
      error = thrown
    }
    let advice: String? =
      switch response.status {
      case 401 where response.leftOutSecrets, 403 where response.leftOutSecrets:
        ": it was redirected there from another origin, and credentials are told to one origin only; "
          + "name the address itself as the source"
      case 401: ": check the user, password or token"
      case 403: ": the user or token has no access to it, or none was given"
      case 404, 410: ": check the address, or wait until the dump is there"
      case 300..<400: ": it leads nowhere"
      default: nil
      }
    if let advice { error.message += advice }
    return error
  }
}
