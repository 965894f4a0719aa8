import Basics
import CloudStore
import HTTP

/// What `gcloud auth application-default login` leaves: a token that others are asked for with.
struct UserAccount: TokenSource {
  /// The fields of the file that are used.
  struct Key: Decodable {
    var clientID: String
    var clientSecret: String
    var refreshToken: String

    enum CodingKeys: String, CodingKey {
      case clientID = "client_id"
      case clientSecret = "client_secret"
      case refreshToken = "refresh_token"
    }
  }

  let name: String
  private let key: Key
  private let tokenURL: String
  private let http: HTTPClient

  /// - Parameter file: what messages call the file.
  init(_ bytes: [UInt8], file: String, tokenURL: String, http: HTTPClient) throws(ServiceError) {
    key = try CredentialsFile.decode(Key.self, from: bytes, file: file)
    name = "the user of \(file)"
    self.tokenURL = tokenURL
    self.http = http
  }

  func fetch(at now: Instant) throws(ServiceError) -> AccessToken {
    let form = query([
      ("grant_type", "refresh_token"), ("client_id", key.clientID), ("client_secret", key.clientSecret),
      ("refresh_token", key.refreshToken),
    ])
    let request = TokenRequest(
      http: http, name: name, advice: "Log in anew: gcloud auth application-default login",
      secrets: [key.clientSecret, key.refreshToken])
    return try request.send(.form(form, to: tokenURL), at: now)
  }
}

// Printing one shows nothing of its key.
extension UserAccount: CustomReflectable, CustomStringConvertible {
  var description: String { "UserAccount(***)" }
  var customMirror: Mirror { Mirror(self, children: []) }
}
