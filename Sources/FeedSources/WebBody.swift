import Basics
import HTTP

/// The body of a web server's answer.
final class WebBody: SourceBody {
  private let response: HTTPResponse
  let name: String
  var expectedBytes: Int? { response.expectedBytes }
  var receivedBytes: Int { response.wireBytes }
  var etag: String? { response.headers["ETag"] }
  var lastModified: String? { response.headers["Last-Modified"] }

  init(_ response: HTTPResponse) {
    self.response = response
    name = response.maskedURL
  }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    do {
      return unsafe try response.read(into: destination)
    } catch {
      throw Failure(error)
    }
  }
}

extension Failure {
  /// What a person should do about an HTTP error.
  init(_ error: HTTPError) {
    switch error.kind {
    case .badRequest: self.init(.settings, error.message)
    case .status(401), .status(403): self.init(.settings, error.message)
    case .status, .unreachable, .truncated, .malformed: self.init(.unavailable, error.message)
    }
  }
}
