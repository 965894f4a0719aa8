public import Basics
import Coordination
import Documents
public import FeedFile
public import FeedSources
import HTTP
public import History
import ObjectStore
public import Stages

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One call of a function: its settings, store and standard streams.
public struct Call {
  /// Standard error.
  public let log: any Log
  let common: CommonOptions
  let interruption: Interruption
  let output = StandardOutput()

  /// A feed file that was read, and where it is: paths in it are relative to its folder.
  public struct LoadedFeed {
    /// What it says.
    public var feed: Feed
    var folder: String
  }

  /// Reads the feed file that flag or environment name.
  /// - Throws: ``Failure/Kind/usage`` if none is named, ``Failure/Kind/settings`` if it is wrong.
  public func loadFeed() throws(Failure) -> LoadedFeed {
    guard let path = common.feed ?? Environment.value("STRANDLINE_FEED") else {
      throw Failure(.usage, "which feed? Give --feed FILE or set STRANDLINE_FEED")
    }
    let feed = try parse(feedFile: SmallFile.contents(path, for: "feed file"), name: path)
    let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
    return LoadedFeed(feed: feed, folder: folder.isEmpty ? "/" : folder)
  }

  /// The context of a feed's stages.
  public func context(for loaded: LoadedFeed, create: Bool) throws(Failure) -> StageContext {
    var place = common.store ?? Environment.value("STRANDLINE_STORE")
    if place == nil, let store = loaded.feed.store { place = resolve(store, in: loaded.folder) }
    guard let place else {
      throw Failure(
        .usage,
        "where is history kept? Give --store DIRECTORY, set STRANDLINE_STORE, or `store` in the feed file")
    }
    return try context(feed: loaded.feed.name, store: place, create: create)
  }

  /// The event that a stage is called with, and its context.
  public func event(_ options: EventOptions, before stage: Stage) throws(Failure) -> (RunEvent, StageContext)
  {
    if let run = options.run {
      let context = try context(for: loadFeed(), create: false)
      let earlier = Stage.allCases.prefix { $0 != stage }
      for stage in earlier.reversed() {
        if let event = try RunLog(context.folder).answer(run, stage) { return (event, context) }
      }
      throw Failure(
        .usage, "--run \(run): there is no such run of feed \(context.folder.feed); see query --runs")
    }
    let path = options.event ?? "-"
    if path == "-", isatty(0) == 1 {
      throw Failure(
        .usage, "the event of the stage before is expected on standard input; or give --event or --run")
    }
    let bytes = try SmallFile.contents(path, for: "event")
    guard bytes.contains(where: { $0 > 0x20 }) else {
      throw Failure(
        .usage, "standard input was empty: the stage before \(stage.rawValue) failed, or printed no event")
    }
    let event: RunEvent
    do {
      event = try Documents.decode(RunEvent.self, from: bytes, name: path == "-" ? "the event" : path)
    } catch {
      throw Failure(.usage, "\(error.message); an event is what the stage before \(stage.rawValue) printed")
    }
    if common.feed != nil {
      let named = try loadFeed().feed.name
      guard named == event.data.feed else {
        throw Failure(.usage, "--feed is of feed \(named), but the event is of feed \(event.data.feed)")
      }
    }
    // The event knows where its run is; a feed file in the environment may be another feed's.
    let place = common.store ?? Environment.value("STRANDLINE_STORE") ?? event.data.store
    let context = try context(feed: event.data.feed, store: place, create: false)
    return (event, context)
  }

  /// Prints an event: the next function's input.
  public func emit(_ event: RunEvent) throws(Failure) {
    output.endsWithReader = false
    try output.write(String(decoding: Documents.encode(event), as: UTF8.self) + "\n")
    try output.flush()
  }

  /// Opens sources.
  public var sources: SourceOpener {
    var environment: [String: String] = [:]
    for name in ["CURL_CA_BUNDLE", "SSL_CERT_FILE"] { environment[name] = Environment.value(name) }
    return SourceOpener(
      clock: SystemClock(), log: log, randomness: SystemRandomness(),
      http: HTTPSettings(caFile: HTTPSettings.caFile(in: environment)))
  }

  func resolve(_ path: String, in folder: String) -> String {
    if path.utf8.first == UInt8(ascii: "/") || path.contains("://") || folder == "." { return path }
    return "\(folder)/\(path)"
  }

  /// An absolute path without what does not matter: `/a/./b//c/` is `/a/b/c`. `..` stays: it may leave a link.
  private func tidy(_ path: String) -> String {
    "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }

  private func context(feed: String, store place: String, create: Bool) throws(Failure) -> StageContext {
    if let scheme = place.firstRange(of: "://"), !place.utf8.starts(with: "file://".utf8) {
      throw Failure(
        .settings,
        "store \(place): \(place[..<scheme.lowerBound]) stores are not supported yet; use a directory")
    }
    var path = place.utf8.starts(with: "file://".utf8) ? String(place.dropFirst(7)) : place
    if path.utf8.first != UInt8(ascii: "/"), let here = unsafe getcwd(nil, 0) {
      path = unsafe String(cString: here) + "/" + path
      unsafe free(here)
    }
    let store: DirectoryStore
    do { store = try DirectoryStore(path: tidy(path), create: create) } catch {
      throw Failure(
        error.kind == .denied || error.kind == .invalid ? .settings : .unavailable, "store \(error)")
    }
    let terms = Lock.Terms(
      lease: try common.seconds(common.lease, "lease", environment: "STRANDLINE_LEASE", default: 60),
      grace: try common.seconds(common.grace, "grace", environment: "STRANDLINE_GRACE", default: 60))
    return try StageContext(
      folder: FeedFolder(store: store, feed: feed), clock: SystemClock(), randomness: SystemRandomness(),
      log: log, terms: terms, interruption: interruption)
  }
}
