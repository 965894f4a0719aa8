import Basics
import FeedFile
import Hashing
import ObjectStore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The objects of a store that a pattern matches.
struct MatchingObjects {
  /// More objects than this are not looked at one by one.
  private static let lookedAt = 1000
  private static let listed = 100_000

  private let source: StoredSource
  private let url: String

  init(_ source: StoredSource, _ url: String) {
    self.source = source
    self.url = url
  }

  /// The dump that some of them are, unless it is the one that is known.
  func dump(_ take: Source.Take, _ request: SourceRequest) throws(Failure) -> Opened {
    let keys: [ObjectKey]
    do throws(StoreError) { keys = try matching() } catch { throw Failure(error, source: url) }
    guard let last = keys.last else {
      throw Failure(.unavailable, "no object matches \(url): check source.url, or wait until there is one")
    }
    if take == .last { return try open(last, request) }
    guard keys.count <= Self.lookedAt else {
      throw Failure(
        .settings,
        "\(url) matches \(keys.count) objects, and each has to be asked for: make the pattern match at most "
          + "\(Self.lookedAt), or, where names have dates, set source.take to last")
    }
    let infos = try keys.map { (key) throws(Failure) in try info(key) }
    if take == .newest {
      let newest = keys.indices.max { (infos[$0].lastModified, $0) < (infos[$1].lastModified, $1) } ?? 0
      return try open(keys[newest], request)
    }
    // A name may not have a line feed in it, and neither has a version.
    let names = zip(keys, infos).map { "\($0) \($1.version)\n" }.joined()
    let etag = "all-" + hex(SHA256.digest(Array(names.utf8)))
    if request.etag == etag { return .unchanged(etag: etag, lastModified: nil) }
    let store = source.store
    let start = name("")
    let series = ListedSeries(keys.map(\.description)) { (key) throws(Failure) in
      let name = start + key
      do {
        return try request.dump(
          of: StoredSource(store: store, key: ObjectKey(key)).body(name), packing: Packing(name: name))
      } catch let error as Failure {
        throw error
      } catch {
        throw Failure(.software, "\(name): \(error)")
      }
    }
    return .body(try joined(series, request, etag: etag))
  }

  private func open(_ key: ObjectKey, _ request: SourceRequest) throws(Failure) -> Opened {
    try StoredSource(store: source.store, key: key).open(name(key.description), request)
  }

  private func info(_ key: ObjectKey) throws(Failure) -> ObjectInfo {
    do throws(StoreError) { return try source.store.info(key) } catch {
      throw Failure(error, source: name(key.description))
    }
  }

  /// The URL of another object of the same bucket.
  private func name(_ key: String) -> String { url.dropLast(source.key.description.count) + key }

  /// In the order of their names' bytes.
  private func matching() throws(StoreError) -> [ObjectKey] {
    let pattern = source.key.description
    let prefix = String(pattern.prefix { $0 != "*" && $0 != "?" })
    var keys: [ObjectKey] = []
    var after: String?
    while true {
      let page = try source.store.list(prefix: prefix, after: after, limit: 1000)
      for entry in page.entries where matches(entry.key.description, pattern) { keys.append(entry.key) }
      after = page.entries.last?.key.description
      guard page.more, after != nil, keys.count < Self.listed else { return keys }
    }
  }

  private func matches(_ name: String, _ pattern: String) -> Bool {
    unsafe fnmatch(plainBrackets(pattern), name, FNM_PATHNAME) == 0
  }
}

/// A pattern in which only `*` and `?` stand for something else than themselves.
func plainBrackets(_ pattern: String) -> String {
  var text = ""
  for character in pattern {
    if "[]\\".contains(character) { text += "\\" }
    text.append(character)
  }
  return text
}
