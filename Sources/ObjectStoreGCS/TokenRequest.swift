import Basics
import CloudStore
import Documents
import HTTP

/// Asks those who give access tokens.
struct TokenRequest: Sendable {
  private struct Granted: Decodable {
    var accessToken: String
    var expiresIn: Double

    enum CodingKeys: String, CodingKey {
      case accessToken = "access_token"
      case expiresIn = "expires_in"
    }
  }
  private struct Refused: Decodable {
    var error: String?
    var errorDescription: String?

    enum CodingKeys: String, CodingKey {
      case error
      case errorDescription = "error_description"
    }
  }

  let http: HTTPClient
  /// For messages.
  let name: String
  /// What to do if it is refused for good.
  let advice: String
  /// What may not be seen in a message.
  let secrets: [String]

  /// Sends it, and takes the token out of the answer.
  func send(_ request: HTTPRequest, at now: Instant, mark: (name: String, value: String)? = nil)
    throws(ServiceError) -> AccessToken
  {
    let response: HTTPResponse
    let body: [UInt8]
    do {
      response = try http.send(request)
      body = try response.readAll(limit: 1 << 20)
    } catch {
      throw ServiceError(.unreachable, "no token from \(name): \(oneLine(error.message, without: secrets))")
    }
    if let mark, response.headers[mark.name] != mark.value {
      throw ServiceError(.denied, "\(name) did not answer as itself (no \(mark.name)): \(advice)")
    }
    guard response.status == 200 else { throw refusal(response, body, now) }
    guard let granted = try? Documents.decode(Granted.self, from: body, name: ""),
      !granted.accessToken.isEmpty
    else { throw ServiceError(.failed, "\(name) answered with something that is no token") }
    return AccessToken(
      value: granted.accessToken, expiry: now.advanced(bySeconds: min(max(0, granted.expiresIn), 86400)))
  }

  private func refusal(_ response: HTTPResponse, _ body: [UInt8], _ now: Instant) -> ServiceError {
    let told = try? Documents.decode(Refused.self, from: body, name: "")
    let parts = [told?.error, told?.errorDescription].compactMap { $0 }
    let why = oneLine(parts.isEmpty ? "" : ": " + parts.joined(separator: ": "), without: secrets)
    let message = "no token from \(name): \(response.status)\(why)"
    switch response.status {
    case 429: return ServiceError(.throttled, message, retryAfter: response.headers.retryAfter(now: now))
    case 408, 500...: return ServiceError(.failed, message, retryAfter: response.headers.retryAfter(now: now))
    default:
      // A signed request is good for an hour by the clock of the one who judges it.
      if let theirs = response.headers.date, abs(theirs.seconds(since: now)) > 300 {
        return ServiceError(
          .denied,
          "\(message). This machine's clock says \(now), theirs \(theirs): set it right, and try again")
      }
      return ServiceError(.denied, "\(message). \(advice)")
    }
  }
}
