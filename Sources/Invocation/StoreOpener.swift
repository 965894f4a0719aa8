package import Basics
import CloudStore
import FeedSources
package import HTTP
package import ObjectStore
import ObjectStoreGCS
import ObjectStoreS3
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Opens stores by how people name them: a directory, `s3://bucket/prefix`, `gs://bucket/prefix`.
package final class StoreOpener: Sendable {
  private let log: any Log
  private let http: HTTPSettings
  let deadline: Instant?
  private let rehearsal: Rehearsal?
  private let opened = Mutex<[CloudStore]>([])

  /// Nothing is opened yet; `http` says whom to trust.
  /// - Parameter deadline: by this machine's clock; after it no request to a cloud is tried again.
  package convenience init(log: any Log, http: HTTPSettings, deadline: Instant? = nil) {
    self.init(log: log, http: http, deadline: deadline, rehearsal: nil)
  }

  /// - Parameter rehearsal: in which every store has faults.
  init(log: any Log, http: HTTPSettings, deadline: Instant?, rehearsal: Rehearsal?) {
    self.log = log
    self.http = http
    self.deadline = deadline
    self.rehearsal = rehearsal
  }

  /// Whether what is opened is going to have faults.
  var isRehearsal: Bool { rehearsal != nil }

  /// Opens a store.
  /// - Parameter create: whether a directory is made if it is not there; in a rehearsal it has to be there.
  package func open(_ place: String, create: Bool) throws(Failure) -> any ObjectStore {
    guard let rehearsal else { return try openAsItIs(place, create: create) }
    let path = place.hasPrefix("file://") ? String(place.dropFirst(7)) : place
    if !path.contains("://"), unsafe access(path, F_OK) != 0, errno == ENOENT {
      throw Rehearsal.refusal(place, "it is not there")
    }
    return try rehearsal.disturb(try openAsItIs(place, create: false))
  }

  /// Opens a store without any faults.
  func openAsItIs(_ place: String, create: Bool) throws(Failure) -> any ObjectStore {
    switch scheme(of: place) {
    case "s3", "gs": try cloud(place)
    case nil, "file": try directory(place, create: create)
    case let scheme?:
      throw Failure(
        .settings,
        "store \(place): \(scheme):// is no store; give a directory, s3://bucket/prefix or gs://bucket/prefix"
      )
    }
  }

  /// The object that a URL such as `s3://bucket/folder/dump.csv` names.
  func object(_ url: String) throws(Failure) -> StoredSource {
    let bucketEnd = url.dropFirst(5).firstIndex(of: "/") ?? url.endIndex
    let key = url[bucketEnd...].dropFirst()
    guard !key.isEmpty else {
      throw Failure(.settings, "\(url) names no object: write \(url.prefix(5))bucket/name")
    }
    do {
      return StoredSource(store: try cloud(String(url[..<bucketEnd])), key: try ObjectKey(String(key)))
    } catch let error as Failure {
      throw error
    } catch let error as StoreError {
      throw Failure(.settings, "\(url): \(error.message)")
    } catch {
      throw Failure(.software, "\(url): \(error)")
    }
  }

  /// Shows on a feed's first run that a cloud store honours conditional writes.
  func probe(_ store: any ObjectStore) throws(Failure) {
    guard cloud(behind: store) != nil else { return }
    do { try StoreProbe.ensure(store, randomness: SystemRandomness()) } catch {
      throw Failure(error.kind == .denied || error.kind == .invalid ? .settings : .unavailable, "\(error)")
    }
  }

  /// Says how many requests clouds were sent.
  func report() {
    for store in opened.withLock({ $0 }) where store.requests.total > 0 {
      log.info("\(store.location): \(store.requests)")
    }
  }

  /// How many requests a store was sent, by kind; nil if it needs none.
  func requests(_ store: any ObjectStore) -> [String: Int]? {
    cloud(behind: store)?.requests.byKind
  }

  private func cloud(behind store: any ObjectStore) -> CloudStore? {
    switch store {
    case let overlay as OverlayStore: cloud(behind: overlay.base)
    case let intercepted as InterceptedStore: cloud(behind: intercepted.base)
    default: store as? CloudStore
    }
  }

  private func cloud(_ place: String) throws(Failure) -> CloudStore {
    if let known = opened.withLock({ $0.first { $0.location == place } }) { return known }
    let environment = Environment.all
    let client = HTTPClient(http)
    let clock = SystemClock()
    let service: any CloudService
    if place.hasPrefix("s3:") {
      let world = S3Surroundings(
        environment: environment, readFile: SmallFile.contentsIfPresent, clock: clock, log: log, http: client)
      service = try S3Service(place, in: world)
    } else {
      let world = GCSSurroundings(
        environment: environment, readFile: SmallFile.contentsIfPresent, clock: clock, log: log, http: client)
      let location = try GCSLocation(place)
      do { service = try GCSService(location, world) } catch {
        throw Failure(error.kind == .denied ? .settings : .unavailable, "store \(place): \(error.message)")
      }
    }
    let store = CloudStore(
      service, clock: clock, randomness: SystemRandomness(), log: log, deadline: { [deadline] in deadline })
    opened.withLock { $0.append(store) }
    return store
  }

  private func directory(_ place: String, create: Bool) throws(Failure) -> DirectoryStore {
    let path = absolute(path: scheme(of: place) == nil ? place : String(place.dropFirst(7)))
    do { return try DirectoryStore(path: path, create: create) } catch {
      throw Failure(
        error.kind == .denied || error.kind == .invalid ? .settings : .unavailable, "store \(error)")
    }
  }

  private func scheme(of place: String) -> String? {
    place.firstRange(of: "://").map { place[..<$0.lowerBound].lowercased() }
  }
}

/// An absolute path without what does not matter: `/a/./b//c/` is `/a/b/c`. `..` stays: it may leave a link.
func absolute(path: String) -> String {
  var path = path
  if path.utf8.first != UInt8(ascii: "/"), let here = unsafe getcwd(nil, 0) {
    path = unsafe String(cString: here) + "/" + path
    unsafe free(here)
  }
  return "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
}
