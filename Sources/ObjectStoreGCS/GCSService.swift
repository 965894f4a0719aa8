public import Basics
public import CloudStore
import HTTP
public import ObjectStore

/// Google Cloud Storage over its JSON API, one request a call. Versions are generations.
///
/// Two calls may take more than one request: ``send(_:_:of:)`` of a part whose answer was lost first asks how much
/// of it arrived, and ``rewrite(_:from:if:)`` goes on until the service says that it is done.
public struct GCSService: CloudService {
  public let location: String
  public let deletesByVersion = true
  public let tellsAbsence = true
  /// Parts come one after the other, and the last one ends the upload. Ranges cannot be copied, whole objects can.
  public var uploads: UploadRules {
    var rules = UploadRules(
      leastPart: 256 << 10, multiple: 256 << 10, mostParts: .max, copies: false, endsWithLastPart: true)
    rules.rewrites = true
    return rules
  }

  let place: GCSLocation
  /// Scheme and host, without a slash at the end.
  let base: String
  let clock: any Clock
  let sessions = UploadSessions()
  private let http: HTTPClient
  /// Nil for an emulator, which is told no secrets.
  private let keeper: TokenKeeper?

  /// The store at a place, with credentials as the environment names them.
  /// - Throws: ``ServiceError/Kind/denied`` if the credentials are of no use. The service is not asked yet.
  public init(_ place: GCSLocation, _ surroundings: GCSSurroundings) throws(ServiceError) {
    self.place = place
    location = place.description
    clock = surroundings.clock
    http = surroundings.http
    if var host = surroundings.variable("STORAGE_EMULATOR_HOST") {
      if !host.contains("://") { host = "http://" + host }
      while host.utf8.last == UInt8(ascii: "/") { host.removeLast() }
      base = host
      keeper = nil
    } else {
      base = surroundings.endpoint
      keeper = TokenKeeper(try CredentialsFile.source(surroundings), log: surroundings.log)
    }
  }

  public func uri(of key: ObjectKey) -> String { "gs://\(place.bucket)/\(name(of: key))" }

  public func info(_ key: ObjectKey) throws(ServiceError) -> ObjectInfo {
    let response = try send(GCSRequest("GET", objectURL(key, [("fields", GCSObject.fields)])), .object(key))
    return try GCSObject(response, .object(key)).info(at: time(of: response))
  }

  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(ServiceError) {
    var generation: String?
    if let version { generation = try self.generation(version, .object(key)) }
    let url = objectURL(key, [("ifGenerationMatch", generation)])
    _ = try send(GCSRequest("DELETE", url), .object(key))
  }

  public func now() throws(ServiceError) -> Instant {
    // No object has this name, since keys may not: the cheapest question, and one that needs no right beyond reading.
    let nothing = place.prefix + ".strandline-clock"
    let url = "\(base)/storage/v1/b/\(place.bucket)/o/\(encoded(nothing))?fields=generation"
    let response = try answer(to: GCSRequest("GET", url), .bucket)
    if response.status == 404 {
      let why = refusal(response, .clock)
      guard why.kind == .notFound else { throw why }
    } else if response.status != 200 {
      throw refusal(response, .bucket)
    }
    return try time(of: response)
  }

  // MARK: What all requests have in common

  func name(of key: ObjectKey) -> String { place.prefix + key.description }

  func objectURL(_ key: ObjectKey, _ parameters: [(String, String?)] = []) -> String {
    let url = "\(base)/storage/v1/b/\(place.bucket)/o/\(encoded(name(of: key)))"
    let parameters = query(parameters)
    return parameters.isEmpty ? url : "\(url)?\(parameters)"
  }

  /// A version as the service takes it. One that it never gives holds for no object.
  func generation(_ version: String, _ subject: Subject) throws(ServiceError) -> String {
    guard let number = Int64(version), number > 0, String(number) == version else {
      throw ServiceError(
        .preconditionFailed, "\(named(subject)): \"\(oneLine(version))\" is no version that it could be of")
    }
    return version
  }

  /// The parameter of a condition.
  func match(_ condition: WriteCondition, _ subject: Subject) throws(ServiceError) -> String? {
    switch condition {
    case .none: nil
    case .absent: "0"
    case .version(let version): try generation(version, subject)
    }
  }

  /// The answer to a request, if its status is a good one.
  func send(_ request: GCSRequest, _ subject: Subject) throws(ServiceError) -> HTTPResponse {
    let response = try answer(to: request, subject)
    guard (200..<300).contains(response.status) else { throw refusal(response, subject) }
    return response
  }

  /// The answer to a request, whatever its status.
  func answer(to request: GCSRequest, _ subject: Subject) throws(ServiceError) -> HTTPResponse {
    var limits = HTTPLimits()
    limits.connect = 10
    // The time in which a body is sent counts too: at 50 kB a second.
    limits.answer = 120 + Double(request.body?.count ?? 0) / 50_000
    limits.slow = 30
    limits.redirects = 0
    var asked = HTTPRequest(
      request.url, method: request.method, headers: request.headers, body: request.body, limits: limits)
    // Bytes as they are stored: neither the service nor we are to undo a compression.
    asked.undoesEncoding = false
    // Whether to try again is the store's business, who must know that an earlier try may have landed.
    asked.isSentOnce = true
    if request.headers["Accept-Encoding"] == nil { asked.headers.append("Accept-Encoding", "identity") }
    var token: AccessToken?
    if let keeper, request.needsToken {
      let current = try keeper.current(at: clock.now())
      asked.credentials = .bearer(current.value)
      token = current
    }
    let response: HTTPResponse
    do { response = try http.send(asked) } catch { throw unreachable(error, subject) }
    if response.status == 401, let token { keeper?.forget(token) }
    return response
  }

  /// Who asks, for messages.
  var asker: String { keeper?.name ?? "nobody (STORAGE_EMULATOR_HOST is set)" }

  /// Whether another token may do better.
  var hasTokens: Bool { keeper != nil }

  /// The service's clock.
  func time(of response: HTTPResponse) throws(ServiceError) -> Instant {
    if let date = response.headers.date { return date }
    throw ServiceError(.failed, "\(location): the answer has no date; \(base) is no Google Cloud Storage")
  }
}

/// A request before the token is added.
struct GCSRequest {
  var method: String
  var url: String
  var headers: HTTPHeaders
  var body: [UInt8]?
  /// Not where the address itself is the right to use it.
  var needsToken = true

  init(_ method: String, _ url: String, _ headers: HTTPHeaders = [:], body: [UInt8]? = nil) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}
