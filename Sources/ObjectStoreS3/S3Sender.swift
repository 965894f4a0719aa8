import Basics
import CloudStore
import HTTP
import Hashing
import Synchronization

/// One request to a service that takes signatures.
struct S3Request {
  var method: String
  /// Percent-encoded, as it is sent.
  var path: String
  var query: [(name: String, value: String)] = []
  /// All of these are signed.
  var headers: [(name: String, value: String)] = []
  var body: [UInt8]?
  /// SHA-256 of the body, if it is known already.
  var bodyDigest: [UInt8]?
  /// For messages: `s3://bucket/key`.
  var name: String
}

/// A good answer, or another one.
enum S3Answer {
  case good(HTTPResponse)
  case problem(S3Problem)
}

/// Signs requests and sends them; keeps its clock by the service's.
final class S3Sender: Sendable {
  let endpoint: Endpoint
  let keeper: CredentialKeeper
  private let signature: SignatureV4
  private let world: S3Surroundings
  /// How far the service's clock is ahead of this machine's, in seconds.
  private let offset = Mutex(0.0)

  init(_ endpoint: Endpoint, _ signature: SignatureV4, _ keeper: CredentialKeeper, _ world: S3Surroundings) {
    self.endpoint = endpoint
    self.signature = signature
    self.keeper = keeper
    self.world = world
  }

  /// The service's time, as far as it is known.
  var now: Instant { world.clock.now().advanced(bySeconds: offset.withLock { $0 }) }

  /// Sends a request once, and once more if all that was wrong with it was this machine's clock.
  func send(_ request: S3Request) throws(ServiceError) -> S3Answer {
    let answer = try sendOnce(request)
    guard case .problem(let problem) = answer, correctClock(problem, request.name) else { return answer }
    return try sendOnce(request)
  }

  private func sendOnce(_ request: S3Request) throws(ServiceError) -> S3Answer {
    let now = now
    let credentials = try keeper.current(at: now)
    let hash = hex(request.bodyDigest ?? SHA256.digest(request.body ?? []))
    let signable = SignableRequest(
      method: request.method, host: endpoint.host, path: request.path, query: request.query,
      headers: request.headers + [(name: "x-amz-content-sha256", value: hash)], payloadHash: hash)
    var headers = HTTPHeaders([("Host", endpoint.host)])
    for (name, value) in signable.headers + signature.headers(for: signable, credentials, at: now) {
      headers.append(name, value)
    }
    let query = signable.canonicalQuery
    var http = HTTPRequest(
      "\(endpoint.scheme)://\(endpoint.host)\(request.path)\(query.isEmpty ? "" : "?\(query)")",
      method: request.method, headers: headers, body: request.body, limits: Self.limits(request))
    http.undoesEncoding = false
    // A write that libcurl repeats unasked meets itself: it landed, and is told that its condition fails.
    http.isSentOnce = true
    do {
      let response = try world.http.send(http)
      if (200..<300).contains(response.status) { return .good(response) }
      // What cannot be read of an error's body is not missed: the status is there.
      let body = (try? response.readAll(limit: 64 << 10)) ?? []
      let problem = S3Problem(response, body, credentials, now: now)
      if problem.isExpiry { keeper.forget(credentials) }
      return .problem(problem)
    } catch {
      throw ServiceError(error, request.name)
    }
  }

  /// Takes the service's time for ours if that is why a request was refused.
  private func correctClock(_ problem: S3Problem, _ name: String) -> Bool {
    guard problem.isClock, let date = problem.date else { return false }
    let wanted = date.seconds(since: world.clock.now())
    let correction = offset.withLock { offset in
      defer { offset = wanted }
      return wanted - offset
    }
    // Corrected already: the clock is not what is wrong.
    guard abs(correction) > 1 else { return false }
    world.log.warning(
      "\(name): this machine's clock is \(Int(abs(wanted).rounded())) s \(wanted < 0 ? "ahead of" : "behind") the "
        + "service's, which refuses requests dated by it (\(problem.said)); they are dated by the service's "
        + "clock from now on: set this machine's clock")
    return true
  }

  private static func limits(_ request: S3Request) -> HTTPLimits {
    var limits = HTTPLimits()
    // Redirects of S3 lead to other regions, for which a request would have to be signed anew.
    limits.redirects = 0
    limits.connect = 10
    // The time in which a body is sent counts too: at 50 kB a second. A completed upload is put together first.
    limits.answer = request.method == "POST" ? 600 : 60 + Double(request.body?.count ?? 0) / 50_000
    limits.slow = 30
    return limits
  }
}

extension S3Problem {
  /// Whether credentials have come to their end.
  var isExpiry: Bool {
    ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"].contains(code ?? "")
  }

  /// Whether it is the time of the request that was refused.
  var isClock: Bool {
    // STS calls it a signature that does not match, with words about time.
    ["RequestTimeTooSkewed", "RequestExpired"].contains(code ?? "")
      || code == "SignatureDoesNotMatch"
        && ["Signature expired", "Signature not yet current"].contains { message?.hasPrefix($0) == true }
  }
}

extension ServiceError {
  /// Why there is no answer.
  init(_ error: HTTPError, _ name: String) {
    let kind: Kind =
      switch error.kind {
      case .unreachable, .truncated: .unreachable
      case .badRequest: .denied
      case .malformed, .status: .failed
      }
    self.init(kind, "\(name): \(error.message)")
  }
}
