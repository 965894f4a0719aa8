import Basics
import Coordination
import Documents
import FeedFile
import FeedSources
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// A feed, its source and its store, all in memory. Every stage is a process of its own: it gets its input as JSON.
final class World {
  /// How far the clock must move so that no lease or hand-over is waited for any more.
  static let beyondAll = 200.0

  let store: MemoryStore
  let seed: UInt64
  var feed: Feed
  /// What the source sends now.
  var dump: [UInt8] = []
  /// Whether the source tells by an entity tag that nothing is new.
  var hasTags = false
  /// How often the source was opened, and how often it sent something.
  private(set) var opens = 0
  private(set) var bodies = 0
  /// Parts of about so many bytes, if not as large as usual.
  var leastPart: Int?
  /// So many closed segments become one, if not as many as usual.
  var mergedSegments: Int?
  /// Of at most so many bytes, if not of as many as usual.
  var longestMerged: Int?
  /// What the source is told.
  var secret: String?
  /// Fails the next opening.
  var failure: Failure?
  private var processes: UInt64 = 0

  /// - Parameter isRemote: whether the store seems to be in a cloud.
  init(
    _ settings: String = World.plain, seed: UInt64 = 1, location: String = "memory:", isRemote: Bool = false
  ) throws {
    store = MemoryStore(location: location, isRemote: isRemote)
    feed = try parse(feedFile: Array(settings.utf8), name: "feed.yaml")
    self.seed = seed
  }

  /// A feed that is there already.
  init(on store: MemoryStore, _ settings: String = World.plain) throws {
    self.store = store
    feed = try parse(feedFile: Array(settings.utf8), name: "feed.yaml")
    seed = 1
  }

  static let plain = """
    feed: cases
    source: { path: cases.csv, format: csv }
    key: id
    min_interval: 0s
    """

  var folder: FeedFolder { FeedFolder(store: store, feed: feed.name) }

  /// A new process that works on the store, or on `other` in front of it.
  func process(on other: (any ObjectStore)? = nil) throws(Failure) -> StageContext {
    processes += 1
    return try StageContext(
      folder: FeedFolder(store: other ?? store, feed: feed.name), clock: ManualClock(),
      randomness: SeededRandomness(seed: seed &* 1_000_003 &+ processes), log: SilentLog(),
      terms: Lock.Terms(lease: 60, grace: 60), renewals: .none)
  }

  func fetch(
    on other: (any ObjectStore)? = nil, trigger: (source: String, id: String)? = nil,
    observedAt: Instant? = nil,
    isOwnSource: Bool = true, insists: Bool = false
  ) throws(Failure) -> RunEvent {
    var request = FetchStage.Request(feed: feed, source: SourceRequest(.file("cases.csv")))
    if let secret { request.source.secrets.append(secret) }
    request.insists = insists
    request.trigger = trigger
    request.observedAt = observedAt
    request.isOwnSource = isOwnSource
    return try FetchStage(process(on: other)) { (source) throws(Failure) in try self.open(source) }.run(
      request)
  }

  private func open(_ request: SourceRequest) throws(Failure) -> Opened {
    opens += 1
    if let failure {
      self.failure = nil
      throw failure
    }
    let tag = hasTags ? "\(dump.reduce(UInt64(14)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })" : nil
    if let tag, request.etag == tag { return .unchanged(etag: tag, lastModified: nil) }
    bodies += 1
    return .body(MemoryDump(dump, etag: tag))
  }

  /// Runs one of the stages after fetch.
  func run(
    _ stage: Stage, _ event: RunEvent, on other: (any ObjectStore)? = nil, rekey: Bool = false
  ) throws(Failure) -> RunEvent {
    let context = try process(on: other)
    let received = try passed(event)
    switch stage {
    case .fetch: return try fetch(on: other)
    case .dedupe:
      var options = DedupeStage.Options()
      options.rekey = rekey
      return try DedupeStage(context, options: options).run(received)
    case .snapshot: return try SnapshotStage(context).run(received)
    case .publish:
      var options = PublishStage.Options()
      if let leastPart { options.leastPart = leastPart }
      if let mergedSegments { options.mergedSegments = mergedSegments }
      if let longestMerged { options.longestMerged = longestMerged }
      return try PublishStage(context, options: options).run(received)
    }
  }

  /// An event as the next process reads it.
  func passed(_ event: RunEvent) throws(Failure) -> RunEvent {
    try Documents.decode(RunEvent.self, from: Documents.encode(event), name: "event")
  }

  /// The stages after fetch, or after `event`.
  func goOn(from event: RunEvent, on other: (any ObjectStore)? = nil) throws(Failure) -> RunEvent {
    var event = event
    for stage in [Stage.dedupe, .snapshot, .publish] {
      store.advance(bySeconds: 1)
      event = try run(stage, event, on: other)
    }
    return event
  }

  /// A run a minute after the last one, up to its entry, which is to be published.
  func recorded(_ dump: [UInt8]) throws(Failure) -> RunEvent {
    store.advance(bySeconds: 60)
    self.dump = dump
    return try run(.snapshot, run(.dedupe, fetch()))
  }

  /// Runs once nobody is waited for any more, until nothing is left to do.
  func settle(_ why: String, place: Testing.SourceLocation = #_sourceLocation) throws(Failure) {
    store.advance(bySeconds: Self.beyondAll)
    for _ in 0..<5 where try tick().data.outcome == .unchanged { return }
    Issue.record("\(why): it never ends", sourceLocation: place)
  }

  /// A whole run, a minute after the last one.
  @discardableResult
  func tick(_ dump: [UInt8]? = nil, on other: (any ObjectStore)? = nil) throws(Failure) -> RunEvent {
    store.advance(bySeconds: 60)
    if let dump { self.dump = dump }
    return try goOn(from: fetch(on: other), on: other)
  }

  /// Takes a dump that was refused.
  func accept(_ run: String) throws(Failure) -> RunEvent { try DedupeStage(process()).accept(run) }

  var query: HistoryQuery { get throws(Failure) { HistoryQuery(try process()) } }
}

/// All objects of a store with their versions.
func listing(_ store: any ObjectStore) throws -> [String: String] {
  var keys: [ObjectKey] = []
  try store.forEach(prefix: "") { key, _ in keys.append(key) }
  var versions: [String: String] = [:]
  for key in keys { versions[key.description] = try store.info(key).version }
  return versions
}
