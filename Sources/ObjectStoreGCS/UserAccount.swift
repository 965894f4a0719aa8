import Basics
import CloudStore
import HTTP

/// What `gcloud auth application-default login` leaves: a token that others are asked for with.
struct UserAccount: TokenSource {
  /// The fields of the file that are used.
  struct Key: Decodable {
    var client_id: String
    var client_secret: String
    var refresh_token: String
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
      ("grant_type", "refresh_token"), ("client_id", key.client_id), ("client_secret", key.client_secret),
      ("refresh_token", key.refresh_token),
    ])
    let request = TokenRequest(
      http: http, name: name, advice: "Log in anew: gcloud auth application-default login",
      secrets: [key.client_secret, key.refresh_token])
    return try request.send(.form(form, to: tokenURL), at: now)
  }
}

// Printing one shows nothing of its key.
extension UserAccount: CustomReflectable, CustomStringConvertible {
  var description: String { "UserAccount(***)" }
  var customMirror: Mirror { Mirror(self, children: []) }
}
