import Basics
import FeedFile
import HTTP

/// The body of a web server's answer. Where it breaks off, it is gone on with if the server can.
final class WebBody: SourceBody {
  private let response: HTTPResponse
  private let session: WebSession
  let name: String
  var expectedBytes: Int? { response.expectedBytes }
  var receivedBytes: Int { response.wireBytes }
  var etag: String? { response.headers["ETag"] }
  var lastModified: String? { response.headers["Last-Modified"] }

  init(_ response: HTTPResponse, _ session: WebSession) {
    self.response = response
    self.session = session
    name = response.maskedURL
  }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    while true {
      do {
        return unsafe try response.read(into: destination)
      } catch {
        try session.goOn(response, after: error)
      }
    }
  }

  var complaint: String? {
    guard let types = session.request.expect?.contentType, !types.isEmpty else { return nil }
    let given = response.headers["Content-Type"] ?? ""
    let type = given.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
    if types.contains(where: { $0.lowercased() == type }) { return nil }
    return "it came as \(type.isEmpty ? "no content type" : type), and source.expect.content_type is "
      + types.joined(separator: ", ")
  }
}

extension Failure {
  /// What a person should do about an HTTP error.
  init(_ error: HTTPError) {
    let cause: Cause? =
      error.refusesLogin
      ? .refusedLogin : error.refusesProxy ? .refusedProxy : error.retryAfter.map { .leaveAlone(seconds: $0) }
    switch error.kind {
    case _ where error.refusesLogin: self.init(.settings, error.message, cause: cause)
    case .badRequest: self.init(.settings, error.message)
    case .status(401), .status(403), .status(407): self.init(.settings, error.message, cause: cause)
    case .status, .unreachable, .truncated, .malformed: self.init(.unavailable, error.message, cause: cause)
    }
  }
}
