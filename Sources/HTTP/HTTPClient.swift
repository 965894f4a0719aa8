/// Asks HTTP servers; keeps connections open between requests. Free to use from several threads at once.
///
/// Proxies are taken from the environment, as libcurl does (`https_proxy`, `no_proxy`, …).
public final class HTTPClient: Sendable {
  /// What is sent and trusted.
  public let settings: HTTPSettings
  private let pool = MultiPool()

  /// A client with these settings.
  public init(_ settings: HTTPSettings = HTTPSettings()) { self.settings = settings }

  /// Sends a request and waits until the first bytes of the body are there, or its end.
  ///
  /// `GET` and `HEAD` follow redirects, unless the limits allow none. Any status is an answer, see ``HTTPResponse/requireSuccess()``.
  public func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
    var request = request
    var address = try Address(request.url)
    request.credentials = address.credentials ?? request.credentials
    let first = address
    var leftOutSecrets = false
    let limit = (request.limits ?? settings.limits).redirects
    var redirects = 0
    while true {
      let transfer = try Transfer(request, address, settings, pool)
      try transfer.advance()
      try transfer.throwIfFailed()
      let isSeenOff =
        request.followsForm && request.method == "POST"
        && [301, 302, 303].contains(transfer.status)
      guard limit > 0, [301, 302, 303, 307, 308].contains(transfer.status),
        isSeenOff || ["GET", "HEAD"].contains(request.method),
        let target = transfer.redirectTarget
      else {
        let (asked, settings, pool) = (request, settings, pool)
        return try HTTPResponse(
          transfer, leftOutSecrets: leftOutSecrets, undoesEncoding: request.undoesEncoding,
          rest: request.method != "GET"
            ? nil
            : { (range, validator, limits) throws(HTTPError) in
              var request = asked
              request.headers["Range"] = range
              request.headers["If-Range"] = validator
              request.limits = limits ?? request.limits
              let transfer = try Transfer(request, transfer.address, settings, pool)
              try transfer.advance()
              try transfer.throwIfFailed()
              return transfer
            })
      }
      if isSeenOff {
        request.method = "GET"
        request.body = nil
        request.headers["Content-Type"] = nil
      }
      guard redirects < limit else {
        throw HTTPError(
          .status(transfer.status),
          "\(masked(url: first.url)) redirects more than \(limit) times, last to \(masked(url: target))")
      }
      redirects += 1
      let next: Address
      do { next = try Address(target) } catch {
        throw HTTPError(
          .malformed, "\(masked(url: address.url)) redirects to where nobody can go: \(error.message)")
      }
      if next.origin != address.origin {
        leftOutSecrets = leftOutSecrets || request.credentials != .none || request.identity.certificate != nil
        request.identity = request.identity.withoutSecrets()
        request.credentials = .none
        let kept = request.headers.withoutSecrets()
        leftOutSecrets = leftOutSecrets || kept.fields.count != request.headers.fields.count
        request.headers = kept
      }
      request.credentials = next.credentials ?? request.credentials
      address = next
    }
  }
}
