import Basics
import Documents
import ObjectStore

/// Says that a store is for rehearsals, where functions may be made to fail: `.staging/marker.json`.
///
/// It names the store that it was made for, so that it does not count in another one into which everything was copied.
struct StagingMarker: Codable, Hashable, Sendable {
  static let path = ".staging/marker.json"

  /// The layout of this document.
  var format = 1
  /// The store that it was made for, as people name it.
  var store: String
  /// When, by the store's clock.
  var markedAt: Instant
  /// The version of the program.
  var software: String

  enum CodingKeys: String, CodingKey {
    case format, store
    case markedAt = "marked_at"
    case software
  }

  /// What a store says of itself.
  static func read(_ store: any ObjectStore) throws(StoreError) -> (marker: StagingMarker?, version: String)?
  {
    guard let (bytes, info) = try store.getIfPresent(ObjectKey(path)) else { return nil }
    return (try? Documents.decode(StagingMarker.self, from: bytes, name: path), info.version)
  }

  /// Makes a store one for rehearsals, if it is none.
  /// - Returns: false if it was already.
  static func write(to store: any ObjectStore) throws(StoreError) -> Bool {
    let there = try read(store)
    if there?.marker?.store == store.location { return false }
    let marker = StagingMarker(
      store: store.location, markedAt: try store.now(), software: Software.version)
    try store.put(
      ObjectKey(path), Documents.encode(marker), if: there.map { .version($0.version) } ?? .absent)
    return true
  }
}
