import Basics
import Documents
import FeedFile
import HTTP

/// What OAuth 2 gave.
struct Token {
  let value: String
  /// When it is no longer taken for good, by this machine's clock.
  let expiry: Instant?
}

extension TokenClient {
  private struct Granted: Decodable {
    var accessToken: String
    var tokenType: String?
    var expiresIn: Double?

    enum CodingKeys: String, CodingKey {
      case accessToken = "access_token"
      case tokenType = "token_type"
      case expiresIn = "expires_in"
    }
  }

  /// Asks for a token (RFC 6749, 4.4.2).
  func question() -> HTTPRequest {
    var fields = [("grant_type", "client_credentials")]
    if let scope = settings.scope { fields.append(("scope", scope)) }
    if let audience = settings.audience { fields.append(("audience", audience)) }
    if settings.isInForm { fields += [("client_id", settings.id), ("client_secret", secret)] }
    var question = HTTPRequest(settings.tokenURL, method: "POST", body: Array(encoded(fields).utf8))
    question.headers["Content-Type"] = "application/x-www-form-urlencoded"
    question.headers["Accept"] = "application/json"
    if !settings.isInForm {
      // Both are encoded as in a form first (2.3.1).
      question.credentials = .basic(
        user: percentEncoded(settings.id, keeping: ""), password: percentEncoded(secret, keeping: ""))
    }
    return question
  }

  /// The token in an answer, whose text is in no message.
  func token(in answer: [UInt8], at now: Instant) throws(Failure) -> Token {
    let name = masked(url: settings.tokenURL)
    guard let granted = try? Documents.decode(Granted.self, from: answer, name: ""),
      !granted.accessToken.isEmpty
    else {
      throw Failure(
        .unavailable, "\(name) answered with something that is no token: check source.auth.token_url")
    }
    guard granted.tokenType.map({ $0.lowercased() == "bearer" }) ?? true else {
      throw Failure(.settings, "\(name) gives tokens of another type than bearer, which is not known")
    }
    // Half a minute before its end a token counts as ended.
    return Token(
      value: granted.accessToken,
      expiry: granted.expiresIn.map { now.advanced(bySeconds: min(max(1, $0 - 30), 86400)) })
  }
}
