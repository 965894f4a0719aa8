import Basics
import CloudStore
import HTTP

/// AWS's security token service, which lends credentials of a role.
struct TokenService: Sendable {
  let world: S3Surroundings
  let endpoint: Endpoint

  /// The body of a call.
  static func form(_ fields: [(String, String?)]) -> [UInt8] {
    let known = fields.compactMap { name, value in value.map { "\(name)=\(percentEncoded($0))" } }
    return Array((known + ["Version=2011-06-15"]).joined(separator: "&").utf8)
  }

  var path: String { endpoint.path + "/" }

  /// What a good answer lends.
  func credentials(_ response: HTTPResponse, _ name: String) throws(ServiceError) -> S3Credentials {
    let bytes: [UInt8]
    do { bytes = try response.readAll(limit: 256 << 10) } catch { throw ServiceError(error, name) }
    // Its words could be the secret itself, and are not shown.
    let lent = (try? XMLElement(bytes))?.children.first { $0.child("Credentials") != nil }?.child(
      "Credentials")
    guard let lent, let access = lent["AccessKeyId"], let secret = lent["SecretAccessKey"],
      let token = lent["SessionToken"], let expiry = lent["Expiration"].flatMap({ Instant($0) })
    else {
      throw ServiceError(
        .failed, "\(name): \(endpoint.host) lent something that cannot be read as credentials")
    }
    return S3Credentials(accessKey: access, secretKey: secret, sessionToken: token, expiry: expiry)
  }

  /// What a bad answer means.
  func error(_ problem: S3Problem, _ name: String, role: String, advice: String) -> ServiceError {
    let said = "\(name): the role \(role) was not lent: \(endpoint.host) answered \(problem.said)"
    switch problem.status {
    case _ where problem.isExpiry:
      return ServiceError(.expired, "\(said); renew the credentials that it is asked with")
    case 429: return ServiceError(.throttled, said, retryAfter: problem.retryAfter)
    case 500...: return ServiceError(.failed, said, retryAfter: problem.retryAfter)
    case _ where ["Throttling", "IDPCommunicationError"].contains(problem.code ?? ""):
      return ServiceError(.throttled, said, retryAfter: problem.retryAfter)
    default: return ServiceError(.denied, "\(said); \(advice)")
    }
  }
}

/// A role that is lent to whoever holds a token of an identity provider, such as a pod's service account.
struct WebIdentityRole: CredentialSource {
  let name: String
  let service: TokenService
  let role: String
  let session: String
  let tokenFile: String

  func fetch(at now: Instant) throws(ServiceError) -> S3Credentials {
    let token = try secretText(of: tokenFile, in: service.world, name)
    let body = TokenService.form([
      ("Action", "AssumeRoleWithWebIdentity"), ("RoleArn", role), ("RoleSessionName", session),
      ("WebIdentityToken", token),
    ])
    let url = "\(service.endpoint.scheme)://\(service.endpoint.host)\(service.path)"
    let request = HTTPRequest(
      url, method: "POST", headers: ["Content-Type": "application/x-www-form-urlencoded"], body: body,
      limits: lenderLimits(seconds: 10))
    let response: HTTPResponse
    do { response = try service.world.http.send(request) } catch { throw ServiceError(error, name) }
    if response.status == 200 { return try service.credentials(response, name) }
    let answer = (try? response.readAll(limit: 64 << 10)) ?? []
    // The token is the secret here, and not to be told again.
    let secret = S3Credentials(accessKey: "", secretKey: token)
    throw service.error(
      S3Problem(response, answer, secret, now: now), name, role: role,
      advice: "see that the role trusts this identity, and that the token of \(tokenFile) is a new one")
  }
}

/// A role that is lent to whoever has other credentials.
struct AssumedRole: CredentialSource {
  let name: String
  let service: TokenService
  let region: String
  let keeper: CredentialKeeper
  let role: String
  let session: String
  let externalID: String?
  let seconds: Int?

  func fetch(at now: Instant) throws(ServiceError) -> S3Credentials {
    let body = TokenService.form([
      ("Action", "AssumeRole"), ("RoleArn", role), ("RoleSessionName", session), ("ExternalId", externalID),
      ("DurationSeconds", seconds.map { String($0) }),
    ])
    let sender = S3Sender(
      service.endpoint, SignatureV4(region: region, service: "sts"), keeper, service.world)
    let request = S3Request(
      method: "POST", path: service.path,
      headers: [(name: "content-type", value: "application/x-www-form-urlencoded")], body: body, name: name)
    switch try sender.send(request) {
    case .good(let response): return try service.credentials(response, name)
    case .problem(let problem):
      throw service.error(
        problem, name, role: role,
        advice: "see that the role trusts \(keeper.name), and that it may assume it")
    }
  }
}

/// The text of a file that holds a secret.
func secretText(of path: String, in world: S3Surroundings, _ name: String) throws(ServiceError) -> String {
  let bytes: [UInt8]?
  do { bytes = try world.readFile(path) } catch { throw ServiceError(.denied, "\(name): \(error.message)") }
  guard let bytes, let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
    throw ServiceError(.denied, "\(name): \(path) is not there or holds no token")
  }
  return String(text.split(whereSeparator: \.isWhitespace).joined())
}

/// Limits for those who lend credentials: they are near, and answer at once.
func lenderLimits(seconds: Double) -> HTTPLimits {
  var limits = HTTPLimits()
  limits.connect = seconds
  limits.answer = seconds
  limits.total = seconds * 2
  limits.redirects = 0
  return limits
}
