import Basics
import CloudStore
import HTTP

/// The server that gives tokens to whatever runs on Google Cloud: machines, Cloud Run, functions, GKE.
struct MetadataServer: TokenSource {
  let host: String
  /// Whether somebody named it, or it is only what is left to try.
  let isNamed: Bool
  let http: HTTPClient

  var name: String { "the metadata server \(host)" }

  func fetch(at now: Instant) throws(ServiceError) -> AccessToken {
    // It answers at once where there is one, and elsewhere nobody may be kept waiting for it.
    var limits = HTTPLimits()
    limits.connect = 3
    limits.answer = 10
    limits.total = 15
    limits.redirects = 0
    var asked = HTTPRequest(
      "http://\(host)/computeMetadata/v1/instance/service-accounts/default/token",
      headers: ["Metadata-Flavor": "Google"], limits: limits)
    asked.mayUseProxy = false
    let request = TokenRequest(
      http: http, name: name,
      advice: "See that a service account is attached to what runs here, with a scope for Cloud Storage",
      secrets: [])
    do {
      return try request.send(asked, at: now, mark: (name: "Metadata-Flavor", value: "Google"))
    } catch {
      guard !isNamed, error.kind == .unreachable || error.message.contains("did not answer as itself") else {
        throw error
      }
      throw ServiceError(
        .denied,
        "there are no credentials for Google Cloud: name the file of a service account's key in "
          + "GOOGLE_APPLICATION_CREDENTIALS, or log in with gcloud auth application-default login, or run where a "
          + "service account is attached (\(error.message))")
    }
  }
}
