public import Basics
import Coordination
import FeedFile
import FeedSources
import History
public import ObjectStore
import Stages
import StrandlineTesting

/// A feed in memory that has everything a feed can have, and nothing is wrong with it.
public struct SoundFeed: Sendable {
  /// What was done to the feed's history.
  public enum Kind: String, CaseIterable, Sendable {
    /// Runs; one was refused, and accepted.
    case runs
    /// A run was taken back, another one followed.
    case rewound
    /// What went to quarantine was taken in by mended settings.
    case corrected
  }

  /// What was done to it.
  public let kind: Kind
  /// Its store.
  public let store: MemoryStore
  /// Its entries, the oldest first.
  let heads: [Head]
  /// Runs that have a dump.
  let runs: [String]
  /// All objects: their keys under the feed's folder.
  let objects: [String]
  /// What the source sends next.
  let next: [UInt8]
  let settings: Feed

  static let name = "cases"
  private static let text = """
    feed: cases
    source: { path: cases.csv, format: csv }
    key: id
    min_interval: 0s
    guards: { bad: 10%, duplicates: 10% }

    """

  /// Makes one.
  public init(_ kind: Kind) throws(Failure) {
    self.kind = kind
    let first = try Self.feed(Self.text)
    var worker = Worker(MemoryStore(), first)
    var rows = Sheet(300)
    try worker.tick(rows.csv)
    for run in 1...3 {
      rows.change([run * 70], to: "run \(run)")
      try worker.tick(rows.csv + Array("300,too,many,fields\n".utf8))
    }
    switch kind {
    case .runs:
      let refused = try worker.tick(
        Array(rows.csv.prefix(rows.csv.count / 2).prefix(through: rows.lastLine(before: rows.csv.count / 2))))
      guard refused.data.outcome == .refused else { throw Failure(.software, "\(refused.data.outcome)") }
      try worker.goOn(DedupeStage(worker.context()).accept(refused.data.run))
      try worker.tick(rows.csv)
    case .rewound:
      guard let plan = try RewindStage(worker.context()).plan(.entry(3)) else {
        throw Failure(.software, "nothing to take back")
      }
      try worker.goOn(RewindStage(worker.context()).run(plan))
      rows.change([9], to: "after the rewind")
      try worker.tick(rows.csv)
    case .corrected:
      try worker.tick(rows.csv + Array("7,again,another text\n".utf8))
      worker.feed = try Self.feed(Self.text + "duplicates: last\n")
      guard let event = try CorrectionStage(worker.context()).run(worker.feed) else {
        throw Failure(.software, "nothing to correct")
      }
      try worker.goOn(event)
      rows.change([9], to: "after the correction")
      try worker.tick(rows.csv + Array("7,again,another text\n".utf8))
    }
    rows.change([11, 250], to: "next")
    next = rows.csv
    settings = worker.feed
    store = worker.store
    store.advance(bySeconds: 3600)
    let folder = FeedFolder(store: store, feed: Self.name)
    guard let newest = try Timeline(folder).newest() else { throw Failure(.software, "no entry") }
    var heads = [newest.head]
    while let ref = heads[heads.count - 1].ancestors.first { heads.append(try Timeline(folder).read(ref)) }
    self.heads = heads.reversed()
    var objects: [String] = []
    do {
      try store.forEach(prefix: "\(Self.name)/") { (key, size) throws(StoreError) in
        if size > 0 { objects.append(String(key.description.dropFirst(Self.name.count + 1))) }
      }
    } catch { throw folder.failure(error) }
    self.objects = objects
    let log = RunLog(folder)
    var runs: [String] = []
    for run in try log.names() where try log.lastAnswer(run)?.data.dump != nil { runs.append(run) }
    self.runs = runs
  }

  private static func feed(_ text: String) throws(Failure) -> Feed {
    try parse(feedFile: Array(text.utf8), name: "feed.yaml")
  }

  /// The bytes of an object.
  func bytes(_ path: String, in other: MemoryStore? = nil) throws -> [UInt8] {
    try (other ?? store).get(try ObjectKey("\(Self.name)/\(path)")).bytes
  }
}

/// Calls the functions, each in a process of its own.
struct Worker {
  let store: MemoryStore
  var feed: Feed
  private let names: NameSource

  init(_ store: MemoryStore, _ feed: Feed, seed: UInt64 = 1) {
    (self.store, self.feed, names) = (store, feed, NameSource(seed))
  }

  func context() throws(Failure) -> StageContext {
    try StageContext(
      folder: FeedFolder(store: store, feed: SoundFeed.name), clock: ManualClock(),
      randomness: SeededRandomness(seed: names.next()), log: SilentLog(), terms: .init(), renewals: .none)
  }

  @discardableResult
  func tick(_ dump: [UInt8]) throws(Failure) -> RunEvent {
    store.advance(bySeconds: 60)
    let request = FetchStage.Request(feed: feed, source: SourceRequest(.file("cases.csv")))
    let event = try FetchStage(context()) { (_) throws(Failure) in .body(MemoryDump(dump)) }.run(request)
    return try goOn(DedupeStage(context()).run(event))
  }

  @discardableResult
  func goOn(_ event: RunEvent) throws(Failure) -> RunEvent {
    store.advance(bySeconds: 1)
    var options = PublishStage.Options()
    options.leastPart = 2 << 10
    return try PublishStage(context(), options: options).run(SnapshotStage(context()).run(event))
  }
}

/// No two processes draw the same names.
private final class NameSource {
  private var random: SplitMix64
  init(_ seed: UInt64) { random = SplitMix64(seed: seed) }
  func next() -> UInt64 { random.next() }
}

/// Rows that change in places.
private struct Sheet {
  private var texts: [String]
  init(_ count: Int) {
    texts = Array(repeating: String(repeating: "as it was at first. ", count: 4), count: count)
  }
  mutating func change(_ places: [Int], to text: String) { for place in places { texts[place] = text } }
  var csv: [UInt8] {
    Array("id,name,text\n".utf8) + texts.indices.flatMap { Array("\($0),name \($0),\(texts[$0])\n".utf8) }
  }
  /// Where the last line ends that is over before a place.
  func lastLine(before place: Int) -> Int { csv[..<place].lastIndex(of: 10) ?? 0 }
}
