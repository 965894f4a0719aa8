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
  let stores: StoreOpener
  let trial = TrialRun()
  private let deadline: Instant?

  /// - Parameter deadline: when the call has to be over, by this machine's clock.
  init(
    function: String, log: any Log, common: CommonOptions, interruption: Interruption, deadline: Instant?
  ) throws(Failure) {
    self.log = log
    self.common = common
    self.interruption = interruption
    self.deadline = deadline
    stores = StoreOpener(
      log: log, http: Self.http, deadline: deadline, rehearsal: try Rehearsal(function: function, log: log))
  }

  /// The longest that a run may wait before it begins, in seconds: a tenth of what the call may take.
  public var longestDelay: Double {
    deadline.map { max(0, $0.seconds(since: SystemClock().now())) / 10 } ?? .infinity
  }

  /// A feed file that was read, and where it is: paths in it are relative to its folder.
  public struct LoadedFeed {
    /// What it says.
    public var feed: Feed
    var file: String
    var folder: String
  }

  /// Reads the feed file that flag or environment name.
  /// - Throws: ``Failure/Kind/usage`` if none is named, ``Failure/Kind/settings`` if it is wrong.
  public func loadFeed() throws(Failure) -> LoadedFeed {
    guard let path = common.feed ?? Environment.value("STRANDLINE_FEED") else {
      throw Failure(.usage, "which feed? Give --feed FILE or set STRANDLINE_FEED")
    }
    return try loadFeed(path)
  }

  /// Reads a feed file.
  /// - Throws: ``Failure/Kind/settings`` if it is wrong.
  public func loadFeed(_ path: String) throws(Failure) -> LoadedFeed {
    let feed = try parse(feedFile: contents(path), name: path)
    let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
    return LoadedFeed(feed: feed, file: path, folder: folder.isEmpty ? "/" : folder)
  }

  /// A feed file's bytes, wherever it is.
  private func contents(_ path: String) throws(Failure) -> [UInt8] {
    guard path.contains("://") else { return try SmallFile.contents(path, for: "feed file") }
    guard case .body(let body) = try sources.open(SourceRequest(try SourceLocation(path))) else {
      throw Failure(.software, "a feed file that says it is unchanged")
    }
    var bytes = ByteBuffer(capacity: 64 << 10)
    while bytes.count <= SmallFile.limit {
      let count = try unsafe bytes.append(atMost: 64 << 10) { (room) throws(Failure) in
        try unsafe body.read(into: room)
      }
      if count == 0 { return bytes.array() }
    }
    throw Failure(.settings, "feed file \(body.name) is longer than \(SmallFile.limit) bytes")
  }

  /// The context of a feed's stages.
  public func context(for loaded: LoadedFeed, create: Bool) throws(Failure) -> StageContext {
    guard let place = place(for: loaded) else {
      throw Failure(
        .usage,
        "where is history kept? Give --store DIRECTORY, set STRANDLINE_STORE, or `store` in the feed file")
    }
    return try context(feed: loaded.feed.name, store: place, create: create, as: address(of: loaded))
  }

  /// How a person names a feed and its store who has nothing of this call's environment.
  func address(of loaded: LoadedFeed) -> FeedAddress {
    address(of: loaded, in: common.store ?? Environment.value("STRANDLINE_STORE"))
  }

  private func address(of loaded: LoadedFeed, in store: String?) -> FeedAddress {
    func place(_ text: String) -> String { text.contains("://") ? text : absolute(path: text) }
    return FeedAddress(feed: loaded.file == "-" ? nil : place(loaded.file), store: store.map(place))
  }

  /// Where history is kept, as far as anybody says.
  func place(for loaded: LoadedFeed) -> String? {
    common.store ?? Environment.value("STRANDLINE_STORE")
      ?? loaded.feed.store.map { resolve($0, in: loaded.folder) }
  }

  /// The context of a feed's stages in another store than the feed's own.
  public func context(for loaded: LoadedFeed, in store: String, create: Bool) throws(Failure) -> StageContext
  {
    let address = address(of: loaded, in: store)
    return try context(feed: loaded.feed.name, store: store, create: create, as: address)
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
    var event: RunEvent
    do {
      event = try Documents.decode(RunEvent.self, from: bytes, name: path == "-" ? "the event" : path)
    } catch {
      throw Failure(.usage, "\(error.message); an event is what the stage before \(stage.rawValue) printed")
    }
    try takeMark(&event, before: stage)
    if common.feed != nil {
      let named = try loadFeed().feed.name
      guard named == event.data.feed else {
        throw Failure(.usage, "--feed is of feed \(named), but the event is of feed \(event.data.feed)")
      }
    }
    // The event knows where its run is; a feed file in the environment may be another feed's.
    let place = common.store ?? Environment.value("STRANDLINE_STORE") ?? event.data.store
    let address = event.data.address ?? FeedAddress()
    return (event, try context(feed: event.data.feed, store: place, create: false, as: address))
  }

  /// Prints an event: the next function's input.
  public func emit(_ event: RunEvent) throws(Failure) {
    var event = event
    if common.dryRun { event.data.dry = true }
    output.endsWithReader = false
    try output.write(String(decoding: Documents.sealed(event), as: UTF8.self) + "\n")
    try output.flush()
  }

  /// Opens sources.
  public var sources: SourceOpener {
    SourceOpener(
      clock: SystemClock(), log: log, randomness: SystemRandomness(), http: Self.http,
      objects: { [stores] (url) throws(Failure) in try stores.object(url) })
  }

  private static var http: HTTPSettings {
    var environment: [String: String] = [:]
    for name in ["CURL_CA_BUNDLE", "SSL_CERT_FILE"] { environment[name] = Environment.value(name) }
    return HTTPSettings(caFile: HTTPSettings.caFile(in: environment))
  }

  /// Says what was asked of cloud stores, and what a trial run would have written, whatever came of it.
  func report() {
    stores.report()
    if let summary = trial.summary { log.info(summary) }
    trial.end()
  }

  func resolve(_ path: String, in folder: String) -> String {
    if path.utf8.first == UInt8(ascii: "/") || path.contains("://") || folder == "." { return path }
    guard folder.contains("://") else { return "\(folder)/\(path)" }
    // Of a URL nobody else understands what these mean.
    var parts = folder.split(separator: "/", omittingEmptySubsequences: false)
    for part in path.split(separator: "/") where part != "." {
      if part != ".." { parts.append(part) } else if parts.count > 3 { parts.removeLast() }
    }
    return parts.joined(separator: "/")
  }

  private func context(
    feed: String, store place: String, create: Bool, as address: FeedAddress
  ) throws(Failure) -> StageContext {
    try context(feed: feed, store: try store(place, create: create), as: address)
  }

  /// The context of a feed in a store that is open.
  func context(
    feed: String, store: any ObjectStore, as address: FeedAddress
  ) throws(Failure) -> StageContext {
    let terms = Lock.Terms(
      lease: try common.seconds(common.lease, "lease", environment: "STRANDLINE_LEASE", default: 60),
      grace: try common.seconds(common.grace, "grace", environment: "STRANDLINE_GRACE", default: 60))
    return try StageContext(
      folder: FeedFolder(store: store, feed: feed), clock: SystemClock(), randomness: SystemRandomness(),
      log: log, terms: terms, interruption: interruption, requests: { [stores] in stores.requests(store) },
      auditLimit: try common.auditLimit, address: address,
      onFirstUse: { [stores] () throws(Failure) in try stores.probe(store) })
  }
}
