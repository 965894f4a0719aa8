import Basics
import Coordination
import Dedupe
import History
import ObjectStore

/// New entries that cover earlier ones: each is written under a name of its own, all become visible at once, or none does.
struct Retelling {
  private let context: StageContext
  private let run: String
  private let newest: CommittedHead
  /// When all of it comes to be known.
  private let recordedAt: Instant
  /// The entry that was written last; ``newest`` before there is one.
  private(set) var last: CommittedHead

  /// - Parameters:
  ///   - run: the run that tells it.
  ///   - newest: the entry after which it is told.
  init(_ context: StageContext, run: String, after newest: CommittedHead) throws(Failure) {
    self.context = context
    self.run = run
    self.newest = newest
    last = newest
    recordedAt = max(try context.folder.now(), newest.head.recordedAt)
  }

  /// Writes the next entry; its run, its number and what comes before it are filled in.
  /// - Throws: ``Failure/Kind/tryAgain`` if another run was faster.
  mutating func append(_ entry: Head) throws(Failure) {
    var head = entry
    head.run = run
    head.seq = last.head.seq + 1
    head.recordedAt = recordedAt
    // What the source said last is true of what it still has: it need not send that again.
    head.source = newest.head.source
    head.ancestors = Timeline.ancestors(after: last, validFrom: head.validFrom, recordedAt: recordedAt)
    guard let written = try context.timeline.prepare(head, after: last) else { throw faster }
    last = written
  }

  /// Writes an entry that takes back all that was true from a time on: as before, until the next entry says otherwise.
  /// - Parameter ground: the entry whose state was true before that.
  mutating func takeBack(
    from since: Instant, to ground: Head, remembering undone: [Undone]?
  ) throws(Failure) {
    var head = ground
    head.validFrom = since
    head.restored = Restored(seq: ground.origin, recordedAt: ground.bornAt, takesBack: true)
    head.undone = undone
    head.changes = nil
    head.columns = nil
    head.counts = Counts()
    head.counts.records = ground.counts.records
    head.counts.current = ground.counts.current
    head.counts.before = newest.head.counts.current
    try append(head)
  }

  /// Makes all of it visible, and answers for publish as snapshot does.
  /// - Throws: ``Failure/Kind/tryAgain`` if another run was faster.
  func commit(
    _ lease: Lease, since: Instant, _ message: String, quarantine: ObjectRef? = nil
  ) throws(Failure) -> RunEvent {
    // Before it is visible: what fails here has changed nothing.
    let counts = try HistoryQuery(context).counts(from: newest.head, to: last.head)
    guard let recorded = try context.timeline.move(to: last, from: newest) else { throw faster }
    var report = RunReport(
      feed: recorded.head.feed, store: context.folder.store.location, run: run, outcome: .recorded,
      validFrom: since, settings: recorded.head.state.settings)
    report.base = .init(seq: newest.head.seq, sha256: newest.sha256)
    report.seq = recorded.head.seq
    report.counts = counts
    report.quarantine = quarantine
    report.message = message
    try lease.prepareHandOver()
    report.carried = try context.carried(lease, recorded.bytes == nil ? nil : recorded, report.settings)
    let event = try context.record(report, at: .snapshot)
    try lease.confirm()
    context.log.info(message)
    return event
  }

  private var faster: Failure {
    Failure(.tryAgain, "another run was faster; nothing was changed: look at what would change again")
  }
}
