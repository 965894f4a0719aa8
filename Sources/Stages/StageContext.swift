public import Basics
import Blocks
public import Coordination
import Dedupe
public import FeedFile
import Hashing
public import History
import ObjectStore
import Records
import Synchronization

/// What every stage is given: the feed's folder, and all that it may not take from the air.
public struct StageContext: Sendable {
  /// What the store holds of the feed.
  public let folder: FeedFolder
  /// This machine's clock; only for messages of how long something took.
  public let clock: any Clock
  /// Where names and secrets come from.
  public let randomness: any Randomness
  /// Where people read along.
  public let log: any Log
  /// The feed's lock, held under a random id of this process.
  public let lock: Lock
  /// By what a lease is renewed while a stage works.
  public let renewals: Renewals
  /// Hands leases back when the process is told to end.
  public let interruption: Interruption
  /// Called before the first object of a feed is written.
  let onFirstUse: @Sendable () throws(Failure) -> Void
  private let known = KnownSettings()
  /// How people name the feed and its store.
  public let address: FeedAddress
  /// When the process began to work, by ``clock``'s seconds.
  let began: Double
  /// How many requests were sent, by kind; nil where the store needs none.
  let requests: @Sendable () -> [String: Int]?
  /// Seconds since the last audit after which that is worth a warning; nil: nobody looks.
  let auditLimit: Double?

  /// Puts them together.
  /// - Parameters:
  ///   - requests: how many requests the store was sent so far, by kind; nil if it needs none.
  ///   - auditLimit: seconds since the last audit after which that is worth a warning; nil: nobody looks.
  ///   - address: how people name the feed and its store, as far as is known.
  ///   - onFirstUse: called before the first object of a feed is written, to make sure of the store.
  /// - Throws: ``Failure/Kind/settings`` if the feed's name is no valid folder.
  public init(
    folder: FeedFolder, clock: any Clock, randomness: any Randomness, log: any Log, terms: Lock.Terms,
    renewals: Renewals = .inBackground, interruption: Interruption = Interruption(),
    requests: @escaping @Sendable () -> [String: Int]? = { nil }, auditLimit: Double? = nil,
    address: FeedAddress = FeedAddress(),
    onFirstUse: @escaping @Sendable () throws(Failure) -> Void = {}
  ) throws(Failure) {
    self.folder = folder
    self.clock = clock
    self.randomness = randomness
    self.log = log
    self.renewals = renewals
    self.interruption = interruption
    self.onFirstUse = onFirstUse
    self.requests = requests
    self.auditLimit = auditLimit
    self.address = address
    began = clock.seconds()
    lock = Lock(
      store: folder.store, key: try folder.key("lock.json"), holder: randomness.name(), terms: terms,
      clock: clock, goOn: { address.goOn($0, from: $1) })
  }

  /// Whether nobody finds later what is written: a trial run.
  var isTrial: Bool { folder.store is OverlayStore }

  var timeline: Timeline { Timeline(folder) }
  var states: StateStore { StateStore(folder) }
  var runs: RunLog { RunLog(folder) }

  /// Does the work of a stage under a lease. If the work fails and may succeed later, the run stops where it is and
  /// whoever comes may go on with it at once; else the run is given up. If neither can be said, the lease expires.
  func holding<R>(
    _ lease: Lease,
    onFailure giveUp: @escaping @Sendable (Lease, Failure) throws(Failure) -> Void = stopOrGiveUp,
    _ body: () throws(Failure) -> R
  ) throws(Failure) -> R {
    let log = log
    return try lease.hold(
      renewals: renewals, interruption: interruption, giveUp: giveUp,
      onTrouble: { log.warning("the lock could not be kept or handed back: \($0.message)") }, body)
  }
}

/// Settings that were read before: they never change.
private final class KnownSettings: Sendable {
  let feeds = Mutex<[String: Feed]>([:])
}

extension Failure {
  /// Whether the same may succeed later. If not, a run that was gone on with would fail again and again and keep
  /// others from the feed: it is given up, its dump is kept, and the next run reads the source anew.
  var mayPass: Bool { kind == .unavailable || kind == .tryAgain }
}

extension StageContext {
  /// What becomes of a run whose stage failed.
  static let stopOrGiveUp: @Sendable (Lease, Failure) throws(Failure) -> Void = {
    (lease, failure) throws(Failure) in
    if failure.mayPass {
      try lease.stop(because: failure)
    } else {
      try lease.release(refused: lease.refusedRun, because: failure)
    }
  }

  /// What becomes of a run that began with the stage that failed. What was recorded is gone on with, although it could not
  /// be handed over: were the lock free, the run could still land, long after newer ones.
  func stopIfRecorded(at stage: Stage) -> @Sendable (Lease, Failure) throws(Failure) -> Void {
    let runs = runs
    return { (lease, failure) throws(Failure) in
      if try runs.answer(lease.run, stage) == nil {
        try lease.release(refused: lease.refusedRun, because: failure)
      } else {
        try lease.stop(because: failure)
      }
    }
  }

  /// Records that a run came too late.
  func superseded(_ report: RunReport, at stage: Stage) throws(Failure) -> RunEvent {
    var report = report
    report.outcome = .superseded
    report.carried = nil
    report.message =
      "another run was faster; nothing was changed"
      + (report.run.hasSuffix(DedupeStage.acceptedSuffix)
        ? "; what is refused now can be accepted: see query --runs" : "")
    log.info(report.message ?? "")
    return try record(report, at: stage)
  }

  /// Stores settings by their content; returns the name by which states call them.
  /// - Parameter known: the name of settings that are stored already.
  func storeSettings(_ feed: Feed, known: String?) throws(Failure) -> String {
    let bytes = feed.canonicalJSON()
    let name = settingsName(bytes)
    if name != known { try folder.putNew("settings/\(name)", bytes) }
    self.known.feeds.withLock { $0[name] = feed }
    return name
  }

  /// Settings that were read before.
  func knownSettings(_ name: String) -> Feed? { known.feeds.withLock { $0[name] } }

  /// Settings that came with an event need not be read, if they are those of that name.
  func note(_ text: String?, as name: String) throws(Failure) {
    guard let bytes = text.map({ Array($0.utf8) }), settingsName(bytes) == name else { return }
    let feed = try Feed(canonicalJSON: bytes)
    known.feeds.withLock { $0[name] = feed }
  }

  /// The settings that a state names.
  public func settings(_ name: String) throws(Failure) -> Feed {
    if let feed = known.feeds.withLock({ $0[name] }) { return feed }
    let bytes = try folder.get("settings/\(name)")
    guard settingsName(bytes) == name else {
      throw Failure(.badData, "settings/\(name) is damaged: its SHA-256 is not its name")
    }
    let feed = try Feed(canonicalJSON: bytes)
    known.feeds.withLock { $0[name] = feed }
    return feed
  }

  /// A committed state, ready to be compared and read.
  func side(of head: Head) throws(Failure) -> Side {
    try side(of: head, try states.manifest(head.state.manifest, wantsBlocks: true))
  }

  /// The same if its manifest is at hand.
  func side(of head: Head, _ manifest: Manifest) throws(Failure) -> Side {
    let feed = try settings(head.state.settings)
    let reading = feed.reading(header: head.state.header)
    return Side(
      manifest: manifest, reading: reading, patch: try states.patch(of: head),
      blocks: states.blocks(of: manifest),
      keys: KeyStore(folder, reading, feed.columnRule))
  }
}

extension Feed {
  /// How bytes become records by these settings.
  func reading(header: [String]) -> Reading {
    Reading(
      format: source.format, header: header, key: key, duplicates: duplicates == .first ? .first : .last)
  }

  /// How fingerprints are made by these settings.
  var fingerprints: Fingerprinter.Algorithm { fingerprint == .universal ? .universal : .sha256 }

  /// What a column that appears or goes does to records.
  var columnRule: ColumnRule {
    switch columns.added {
    case .nonEmpty: .nonEmpty
    case .all: .all
    case .none: .none
    }
  }
}
