public import Basics
import Blocks
import Coordination
import Dedupe
public import FeedFile
public import History
import ObjectStore

/// Reads dumps that are in the store again, by settings that were mended since, so that what went to quarantine is taken in:
/// as a correction. The entries stay; new ones, valid since when they were, are known from now on.
public struct CorrectionStage {
  let context: StageContext

  /// The stage.
  public init(_ context: StageContext) { self.context = context }

  /// Reads again what was taken from the first entry on of which something went to quarantine; all at once or not at all.
  /// The event is for publish, as snapshot's is.
  /// - Parameter settings: how the dumps are to be read.
  /// - Returns: nil if nothing is in quarantine that was not read by these settings.
  /// - Throws: ``Failure/Kind/tryAgain`` if a run is under way, ``Failure/Kind/badData`` if a dump would be refused by the
  ///   settings, ``Failure/Kind/settings`` if they name another key.
  public func run(_ settings: Feed) throws(Failure) -> RunEvent? {
    let run = runID(at: try context.folder.now(), randomness: context.randomness) + "-correction"
    let beginning = try context.lock.begin(
      run: run, stage: Stage.snapshot.rawValue, isHandedOver: context.nextStage
    ) { (old) throws(Failure) in
      try context.runs.lastAnswer(old)?.data.outcome.isFinal ?? true
    }
    guard case .begun(let lease) = beginning else {
      throw Failure(
        .tryAgain, "an interrupted run comes first: let the next scheduled run finish it, then correct")
    }
    return try context.holding(
      lease,
      onFailure: { (lease, failure) throws(Failure) in
        try lease.release(refused: lease.refusedRun, because: failure)
      }
    ) { () throws(Failure) in
      guard let event = try work(settings, run, lease) else {
        try lease.release(refused: lease.refusedRun)
        return nil
      }
      return event
    }
  }

  private func work(_ settings: Feed, _ run: String, _ lease: Lease) throws(Failure) -> RunEvent? {
    guard let newest = try context.timeline.newest() else { return nil }
    let name = try context.storeSettings(settings, known: newest.head.state.settings)
    let inForce = try context.timeline.inForce(from: newest.head)
    guard
      let first = inForce.lastIndex(where: { $0.quarantine != nil && $0.state.settings != name })
    else { return nil }
    let recordedAt = max(try context.folder.now(), newest.head.recordedAt)
    var entry = newest
    if first + 1 < inForce.count {
      // From there on it is as it was before, until the next entry says otherwise.
      let cut = takingBack(inForce[first + 1], inForce[first], newest.head, run, recordedAt)
      entry = try prepare(cut, after: entry)
    }
    var before = first + 1 < inForce.count ? entry.head : nil
    for old in inForce[...first].reversed() {
      var head = try corrected(old, settings, name, after: before, entry, run, recordedAt, lease)
      // What was taken back stays so, and what the source said last is true of what it still has.
      (head.undone, head.source) = (newest.head.undone, newest.head.source)
      entry = try prepare(head, after: entry)
      before = entry.head
    }
    guard let recorded = try context.timeline.move(to: entry, from: newest) else { throw faster }
    return try answer(recorded, from: newest, corrected: inForce[...first], run, lease)
  }

  private var faster: Failure { Failure(.tryAgain, "another run was faster; nothing was changed") }

  private func prepare(_ head: Head, after parent: CommittedHead) throws(Failure) -> CommittedHead {
    var head = head
    head.seq = parent.head.seq + 1
    head.ancestors = Timeline.ancestors(after: parent, validFrom: head.validFrom, recordedAt: head.recordedAt)
    guard let entry = try context.timeline.prepare(head, after: parent) else { throw faster }
    return entry
  }

  private func takingBack(
    _ ground: Head, _ first: Head, _ newest: Head, _ run: String, _ recordedAt: Instant
  ) -> Head {
    var head = ground
    head.run = run
    head.validFrom = first.validFrom
    head.recordedAt = recordedAt
    head.restored = Restored(seq: ground.origin, recordedAt: ground.bornAt, takesBack: true)
    head.changes = nil
    head.columns = nil
    (head.undone, head.source) = (newest.undone, newest.source)
    head.counts = Counts()
    head.counts.records = ground.counts.records
    head.counts.current = ground.counts.current
    return head
  }

  /// An entry whose dump is read again.
  /// - Parameters:
  ///   - before: the entry that it is compared with; nil if it is the first.
  ///   - parent: the entry after which it is recorded.
  private func corrected(
    _ old: Head, _ feed: Feed, _ settings: String, after before: Head?, _ parent: CommittedHead,
    _ run: String,
    _ recordedAt: Instant, _ lease: Lease
  ) throws(Failure) -> Head {
    let seq = parent.head.seq + 1
    let guards = Guards(feed: feed, run: nil)
    if let refusal = guards.refusal(header: old.state.header, broken: nil) { throw of(old, refusal) }
    let manifest = try context.states.manifest(old.state.manifest)
    let after = Side(
      manifest: manifest, reading: feed.reading(header: old.state.header), patch: nil,
      blocks: context.states.blocks(of: manifest))
    let beforeSide = try before.map { (head) throws(Failure) in try context.side(of: head) }
    if let refusal = guards.refusal(key: beforeSide?.reading.key) { throw of(old, refusal) }
    var options = ChangeFinder.Options()
    options.columns = feed.columnRule
    options.entry = seq
    options.validFrom = old.validFrom
    var finder = ChangeFinder(before: beforeSide, after: after, options: options)
    let findings = try finder.find()
    // What a person accepted as it was, or corrected before, is not refused now.
    let isAccepted = old.run.hasSuffix(DedupeStage.acceptedSuffix) || old.corrects != nil
    if !isAccepted, let refusal = guards.refusal(after: findings.counts) { throw of(old, refusal) }
    let name = "\(run).\(lease.token).\(seq)"
    let dedupe = DedupeStage(context)
    var head = old
    head.run = run
    head.recordedAt = recordedAt
    head.corrects = old.corrects ?? old.origin
    head.restored = nil
    head.packs = nil
    head.state.settings = settings
    head.counts = findings.counts
    head.columns = dedupe.columnChange(before?.state.header, old.state.header)
    head.keys = try KeyStore(context.folder, after.reading, feed.columnRule).store(findings.keys).few
    head.state.patch = try context.states.store(findings.patch, as: "patches/\(name)")
    head.quarantine = try dedupe.writeRejects(findings.rejects, after, as: "quarantine/\(name).jsonl")
    head.changes = try dedupe.writeChanges(
      findings.changes, beforeSide, after, before?.bornAt, as: "changes/\(name).jsonl")
    context.log.info("entry \(old.seq), of run \(old.run), read again: \(findings.counts.line)")
    return head
  }

  private func of(_ entry: Head, _ refusal: Failure) -> Failure {
    Failure(refusal.kind, "entry \(entry.seq), of run \(entry.run), would be refused: \(refusal.message)")
  }

  private func answer(
    _ recorded: CommittedHead, from newest: CommittedHead, corrected: ArraySlice<Head>, _ run: String,
    _ lease: Lease
  ) throws(Failure) -> RunEvent {
    let since = corrected.last?.validFrom ?? recorded.head.validFrom
    var report = RunReport(
      feed: recorded.head.feed, store: context.folder.store.location, run: run, outcome: .recorded,
      validFrom: since, settings: recorded.head.state.settings)
    report.base = .init(seq: newest.head.seq, sha256: newest.sha256)
    report.seq = recorded.head.seq
    report.counts = try HistoryQuery(context).counts(from: newest.head, to: recorded.head)
    report.quarantine = recorded.head.quarantine
    report.message =
      "corrects \(corrected.count) \(corrected.count == 1 ? "entry" : "entries"), from \(since) on: "
      + "dumps were read again by settings that were mended"
    try lease.prepareHandOver()
    report.carried = try context.carried(lease, recorded.bytes == nil ? nil : recorded, report.settings)
    let event = try context.record(report, at: .snapshot)
    try lease.confirm()
    context.log.info(report.message ?? "")
    return event
  }
}
