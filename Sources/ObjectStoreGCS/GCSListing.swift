package import Basics
public import CloudStore
import Documents
import HTTP
public import ObjectStore

/// A page of a listing, as far as it is used.
package struct GCSPage: Decodable {
  package struct Item: Decodable {
    package var name: String
    package var size: String
  }
  package var items: [Item]?
  package var nextPageToken: String?

  /// Reads the document of an answer.
  package init(decoding bytes: [UInt8]) throws(Failure) {
    self = try Documents.decode(GCSPage.self, from: bytes, name: "the answer")
  }
}

extension GCSService {
  /// The service gives no more at once.
  private static let mostItems = 1000

  public func list(prefix: String, after: String?, limit: Int) throws(ServiceError) -> ListPage {
    var entries: [(key: ObjectKey, size: Int)] = []
    var token: String?
    // A page may be empty although there are more, and a key that is none of ours is left out.
    repeat {
      let page = try page(prefix, after, limit, token)
      token = page.nextPageToken.flatMap { $0.isEmpty ? nil : $0 }
      for item in page.items ?? [] {
        guard item.name.utf8.starts(with: place.prefix.utf8) else { continue }
        let name = String(decoding: item.name.utf8.dropFirst(place.prefix.utf8.count), as: UTF8.self)
        // startOffset names the first, `after` what stands before it.
        if let after, !after.utf8.lexicographicallyPrecedes(name.utf8) { continue }
        guard let key = try? ObjectKey(name) else { continue }
        if entries.count == limit { return ListPage(entries: entries, more: true) }
        entries.append((key, Int(item.size) ?? 0))
      }
    } while entries.isEmpty && token != nil
    return ListPage(entries: entries, more: token != nil)
  }

  private func page(_ prefix: String, _ after: String?, _ limit: Int, _ token: String?) throws(ServiceError)
    -> GCSPage
  {
    // One more than was asked for, as the first may be `after` itself.
    let most = min(limit + (after == nil ? 0 : 1), Self.mostItems)
    let parameters = query([
      ("prefix", place.prefix + prefix), ("startOffset", after.map { place.prefix + $0 }),
      ("maxResults", String(max(1, most))), ("pageToken", token),
      ("fields", "items(name,size),nextPageToken"),
    ])
    let response = try send(
      GCSRequest("GET", "\(base)/storage/v1/b/\(place.bucket)/o?\(parameters)"), .bucket)
    do {
      return try GCSPage(decoding: response.readAll(limit: 16 << 20))
    } catch let error as HTTPError {
      throw unreachable(error, .bucket)
    } catch {
      throw ServiceError(.failed, "\(location): the list cannot be read: \(oneLine("\(error)"))")
    }
  }
}
