import Basics
package import CloudStore
import Documents
import HTTP

/// The document in which containers and machines are lent credentials.
private struct LentDocument: Decodable {
  enum CodingKeys: String, CodingKey {
    case accessKey = "AccessKeyId"
    case secretKey = "SecretAccessKey"
    case token = "Token"
    case expiry = "Expiration"
    case code = "Code"
  }

  var accessKey: String?
  var secretKey: String?
  var token: String?
  var expiry: String?
  var code: String?
}

/// Asks somebody near for a small text; nobody stands between.
func askLender(
  _ url: String, method: String = "GET", headers: HTTPHeaders, seconds: Double, in world: S3Surroundings
) throws(HTTPError) -> (status: Int, body: [UInt8]) {
  var request = HTTPRequest(url, method: method, headers: headers, limits: lenderLimits(seconds: seconds))
  if method == "PUT" { request.body = [] }
  request.mayUseProxy = false
  let response = try world.http.send(request)
  return (response.status, try response.readAll(limit: 64 << 10))
}

/// Reads what was lent.
package func lentCredentials(_ body: [UInt8], _ name: String) throws(ServiceError) -> S3Credentials {
  // Its words could be the secret itself, and are not shown.
  let document = try? Documents.decode(LentDocument.self, from: body, name: name)
  if let code = document?.code, code != "Success" {
    throw ServiceError(.failed, "\(name) has no credentials now (\(code.prefix(60)))")
  }
  guard let access = document?.accessKey, let secret = document?.secretKey,
    let expiry = document?.expiry.map({ Instant($0) }) ?? .some(nil)
  else { throw ServiceError(.failed, "\(name) lent something that cannot be read as credentials") }
  return S3Credentials(accessKey: access, secretKey: secret, sessionToken: document?.token, expiry: expiry)
}
