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
  ///   settings, ``Failure/Kind/settings`` if they name another key, ``Failure/Kind/usage`` if what is new in them
  ///   only says how dumps are fetched.
  public func run(_ settings: Feed) throws(Failure) -> RunEvent? {
    let run = runID(at: try context.folder.now(), randomness: context.randomness) + "-correction"
    return try context.byHand(run, at: .snapshot, to: "correct") { (lease) throws(Failure) in
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
    func mayBeMended(_ head: Head) -> Bool { head.quarantine != nil && head.state.settings != name }
    guard let first = inForce.lastIndex(where: mayBeMended) else { return nil }
    try refuse(settings, ifOfNoUseTo: inForce.filter(mayBeMended))
    let (since, old) = (inForce[first].validFrom, inForce[...first])
    var retelling = try Retelling(context, run: run, after: newest)
    var before: Head?
    if first + 1 < inForce.count {
      try retelling.takeBack(from: since, to: inForce[first + 1], remembering: newest.head.undone)
      before = retelling.last.head
    }
    for entry in old.reversed() {
      let seq = retelling.last.head.seq + 1
      var head = try corrected(
        entry, settings, name, after: before, seq, as: "\(run).\(lease.token).\(seq)")
      // What was taken back stays so.
      head.undone = newest.head.undone
      try retelling.append(head)
      before = retelling.last.head
    }
    return try retelling.commit(
      lease, since: since,
      "corrects \(old.count) \(old.count == 1 ? "entry" : "entries"), from \(since) on: "
        + "dumps were read again by settings that were mended", quarantine: retelling.last.head.quarantine)
  }

  /// Refuses settings that say nothing new of any dump in question, which is kept, only of how one is fetched.
  private func refuse(_ feed: Feed, ifOfNoUseTo entries: [Head]) throws(Failure) {
    var isFetchedOtherwise = false
    for entry in entries {
      let old = try context.settings(entry.state.settings)
      let header = entry.state.header
      guard old.reading(header: header) == feed.reading(header: header), old.columnRule == feed.columnRule
      else { return }
      if old.source.conversion != feed.source.conversion || old.source.database != feed.source.database {
        isFetchedOtherwise = true
      }
    }
    guard isFetchedOtherwise, let last = entries.last else { return }
    throw Failure(
      .usage,
      "what went to quarantine since entry \(last.seq), of run \(last.run), cannot be taken in: what was mended under source "
        + "is done as a dump is fetched, and these are kept as they were fetched then. The next run reads the source so"
    )
  }

  /// An entry whose dump is read again.
  /// - Parameters:
  ///   - before: the entry that it is compared with; nil if it is the first.
  ///   - seq: the number that it is going to have.
  ///   - name: what the names of its objects are made with.
  private func corrected(
    _ old: Head, _ feed: Feed, _ settings: String, after before: Head?, _ seq: Int, as name: String
  ) throws(Failure) -> Head {
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
    let quarantined = Quarantined(
      findings: findings, dump: after, place: nil, isExplained: feed.source.explainsGaps)
    if let refusal = try guards.refusal(of: quarantined, isAccepted: isAccepted) { throw of(old, refusal) }
    let dedupe = DedupeStage(context)
    var head = old
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
}
