import Basics
import FeedFile
import HTTP

/// What was found in a page, by which the next one is asked for.
struct PageFindings {
  /// Whether there were records in it.
  var hasRecords: Bool
  /// What stood where the next page is named; nil if nothing did.
  var token: String?
  /// The sum and the length of its records.
  var digest: (sum: UInt32, length: Int)
}

/// The answers that make one dump together: of several URLs, or page after page.
final class AnswerSeries: BodySeries {
  private let session: WebSession
  let pages: Source.Pages?
  private var addresses: ArraySlice<String>
  private let base: String
  private var asked: Set<String> = []
  private var number = 0
  private var before: (sum: UInt32, length: Int)?
  private var last: HTTPResponse?
  private var bodies: [any SourceBody] = []
  private var earlierBytes = 0
  private var earlierComplaint: String?

  init(_ session: WebSession, _ addresses: [String], _ pages: Source.Pages?) {
    self.session = session
    self.pages = pages
    base = addresses.first ?? ""
    self.addresses = pages == nil ? addresses[...] : []
    switch pages?.by {
    case .number(_, let first, _), .offset(_, let first, _): number = first
    default: break
    }
  }

  /// What it is called in messages.
  var name: String { bodies.last?.name ?? masked(url: base) }

  /// Bytes of all answers.
  var receivedBytes: Int { earlierBytes + (bodies.last?.receivedBytes ?? 0) }

  /// What is wrong with one of the answers.
  var complaint: String? { earlierComplaint ?? bodies.last?.complaint }

  /// The next answer's body, by what was found in the one before; nil if that was the last one.
  func next(after page: PageFindings?) throws(Failure) -> (any SourceBody)? {
    guard let address = try address(after: page) else { return nil }
    guard asked.insert(address).inserted else {
      throw Failure(.badData, "\(name): the pages go round in circles: the next one was read already")
    }
    if let pages, asked.count > pages.atMost {
      throw Failure(
        .badData,
        "\(name): there are more pages than \(pages.atMost); if that is right, raise source.pages.at_most")
    }
    if let body = bodies.popLast() {
      earlierBytes += body.receivedBytes
      earlierComplaint = earlierComplaint ?? body.complaint
    }
    let response = try session.answer(address)
    last = response
    let body = try session.body(of: response)
    bodies.append(body)
    return body
  }

  private func address(after page: PageFindings?) throws(Failure) -> String? {
    guard let pages else { return addresses.popFirst() }
    if let page {
      if let before, before == page.digest, page.hasRecords, page.token == nil {
        throw Failure(
          .badData,
          "\(name): the page is the same as the one before: does the server know the parameters of source.pages?"
        )
      }
      before = page.digest
    }
    switch pages.by {
    case .link:
      guard let response = last else { return base }
      guard let target = nextLink(response.headers.all("Link")) else { return nil }
      return try follow(target, response)
    case .token(_, let parameter):
      guard let response = last else { return base }
      guard let token = page?.token else { return nil }
      guard let parameter else { return try follow(token, response) }
      return setting(parameter, token, in: base)
    case .number(let parameter, _, let size):
      if let page, !page.hasRecords { return nil }
      defer { number += 1 }
      return setting(parameter, String(number), in: sized(size))
    case .offset(let parameter, _, let size):
      if let page, !page.hasRecords { return nil }
      defer { number += size.count }
      return setting(parameter, String(number), in: sized(size))
    }
  }

  private func sized(_ size: Source.Pages.Size?) -> String {
    guard let size, let parameter = size.parameter else { return base }
    return setting(parameter, String(size.count), in: base)
  }

  private func follow(_ target: String, _ response: HTTPResponse) throws(Failure) -> String {
    do { return try response.link(target, of: base) } catch { throw Failure(error) }
  }
}

/// The target of `rel="next"` in `Link` headers (RFC 8288).
package func nextLink(_ headers: [String]) -> String? {
  for header in headers {
    // Code points: with an accent behind it a bracket would be another character.
    var rest = header.unicodeScalars[...]
    while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
      let target = String(rest[rest.index(after: open)..<close])
      rest = rest[close...].dropFirst()
      // Parameters go on to the next comma outside of quotes.
      var isQuoted = false
      let end =
        rest.firstIndex { (character: Unicode.Scalar) -> Bool in
          if character == "\"" { isQuoted.toggle() }
          return character == "," && !isQuoted
        } ?? rest.endIndex
      for parameter in rest[..<end].split(separator: ";") {
        let parts = parameter.split(separator: "=", maxSplits: 1).map {
          String($0.filter { $0 != "\t" && $0 != "\"" })
        }
        guard parts.count == 2, parts[0].filter({ $0 != " " }).lowercased() == "rel" else { continue }
        if parts[1].split(separator: " ").contains(where: { $0.lowercased() == "next" }) { return target }
      }
      rest = rest[end...].dropFirst()
    }
  }
  return nil
}
