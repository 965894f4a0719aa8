import Basics
import FeedFile
import HTTP
import Records

/// Asks a web server for a dump.
struct WebOpener: Sendable {
  let client: HTTPClient
  let clock: any Basics.Clock
  let log: any Log
  let randomness: any Randomness

  func open(_ request: SourceRequest, url: String) throws(Failure) -> Opened {
    let session = WebSession(request, client: client, clock: clock, log: log, randomness: randomness)
    let query = try encoded(request.web?.query ?? [:], request, session.now)
    var addresses: [String] = []
    for url in [url] + request.more {
      addresses.append(adding(query, to: try dated(url, request, session.now)))
    }
    if request.web?.pages != nil || addresses.count > 1 {
      let answers = AnswerSeries(session, addresses, request.web?.pages)
      return .body(try joined(answers, request))
    }
    // What has another address each day cannot be unchanged.
    let response = try session.answer(addresses[0], isConditional: !request.hasDates())
    if response.status == 304 {
      // That the form did not change is nothing about the dump.
      if let login = request.web?.login, session.isForm(response.url, login) {
        throw session.refused(response, login)
      }
      return .unchanged(
        etag: response.headers["ETag"] ?? request.etag,
        lastModified: response.headers["Last-Modified"] ?? request.lastModified)
    }
    return .body(try session.body(of: response))
  }
}

extension WebSession {
  /// The dump, or the part of it, that an answer has: unpacked and converted.
  func body(of response: HTTPResponse) throws(Failure) -> any SourceBody {
    let body = WebBody(response, self)
    guard let login = request.web?.login else {
      return try request.dump(of: body, packing: packing(response))
    }
    return try request.dump(of: known(body, response, by: login), packing: packing(response))
  }

  /// What a server says that it sends. Some say "gzip" twice: then the beginning of what is left tells.
  private func packing(_ response: HTTPResponse) -> Packing? {
    if response.isCompressed { return nil }
    let type = response.headers["Content-Type"]?.lowercased() ?? ""
    if type.hasPrefix("application/gzip") || type.hasPrefix("application/x-gzip") { return .gzip }
    guard case .http(let url) = request.location else { return nil }
    return [url, response.url].lazy.compactMap { Packing(name: $0.prefix { $0 != "?" && $0 != "#" }) }.first
  }
}
