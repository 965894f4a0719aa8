public import Basics
import Coordination
import FeedFile
import History
import ObjectStore

/// Looks at what the store says of one feed: reads a handful of small objects and a listing, and writes nothing.
///
/// The pointer is read before the head, and both before the listing: whatever they name is older than they are, so a
/// run that is under way meanwhile makes nothing look wrong.
public struct FeedAudit {
  /// What is asked.
  public struct Options: Sendable {
    /// How many of the newest runs are looked at.
    public var runs = 20
    /// Seconds between runs, for feeds whose settings do not say it.
    public var period: Double?
    /// Whether every object that is named is read and compared with its digest.
    public var verifies = false
    /// Finds the rules of a time zone by its name; UTC where there is none.
    public var zone: @Sendable (String) -> ZoneRules? = { _ in nil }

    /// What is usual.
    public init() {}
  }

  let context: StageContext
  let options: Options
  var status: FeedStatus
  var listing: [String: Int] = [:]
  var pointer: Pointer?
  var lock: LockDocument?
  /// By which the source was read last, or else the newest entry's.
  var feed: Feed?

  /// An audit of the feed in a folder.
  /// - Throws: what the store throws.
  public init(_ context: StageContext, _ options: Options = Options()) throws(Failure) {
    self.context = context
    self.options = options
    status = FeedStatus(feed: context.folder.feed, time: try context.folder.now())
  }

  /// Looks.
  /// - Throws: ``Failure/Kind/unavailable`` and ``Failure/Kind/settings`` of the store; damage is found, not thrown.
  public mutating func run() throws(Failure) -> FeedStatus {
    let context = context
    var lockInfo: ObjectInfo?
    if let (document, info) = try orDamaged("lock.json", { () throws(Failure) in try context.lock.read() }) {
      (lock, lockInfo) = (document, info)
    }
    pointer = try orDamaged(Pointer.path) { () throws(Failure) in
      try Pointer.read(context.folder)?.pointer
    }
    let newest = try orDamaged("head.json") { () throws(Failure) in try context.timeline.newest() }
    status.head = newest?.head
    status.published = pointer?.seq
    status.time = try context.folder.now()
    try list()
    try readSchedule()
    try lookAtRuns()
    try lookAtLock(lockInfo)
    lookAtTimes()
    try lookAtChain(newest)
    try lookAtReach()
    try lookBeside()
    if options.verifies { try verify(newest) }
    status.findings = status.findings.enumerated().sorted {
      ($0.element.level.order, $0.offset) < ($1.element.level.order, $1.offset)
    }.map(\.element)
    return status
  }

  mutating func find(
    _ kind: Finding.Kind, _ level: Finding.Level, run: String? = nil, object: String? = nil,
    since: Instant? = nil,
    _ message: String
  ) {
    status.findings.append(
      Finding(kind: kind, level: level, run: run, object: object, since: since, message: message))
  }

  /// What is there; nil, and a finding, if it is damaged.
  mutating func orDamaged<T>(_ object: String, _ read: () throws(Failure) -> T?) throws(Failure) -> T? {
    do { return try read() } catch {
      guard error.kind == .badData else { throw error }
      if !status.findings.contains(where: { $0.object == object }) {
        find(.damaged, .act, object: object, error.message)
      }
      return nil
    }
  }

  private mutating func list() throws(Failure) {
    let prefix = "\(context.folder.feed)/"
    var all: [String: Int] = [:]
    do {
      try context.folder.store.forEach(prefix: prefix) { (key, size) throws(StoreError) in
        all[String(key.description.dropFirst(prefix.count))] = size
      }
    } catch {
      throw context.folder.failure(error)
    }
    listing = all
    status.stored = (all.count, all.values.reduce(0, +))
    var latest: (order: Int, run: String)?
    for (path, size) in all where path.hasPrefix("quarantine/") {
      status.quarantine.objects += 1
      status.quarantine.bytes += size
      // Names end with the lock's token, which only grows.
      if let run = StorageSorter.run(of: path), let token = Self.token(of: path),
        token > latest?.order ?? -1
      {
        latest = (token, run)
      }
    }
    status.quarantine.latest = latest?.run
  }

  /// The token in the name of an object that an attempt wrote.
  static func token(of path: String) -> Int? {
    let name = path.hasSuffix(".jsonl") ? path.dropLast(6) : path[...]
    return name.lastIndex(of: ".").flatMap { Int(name[name.index(after: $0)...]) }
  }

  /// By the settings of the last read, or else of the newest entry.
  private mutating func readSchedule() throws(Failure) {
    status.period = options.period
    guard let name = lock?.readSettings ?? status.head?.state.settings else { return }
    guard listing["settings/\(name)"] != nil else { return }
    let context = context
    let feed = try orDamaged("settings/\(name)") { () throws(Failure) in try context.settings(name) }
    self.feed = feed
    guard let schedule = feed?.schedule?.wholeSeconds, schedule > 0 else { return }
    status.period = max(schedule, feed?.minInterval.wholeSeconds ?? 0)
  }
}

extension Finding.Level {
  fileprivate var order: Int { self == .act ? 0 : self == .wait ? 1 : 2 }
}
