package import Basics
package import CloudStore
import Documents
package import HTTP
import Hashing

/// A service account's key: each token is asked for with a statement that the key signs (RFC 7523).
package struct ServiceAccount: TokenSource {
  /// The fields of the file that are used.
  struct Key: Decodable {
    var clientEmail: String
    var privateKey: String
    var privateKeyID: String?
    var tokenURI: String?
    var universeDomain: String?

    enum CodingKeys: String, CodingKey {
      case clientEmail = "client_email"
      case privateKey = "private_key"
      case privateKeyID = "private_key_id"
      case tokenURI = "token_uri"
      case universeDomain = "universe_domain"
    }
  }
  private struct Header: Encodable {
    var alg = "RS256"
    var typ = "JWT"
    var kid: String?
  }
  private struct Claims: Encodable {
    var iss: String
    var scope: String
    var aud: String
    var iat: Int64
    var exp: Int64
  }

  static let scope = "https://www.googleapis.com/auth/devstorage.read_write"

  package let name: String
  private let email: String
  private let keyID: String?
  private let tokenURL: String
  private let signer: RSASigner
  private let http: HTTPClient

  /// - Parameter file: what messages call the file.
  package init(_ bytes: [UInt8], file: String, http: HTTPClient) throws(ServiceError) {
    let key = try CredentialsFile.decode(Key.self, from: bytes, file: file)
    if let universe = key.universeDomain, universe != "googleapis.com" {
      throw ServiceError(
        .denied, "\(file) is for the universe \"\(oneLine(universe))\": only googleapis.com is known here")
    }
    do { signer = try RSASigner(pem: Array(key.privateKey.utf8)) } catch {
      throw ServiceError(
        .denied, "\(file): its private_key \(error): make a new key of the service account and use its file")
    }
    email = key.clientEmail
    keyID = key.privateKeyID
    tokenURL = key.tokenURI ?? "https://oauth2.googleapis.com/token"
    name = "the service account \(oneLine(email)) (\(file))"
    self.http = http
  }

  package func fetch(at now: Instant) throws(ServiceError) -> AccessToken {
    let statement = try statement(at: now)
    let form = query([
      ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", statement),
    ])
    let request = TokenRequest(
      http: http, name: name,
      advice: "See that the key was not deleted and the account not disabled, or use the file of a new key",
      secrets: [statement])
    return try request.send(.form(form, to: tokenURL), at: now)
  }

  /// The signed statement (a JWT; RFC 7519) that a token is asked for with.
  package func statement(at now: Instant) throws(ServiceError) -> String {
    let second = now.microseconds / 1_000_000
    let claims = Claims(iss: email, scope: Self.scope, aud: tokenURL, iat: second, exp: second + 3600)
    let signed = [Documents.encode(Header(kid: keyID)), Documents.encode(claims)].map(base64URL)
      .joined(separator: ".")
    do {
      return try "\(signed).\(base64URL(signer.sign(Array(signed.utf8))))"
    } catch {
      throw ServiceError(.denied, "\(name): its private_key \(error)")
    }
  }
}

extension HTTPRequest {
  /// A form for an endpoint of tokens.
  static func form(_ form: String, to url: String) -> HTTPRequest {
    var limits = HTTPLimits()
    limits.connect = 10
    limits.answer = 30
    return HTTPRequest(
      url, method: "POST", headers: ["Content-Type": "application/x-www-form-urlencoded"],
      body: Array(form.utf8), limits: limits)
  }
}
