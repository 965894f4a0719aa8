import Basics
import CloudStore
import HTTP

/// An answer that is not what was asked for.
struct S3Problem {
  /// The status, 200 too: the answer to a completed upload may be an error.
  var status: Int
  /// S3's own code, such as `NoSuchKey`; nil where the answer had no body that says it.
  var code: String?
  /// S3's own words, without secrets.
  var message: String?
  /// Where the bucket is, if the answer says so.
  var region: String?
  var retryAfter: Double?
  /// The service's clock.
  var date: Instant?
  var headers: HTTPHeaders

  init(_ response: HTTPResponse, _ body: [UInt8], _ credentials: S3Credentials, now: Instant) {
    status = response.status
    // What is not XML, or not S3's, is a proxy's: then the status is all there is.
    if let document = try? XMLElement(body) {
      // STS has its error within another element.
      let error = document.name == "Error" ? document : document.child("Error")
      code = error?["Code"].map { credentials.withoutSecrets($0) }
      message = error?["Message"].map { credentials.withoutSecrets($0) }
      region = error?["Region"].map { credentials.withoutSecrets($0) }
    }
    region = response.headers["x-amz-bucket-region"] ?? region
    retryAfter = response.headers.retryAfter(now: now)
    date = response.headers.date
    headers = response.headers
  }

  /// `409 ConditionalRequestConflict (At least one …)`.
  var said: String {
    var text = String(status)
    if let code { text += " \(code)" }
    if let message, !message.isEmpty { text += " (\(message))" }
    return text
  }
}
