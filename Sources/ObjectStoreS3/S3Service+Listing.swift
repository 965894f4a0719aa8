public import CloudStore
public import ObjectStore

extension S3Service {
  /// A page of keys. What others put under the prefix and is no key of ours, such as the empty `folder/` of a web
  /// console, is left out; then more than one request may be needed for a page.
  public func list(prefix: String, after: String?, limit: Int) throws(ServiceError) -> ListPage {
    guard limit > 0 else {
      throw ServiceError(.invalid, "\(location): a page of \(limit) keys was asked for")
    }
    var token: String?
    while true {
      var query = [
        (name: "list-type", value: "2"), (name: "encoding-type", value: "url"),
        (name: "max-keys", value: String(min(limit, 1000))), (name: "prefix", value: place.fullKey(prefix)),
      ]
      if let token {
        query.append((name: "continuation-token", value: token))
      } else if let after, !after.isEmpty {
        query.append((name: "start-after", value: place.fullKey(after)))
      }
      let (document, _) = try askForDocument(request("GET", nil, query: query))
      guard document.name == "ListBucketResult" else {
        throw ServiceError(
          .failed, "\(location): the service answered with <\(document.name)>, not with a listing")
      }
      let keys = ListedKeys(document, place, quirks)
      var page = ListPage(entries: [], more: document["IsTruncated"] == "true")
      for entry in document.all("Contents") {
        guard let key = keys.key(entry["Key"]), let size = entry["Size"].flatMap({ Int($0) }) else {
          continue
        }
        page.entries.append((key: key, size: size))
      }
      if !page.entries.isEmpty || !page.more { return page }
      guard let next = document["NextContinuationToken"], !next.isEmpty, next != token else {
        throw ServiceError(
          .failed, "\(location): the service says that there are more keys, and not how to go on")
      }
      token = next
    }
  }
}

/// Reads the keys of a listing.
struct ListedKeys {
  private let isEncoded: Bool
  private let prefix: String

  init(_ document: XMLElement, _ place: S3Location, _ quirks: S3Quirks) {
    // Whether the store did encode them, it says itself.
    isEncoded = document["EncodingType"] == "url" || quirks.encodesInSilence
    prefix = place.fullKey("")
  }

  /// A key or marker as it is.
  func text(_ listed: String?) -> String? { isEncoded ? listed.flatMap(percentDecoded) : listed }

  /// The key within the store; nil if it cannot be one.
  func key(_ listed: String?) -> ObjectKey? {
    guard let full = text(listed), full.utf8.starts(with: prefix.utf8) else { return nil }
    return try? ObjectKey(String(decoding: full.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
  }
}
