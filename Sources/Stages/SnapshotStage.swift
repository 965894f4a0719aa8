public import Basics
import Blocks
import Coordination
import FeedFile
public import History
import ObjectStore

/// Adds what dedupe found to the timeline: the head moves, by compare-and-swap, or nothing happens at all.
public struct SnapshotStage {
  /// A base smaller than this is not worth a thought.
  private static let leastBase = 256 << 10
  /// A dump is read from all of its packs in turn: no more than can be kept in mind at once.
  private static let mostPacks = 256

  let context: StageContext

  /// The stage.
  public init(_ context: StageContext) { self.context = context }

  /// Runs the stage on what dedupe said. Asked again, it answers as before.
  /// - Throws: ``Failure/Kind/tryAgain`` if somebody is at work.
  public func run(_ event: RunEvent) throws(Failure) -> RunEvent {
    try event.require(.found, for: .snapshot, doneBy: .dedupe)
    guard event.data.outcome == .found else { return event }
    switch try context.turn(of: .snapshot, after: event) {
    case .answered(let answer): return answer
    case .lost: return try context.superseded(event.received, at: .snapshot)
    case .taken(let lease, let carried):
      return try context.holding(lease) { () throws(Failure) in try work(event.received, lease, carried) }
    }
  }

  private func work(
    _ given: RunReport, _ lease: Lease, _ carried: Carried?
  ) throws(Failure) -> RunEvent {
    var report = given
    let parent = try context.newest(carried, before: given)
    let base = parent.map { RunReport.Base(seq: $0.head.seq, sha256: $0.sha256) }
    var recorded: CommittedHead?
    if report.base == base {
      recorded = try context.timeline.append(try head(report, after: parent, lease), after: parent)
    } else if let parent {
      // An earlier attempt of this run may have moved the head and died before it could say so.
      recorded = try earlier(report, parent)
    }
    guard let recorded else {
      let event = try context.superseded(report, at: .snapshot)
      try lease.release(refused: lease.refusedRun)
      return event
    }
    report.outcome = .recorded
    report.seq = recorded.head.seq
    try lease.prepareHandOver()
    report.carried = try context.carried(lease, recorded.bytes == nil ? nil : recorded, report.settings)
    let event = try context.record(report, at: .snapshot)
    try lease.confirm()
    context.log.info("recorded as entry \(recorded.head.seq), valid from \(recorded.head.validFrom)")
    return event
  }

  private func earlier(_ report: RunReport, _ newest: CommittedHead) throws(Failure) -> CommittedHead? {
    let seq = (report.base?.seq ?? 0) + 1
    guard newest.head.seq >= seq else { return nil }
    let entry = try context.timeline.entry(seq, from: newest.head)
    return entry.run == report.run ? CommittedHead(head: entry, sha256: "", version: "") : nil
  }

  private func head(
    _ report: RunReport, after parent: CommittedHead?, _ lease: Lease
  ) throws(Failure) -> Head {
    guard let dump = report.dump, let patch = report.patch, let counts = report.counts else {
      throw Failure(.badData, "the event of run \(report.run) lacks what dedupe found; call dedupe first")
    }
    var state = State(
      manifest: dump.manifest, depth: dump.depth, patch: patch, settings: report.settings,
      header: dump.header,
      endsOpen: dump.endsOpen)
    var generation = try generation(of: dump, after: parent?.head.generation)
    var laidOut: Laid?
    if generation.packBytes > max(generation.baseBytes, Self.leastBase) || dump.objects > Self.mostPacks {
      laidOut = try newGeneration(state, name: "bases/\(report.run).\(lease.token)")
    }
    if let laidOut {
      (state, generation) = (laidOut.state, laidOut.generation)
    }
    let recordedAt = max(try context.folder.now(), parent?.head.recordedAt ?? report.validFrom)
    var head = Head(
      feed: report.feed, seq: (parent?.head.seq ?? 0) + 1, run: report.run, validFrom: report.validFrom,
      recordedAt: recordedAt, state: state, generation: generation, changes: report.changes, counts: counts,
      columns: report.columns, source: dump.source,
      ancestors: Timeline.ancestors(after: parent, validFrom: report.validFrom, recordedAt: recordedAt))
    head.note(report, alsoPacks: laidOut.map { [$0.base] } ?? [], keys: laidOut?.keys ?? [])
    return head
  }

  /// On what the dump builds. That is not always what the head builds on: a dump that was refused before may have
  /// been taken by itself, or on an older base.
  private func generation(of dump: RunReport.Dump, after old: Generation?) throws(Failure) -> Generation {
    if var generation = old, generation.base == dump.base {
      generation.packBytes += dump.packBytes
      return generation
    }
    if dump.depth == 0, dump.packBytes > 0 {
      return Generation(base: dump.base, baseBytes: dump.packBytes, packBytes: 0)
    }
    let chain = try context.states.chain(dump.manifest)
    guard let base = chain.first else { throw Failure(.software, "a chain without a base") }
    func size(_ objects: some Sequence<String>) throws(Failure) -> Int {
      var sum = 0
      for object in objects { sum += try context.folder.info(object).size }
      return sum
    }
    let all = Set((chain.last?.manifest.objects ?? []).map(\.key))
    let laid = base.manifest.objects.map(\.key)
    return Generation(
      base: base.ref.object, baseBytes: try size(laid), packBytes: try size(all.subtracting(laid)))
  }

  /// Lays the state out in dump order, so that reading it stays sequential: once the packs outweigh the base. It is
  /// recorded as if it were a first dump, so blocks that were taken apart grow together again.
  private func newGeneration(_ old: State, name: String) throws(Failure) -> Laid {
    let manifest = try context.states.manifest(old.manifest)
    let blocks = context.states.blocks(of: manifest)
    let feed = try context.settings(old.settings)
    var recorder = DumpRecorder(
      format: feed.source.format, base: nil, others: nil,
      fingerprinter: manifest.fingerprinter, pack: name)
    let object = try context.folder.create(name)
    var window = ByteBuffer(capacity: 1 << 20)
    for span in manifest.spans {
      try unsafe blocks.withVerifiedBytes(of: span) { (bytes) throws(Failure) in
        unsafe window.append(bytes)
        window.removeFirst(try unsafe recorder.take(window.bytes, atEnd: false))
      }
      try unsafe recorder.drain(atLeast: 1 << 20) { (bytes) throws(Failure) in try unsafe object.write(bytes)
      }
    }
    window.removeFirst(try unsafe recorder.take(window.bytes, atEnd: true))
    let laidOut = recorder.finish().manifest
    guard window.count == 0, laidOut.byteCount == manifest.byteCount,
      laidOut.recordCount == manifest.recordCount
    else { throw Failure(.software, "a state that was laid out anew is not what it was") }
    let place = recorder.addSection(StateIndex.encode(laidOut, depth: 0, parent: nil))
    var section: [UInt8] = []
    try unsafe recorder.drain { (bytes) throws(Failure) in
      section = unsafe Array(bytes.suffix(place.count))
      try unsafe object.write(bytes)
    }
    let ref = try object.commit()
    let keys = KeyStore(context.folder, feed.reading(header: old.header), feed.columnRule)
    let stored = try keys.store(try keys.keys(of: manifest, laidOutAs: laidOut))
    var state = old
    state.depth = 0
    state.manifest = StateRef(
      object: name, offset: place.lowerBound, stored: section, isEdit: false)
    context.log.info("laid the state out anew: \(ref.bytes) bytes")
    return Laid(
      state: state, generation: Generation(base: name, baseBytes: ref.bytes, packBytes: 0), base: ref,
      keys: stored)
  }
}
