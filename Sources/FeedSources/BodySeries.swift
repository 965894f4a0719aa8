import Basics
import FeedFile
import Records

/// Bodies that make one dump together, one after the other.
protocol BodySeries: AnyObject {
  /// What it is called in messages: the body that is being read.
  var name: String { get }
  /// Bytes of all bodies.
  var receivedBytes: Int { get }
  /// What is wrong with one of them.
  var complaint: String? { get }
  /// How the next one is found, if they are pages.
  var pages: Source.Pages? { get }
  /// The next body, by what was found in the one before; nil if that was the last one.
  func next(after page: PageFindings?) throws(Failure) -> (any SourceBody)?
}

/// Bodies that are all known before.
final class ListedSeries: BodySeries {
  private let open: (String) throws(Failure) -> any SourceBody
  private var names: ArraySlice<String>
  private var body: (any SourceBody)?
  private var earlierBytes = 0
  private var earlierComplaint: String?
  let pages: Source.Pages? = nil

  /// Bodies of these names, opened one after the other.
  init(_ names: [String], open: @escaping (String) throws(Failure) -> any SourceBody) {
    self.names = names[...]
    self.open = open
  }

  var name: String { body?.name ?? "" }
  var receivedBytes: Int { earlierBytes + (body?.receivedBytes ?? 0) }
  var complaint: String? { earlierComplaint ?? body.flatMap(Self.complaint) }

  func next(after page: PageFindings?) throws(Failure) -> (any SourceBody)? {
    guard let next = names.popFirst() else { return nil }
    if let body {
      earlierBytes += body.receivedBytes
      earlierComplaint = earlierComplaint ?? Self.complaint(body)
    }
    let opened = try open(next)
    body = opened
    return opened
  }

  private static func complaint(_ body: any SourceBody) -> String? {
    body.complaint.map { "\(body.name): \($0)" }
  }
}

/// What makes one dump of several bodies.
func joined(_ series: any BodySeries, _ request: SourceRequest, etag: String? = nil) throws(Failure)
  -> any SourceBody
{
  if case .json(unwrap: let path) = request.format {
    return try JoinedDocuments(series, path: path, etag: etag)
  }
  return try JoinedLines(series, format: request.format, etag: etag)
}
