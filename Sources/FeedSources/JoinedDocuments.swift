import Basics
import Converting
import Documents
import FeedFile
import Hashing

/// Puts JSON documents together: the first one, with the records of the others behind its own.
final class JoinedDocuments: SourceBody {
  /// As long as a page may be, in bytes.
  private static let pageLimit = 64 << 20

  private let answers: any BodySeries
  private let path: [String]
  private var found: PageFindings?
  private var waiting: [UInt8] = []
  private var start = 0
  private var hasRecords = false
  private var tail: [UInt8]?
  private var failure: Failure?

  let expectedBytes: Int? = nil
  let etag: String?
  let lastModified: String? = nil
  let name: String
  var receivedBytes: Int { answers.receivedBytes }
  var complaint: String? { answers.complaint }

  /// Asks for the first answer.
  init(_ answers: any BodySeries, path: [String], etag: String? = nil) throws(Failure) {
    self.answers = answers
    self.etag = etag
    self.path = path
    guard let first = try answers.next(after: nil) else {
      throw Failure(.software, "a dump of no answers")
    }
    name = answers.name
    let page = try first.whole(limit: Self.pageLimit)
    let inside = try records(of: page)
    hasRecords = !inside.isEmpty
    waiting = Array(page[..<inside.upperBound])
    tail = Array(page[inside.upperBound...])
  }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if let failure { throw failure }
    do {
      return unsafe try next(destination)
    } catch {
      failure = error
      throw error
    }
  }

  private func next(_ destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    while start == waiting.count {
      guard let end = tail else { return 0 }
      start = 0
      waiting = []
      guard let body = try answers.next(after: found) else {
        waiting = end
        tail = nil
        continue
      }
      let page = try body.whole(limit: Self.pageLimit)
      let inside = try records(of: page)
      guard !inside.isEmpty else { continue }
      waiting = (hasRecords ? [UInt8(ascii: ",")] : []) + page[inside]
      hasRecords = true
    }
    let count = min(waiting.count - start, destination.count)
    unsafe destination.copyBytes(from: waiting[start..<start + count])
    start += count
    return count
  }

  /// Where the records of a page are, without the blanks around them; takes note of what leads on.
  private func records(of page: [UInt8]) throws(Failure) -> Range<Int> {
    let place = JSONPlace(page)
    guard let array = place.value(at: path), page[array.lowerBound] == UInt8(ascii: "[") else {
      let place = path.isEmpty ? "as a whole" : "at \(path.joined(separator: "."))"
      throw Failure(
        .badData,
        "\(answers.name): the page is no JSON document with an array \(place); it begins with \(quoted(page))"
      )
    }
    var inside = array.lowerBound + 1..<array.upperBound - 1
    while let last = page[inside].last, last <= 0x20 { inside.removeLastByte() }
    while let first = page[inside].first, first <= 0x20 { inside = inside.lowerBound + 1..<inside.upperBound }
    var token: String?
    if case .token(let path, _) = answers.pages?.by, let value = place.value(at: path) {
      token = try text(Array(page[value]), at: path)
    }
    found = PageFindings(
      hasRecords: !inside.isEmpty, token: token, digest: (CRC32C.of(Array(page[inside])), inside.count))
    return inside
  }

  /// What leads on: a text or a number; nil if it is the end.
  private func text(_ value: [UInt8], at path: [String]) throws(Failure) -> String? {
    switch value.first ?? 0 {
    case UInt8(ascii: "\""):
      let name = "\(answers.name): \(path.joined(separator: "."))"
      let texts = try Documents.decode(
        [String].self, from: Array("[".utf8) + value + Array("]".utf8), name: name)
      return texts.first.flatMap { $0.isEmpty ? nil : $0 }
    case UInt8(ascii: "n"), UInt8(ascii: "f"): return nil
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return String(decoding: value, as: UTF8.self)
    default:
      throw Failure(
        .badData,
        "\(answers.name): what stands at \(path.joined(separator: ".")) is neither a text nor a number: \(quoted(value))"
      )
    }
  }
}

extension Range<Int> {
  fileprivate mutating func removeLastByte() { self = lowerBound..<upperBound - 1 }
}
