public import Basics
import Blocks
import Coordination
public import FeedFile
public import FeedSources
public import History
import ObjectStore

/// Takes a dump of the source and keeps what the store does not have yet.
public struct FetchStage {
  /// What is to be fetched.
  public struct Request {
    /// The feed's settings.
    public var feed: Feed
    /// Where its dump is.
    public var source: SourceRequest
    /// Whether the source is the feed's own, not a file that was given instead.
    public var isOwnSource: Bool
    /// For a dump from an archive: when it was true.
    public var observedAt: Instant?
    /// What asked for the run: a CloudEvent's source and id.
    public var trigger: (source: String, id: String)?
    /// The run's id, if it has one already.
    public var run: String?
    /// Whether a person wants the source to be read although earlier reads failed.
    public var insists = false
    /// The longest that the run may wait before it reads, in seconds, whatever the feed's jitter is.
    public var longestDelay = Double.infinity

    /// A run that nobody named, of the feed's own source.
    public init(feed: Feed, source: SourceRequest) {
      (self.feed, self.source, isOwnSource) = (feed, source, true)
    }
  }

  let context: StageContext
  let open: (SourceRequest) throws(Failure) -> Opened

  /// - Parameter open: how a source is opened.
  public init(_ context: StageContext, open: @escaping (SourceRequest) throws(Failure) -> Opened) {
    self.context = context
    self.open = open
  }

  /// Runs the stage. A run that was interrupted is gone on with instead: its last event is emitted again, and the
  /// source is not read.
  /// - Throws: ``Failure/Kind/tryAgain`` if a run is under way, or what the source and the store throw.
  public func run(_ request: Request) throws(Failure) -> RunEvent {
    let asked = request.run ?? request.trigger.map { runID(trigger: $0.source, id: $0.id) }
    if let asked, let answer = try context.runs.answer(asked, .fetch) { return answer }
    let keeper = PeaceKeeper(context, request, settingsName(request.feed.canonicalJSON()))
    return try run(request, asked, keeper)
  }

  private func run(_ request: Request, _ asked: String?, _ keeper: PeaceKeeper) throws(Failure) -> RunEvent {
    let runs = context.runs
    let beginning = try context.lock.begin(
      run: try name(asked), stage: Stage.fetch.rawValue,
      purpose: { (before, now) throws(Failure) in keeper.purpose(before, now) },
      onFirst: context.onFirstUse, isHandedOver: context.nextStage
    ) { (old) throws(Failure) in try context.end(of: old) }
    switch beginning {
    case .left:
      let head = try context.timeline.newest()
      // What an earlier run left to be published takes the lock.
      if keeper.mustWork(if: try isBehind(head?.head)) { return try run(request, asked, keeper) }
      return try leave(try report(request, run: try name(asked), head, now: try context.folder.now(), keeper))
    case .interrupted(let old):
      guard let event = try runs.lastAnswer(old) else {
        throw Failure(.software, "run \(old) is to be resumed, but nothing is known of it")
      }
      guard request.isOwnSource else {
        // Whoever hands a dump over once would never know that it was not taken.
        let next = Stage.allCases.drop { $0 != event.data.stage }.dropFirst().first ?? .publish
        throw Failure(
          .tryAgain,
          "run \(old) was interrupted; finish it first: `\(context.address.goOn(old, from: next.rawValue))`. "
            + "Then hand this dump over again: it was not read")
      }
      context.log.info("run \(old) was interrupted after \(event.data.stage.rawValue); going on with it")
      return event
    case .begun(let lease):
      let giveUp = context.stopIfRecorded(at: .fetch)
      return try context.holding(
        lease,
        onFailure: { (lease, failure) throws(Failure) in
          try keeper.handBack(lease) { () throws(Failure) in try giveUp(lease, failure) }
        }
      ) { () throws(Failure) in
        // Whoever had to wait for the lock looks at the clock again: this is when the source is read.
        try take(request, lease: lease, now: try context.folder.now(), keeper)
      }
    }
  }

  /// The name of a run; the store's time, which is in it, is known from any answer.
  private func name(_ asked: String?) throws(Failure) -> String {
    if let asked { return asked }
    return runID(at: try context.folder.now(), randomness: context.randomness)
  }

  private func take(
    _ request: Request, lease: Lease, now: Instant, _ keeper: PeaceKeeper
  ) throws(Failure) -> RunEvent {
    let head = try context.timeline.newest()
    if head == nil { try context.timeline.makeSureOfNone() }
    let settings = try context.storeSettings(request.feed, known: head?.head.state.settings)
    var report = try report(request, run: lease.run, head, now: now, keeper)
    if keeper.pause != nil { return try end(report, lease, head: head?.head, isRecorded: false) }
    var source = request.source
    let sameSettings = head?.head.state.settings == settings
    if request.isOwnSource, sameSettings, let mark = head?.head.source {
      source.etag = mark.etag
      source.lastModified = mark.lastModified
    }
    source.time = report.validFrom
    let opened = try keeper.open(source, lease, open)
    guard case .body(let body) = opened else {
      keeper.note(in: lease)
      report.message = "the source says that nothing changed"
      return try end(report, lease, head: head?.head)
    }
    let taker = DumpTaker(
      context: context, feed: request.feed, run: lease.run, lease: lease, head: head?.head)
    let dump: RunReport.Dump
    let taken = try taker.take(body, settings: settings)
    keeper.note(in: lease)
    report.work?.received = body.receivedBytes
    report.work?.original = body.original.map { .init(sha256: $0.sha256, before: $0.before, after: $0.after) }
    switch taken {
    case .kept(let kept): dump = kept
    case .unchanged: return try end(report, lease, head: head?.head)
    case .undone(let undone):
      report.message =
        "the source still gives the dump of run \(undone.run), which was taken back; "
        + "`\(context.address.undo(undone.by))` shows what puts it back"
      return try end(report, lease, head: head?.head)
    }
    report.outcome = .fetched
    report.dump = dump
    try lease.prepareHandOver()
    report.carried = try context.carried(lease, head, settings)
    let event = try context.record(report, at: .fetch)
    try lease.confirm()
    context.watchAudit()
    context.log.info(
      "fetched \(dump.bytes) bytes from \(body.name), \(dump.newBytes) of them new")
    return event
  }

  /// What is known of a run before the source is read.
  private func report(
    _ request: Request, run: String, _ head: CommittedHead?, now: Instant, _ keeper: PeaceKeeper
  ) throws(Failure) -> RunReport {
    var report = RunReport(
      feed: request.feed.name, store: context.folder.store.location, run: run, outcome: .unchanged,
      validFrom: try validFrom(request, head: head?.head, now: now), settings: keeper.settings)
    report.base = head.map { .init(seq: $0.head.seq, sha256: $0.sha256) }
    report.address = context.address.isKnown ? context.address : nil
    report.work = StageWork(acknowledges: request.trigger.map { EventRef(id: $0.id, source: $0.source) })
    if let pause = keeper.pause {
      report.outcome = .skipped
      report.heldOff = pause.heldOff
      report.message = pause.message(request.feed, context.address, at: now)
    }
    return report
  }

  /// Whether readers do not see the newest entry.
  private func isBehind(_ head: Head?) throws(Failure) -> Bool? {
    try head.map { (head) throws(Failure) in
      try Pointer.read(context.folder)?.pointer.seq != head.seq
    }
  }

  /// Ends a run that had nothing to do at all: nothing is written.
  private func leave(_ given: RunReport) throws(Failure) -> RunEvent {
    var report = given
    if report.base != nil { report.published = try context.folder.uri(Pointer.path) }
    report.tell(context.log)
    return try context.event(report, of: .fetch)
  }

  /// Valid time comes from the store's clock when the source begins to be read, and only moves forward.
  private func validFrom(_ request: Request, head: Head?, now: Instant) throws(Failure) -> Instant {
    guard let observed = request.observedAt else {
      return max(now, head.map { Instant(microseconds: $0.validFrom.microseconds + 1) } ?? now)
    }
    guard observed <= now else {
      throw Failure(.usage, "--observed-at \(observed) lies in the future: it is \(now) by the store's clock")
    }
    if let head, observed <= head.validFrom {
      throw Failure(
        .usage,
        "--observed-at \(observed) is not after the newest dump, which is of \(head.validFrom): "
          + "dated dumps are taken in order")
    }
    return observed
  }

  /// Ends a run that has nothing for dedupe: only what is still to be published goes on.
  private func end(
    _ given: RunReport, _ lease: Lease, head: Head?, isRecorded: Bool = true
  ) throws(Failure) -> RunEvent {
    var report = given
    let isBehind = try isBehind(head)
    // So publish need not look again.
    if isBehind == false, lease.isHalfDone { try BesideThePointer(context: context, lease: lease).settle() }
    if isBehind == false { report.published = try context.folder.uri(Pointer.path) }
    let event =
      try isRecorded ? context.record(report, at: .fetch) : context.event(report, of: .fetch)
    if event.data.outcome.isGood { lease.noteGood(at: event.time) }
    if isBehind == true {
      try lease.handOver(to: Stage.publish.rawValue)
    } else {
      try lease.release(refused: lease.refusedRun)
    }
    report.tell(context.log)
    return event
  }
}

extension RunReport {
  /// Says what came of it; what only a person can change is a warning.
  fileprivate func tell(_ log: any Log) {
    let message = message ?? "nothing changed"
    if let heldOff, heldOff.until == nil { log.warning(message) } else { log.info(message) }
  }
}

extension Duration {
  var wholeSeconds: Double { Double(components.seconds) }
}
