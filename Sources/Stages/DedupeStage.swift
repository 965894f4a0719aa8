public import Basics
import Blocks
import Coordination
import Dedupe
import FeedFile
public import History

/// Finds what changed between the head and a dump, decides what is taken, and refuses what looks sick.
public struct DedupeStage {
  /// What may be let pass.
  public struct Options: Sendable {
    /// The key may be another than before: every record is looked at anew.
    public var rekey = false
    /// How many records are matched at once: a bound on memory.
    public var recordsPerPass: Int?

    /// Nothing is let pass.
    public init() {}
  }

  /// What the name of a run ends with that took a refused dump.
  static let acceptedSuffix = "-accepted"
  /// How many rejects of a refused dump are written down.
  private static let sample = 1000

  let context: StageContext
  let options: Options

  /// The stage with what may be let pass.
  public init(_ context: StageContext, options: Options = Options()) {
    self.context = context
    self.options = options
  }

  /// Runs the stage on what fetch said. Asked again, it answers as before.
  /// - Throws: ``Failure/Kind/tryAgain`` if somebody is at work.
  public func run(_ event: RunEvent) throws(Failure) -> RunEvent {
    guard event.data.outcome == .fetched else { return event }
    switch try context.turn(of: .dedupe, after: event) {
    case .answered(let answer): return answer
    case .lost: return try context.superseded(event.received, at: .dedupe)
    case .taken(let lease, let carried):
      return try context.holding(lease) { () throws(Failure) in
        let head = try context.newest(carried, before: event.data)
        return try work(event.received, lease, head: head, isAccepted: false)
      }
    }
  }

  /// Takes the dump of a run that was refused, as a run of its own, if it is newer than the head.
  public func accept(_ refused: String) throws(Failure) -> RunEvent {
    let run = refused + Self.acceptedSuffix
    if let answer = try context.runs.answer(run, .dedupe) { return answer }
    guard var report = try context.runs.answer(refused, .dedupe)?.received, report.outcome == .refused,
      let dump = report.dump
    else {
      throw Failure(.usage, "--accept \(refused): there is no refused run of that name; see query --runs")
    }
    let hasNewKey = report.code == Int(Failure.Kind.settings.rawValue)
    if hasNewKey, !options.rekey {
      throw Failure(.usage, "run \(refused) was refused because the key changed: add --rekey")
    }
    if let broken = dump.broken {
      throw Failure(.badData, "run \(refused) cannot be accepted: its dump cannot be read: \(broken)")
    }
    return try context.byHand(run, at: .dedupe, to: "accept") { (lease) throws(Failure) in
      let head = try context.timeline.newest()
      if let head, report.validFrom <= head.head.validFrom {
        throw Failure(
          .usage,
          "run \(refused) is of \(report.validFrom), the head of \(head.head.validFrom): only a newer dump can"
            + " be accepted")
      }
      report.run = run
      report.outcome = .fetched
      report.message = nil
      report.code = nil
      report.base = head.map { .init(seq: $0.head.seq, sha256: $0.sha256) }
      return try work(report, lease, head: head, isAccepted: true, hasNewKey: hasNewKey)
    }
  }

  private func work(
    _ given: RunReport, _ lease: Lease, head: CommittedHead?, isAccepted: Bool, hasNewKey: Bool = false
  ) throws(Failure) -> RunEvent {
    var report = given
    guard report.base == head.map({ .init(seq: $0.head.seq, sha256: $0.sha256) }) else {
      let event = try context.superseded(report, at: .dedupe)
      try lease.release(refused: lease.refusedRun)
      return event
    }
    guard let dump = report.dump else {
      throw Failure(.badData, "the event of run \(report.run) has no dump")
    }
    let feed = try context.settings(report.settings)
    let chain =
      try head.map { (head) throws(Failure) in
        try context.states.chain(head.head.state.manifest, wantsBlocks: true)
      } ?? []
    let after = try side(of: dump, feed, chain)
    let guards = Guards(feed: feed, run: context.isTrial ? nil : report.run, address: context.address)
    var before: Side?
    if let head = head?.head, let manifest = chain.last?.manifest {
      before = try context.side(of: head, manifest)
    }
    var refusal = guards.refusal(before: dump, isAccepted: isAccepted)
    if refusal == nil, !options.rekey { refusal = guards.refusal(key: before?.reading.key) }
    if refusal == nil {
      var finderOptions = ChangeFinder.Options()
      finderOptions.columns = feed.columnRule
      finderOptions.entry = (head?.head.seq ?? 0) + 1
      finderOptions.validFrom = report.validFrom
      if let bound = options.recordsPerPass { finderOptions.recordsPerPass = bound }
      var finder = ChangeFinder(before: before, after: after, options: finderOptions)
      let findings = try finder.find()
      report.counts = findings.counts
      report.columns = columnChange(before?.reading.header, dump.header)
      let name = "\(report.run).\(lease.token)"
      let quarantined = Quarantined(
        findings: findings, dump: after,
        place: context.isTrial ? nil : context.folder.location(of: "quarantine/\(name).jsonl"),
        isExplained: feed.source.explainsGaps)
      refusal = try guards.refusal(of: quarantined, isAccepted: isAccepted)
      // Who took a dump because its key is new on purpose has not seen yet whether it is right.
      if refusal == nil, !isAccepted || hasNewKey, before?.reading.key != feed.key {
        refusal = try guards.refusal(ofKeyIn: after, taken: findings.patch, isNew: before != nil)
      }
      // Of a refused dump a sample will do: all of it is kept.
      let shown = refusal == nil ? findings.rejects : Array(findings.rejects.prefix(Self.sample))
      report.quarantine = try writeRejects(shown, after, as: "quarantine/\(name).jsonl")
      if refusal == nil {
        report.keys = try KeyStore(context.folder, after.reading, feed.columnRule).store(findings.keys).few
        report.patch = try context.states.store(findings.patch, as: "patches/\(name)")
        report.changes = try writeChanges(
          findings.changes, before, after, head?.head.bornAt, as: "changes/\(name).jsonl")
        if let head, findings.changes.isEmpty, head.head.state.settings != report.settings {
          report.message = "the settings are new; no record is another by them"
        }
      }
    }
    report.outcome = refusal == nil ? .found : .refused
    if let refusal { report.message = refusal.message }
    report.code = refusal.map { Int($0.kind.rawValue) }
    if refusal == nil { try lease.prepareHandOver() }
    report.carried = refusal == nil ? try context.carried(lease, head, report.settings) : nil
    let event = try context.record(report, at: .dedupe)
    if refusal != nil {
      try lease.release(refused: report.run)
    } else {
      if let counts = report.counts {
        context.log.info(counts.line + (report.message.map { "; \($0)" } ?? ""))
      }
      try lease.confirm()
    }
    return event
  }

  private func side(
    of dump: RunReport.Dump, _ feed: Feed, _ read: [StateIndex.Link]
  ) throws(Failure) -> Side {
    guard let manifest = try context.states.chain(dump.manifest, read: read, wantsBlocks: true).last?.manifest
    else {
      throw Failure(.software, "a chain without an end")
    }
    return Side(
      manifest: manifest, reading: feed.reading(header: dump.header), patch: nil,
      blocks: context.states.blocks(of: manifest))
  }

  func columnChange(_ before: [String]?, _ after: [String]) -> ColumnChange? {
    guard let before, before != after else { return nil }
    let added = after.filter { !before.contains($0) }
    let removed = before.filter { !after.contains($0) }
    return added.isEmpty && removed.isEmpty ? nil : ColumnChange(added: added, removed: removed)
  }

  func writeRejects(_ rejects: [Reject], _ side: Side, as path: String) throws(Failure) -> ObjectRef? {
    if rejects.isEmpty { return nil }
    var writer = RejectWriter(side)
    return try writeLines(rejects, as: path) { (reject, out) throws(Failure) in
      try writer.append(reject, to: &out)
    }
  }

  func writeChanges(
    _ changes: Changes, _ before: Side?, _ after: Side, _ recordedAt: Instant?, as path: String
  ) throws(Failure) -> ObjectRef? {
    if changes.isEmpty { return nil }
    var writer = ChangeWriter(before: before, after: after, newestRecordedAt: recordedAt)
    return try writeLines(changes, as: path) { (change, out) throws(Failure) in
      try writer.append(change, to: &out)
    }
  }

  private func writeLines<T>(
    _ items: some Sequence<T>, as path: String, _ append: (T, inout ByteBuffer) throws(Failure) -> Void
  ) throws(Failure) -> ObjectRef {
    let object = try context.folder.create(path)
    var out = ByteBuffer(capacity: 512 << 10)
    for item in items {
      try append(item, &out)
      if out.count >= 256 << 10 {
        try unsafe object.write(out.bytes)
        out.truncate()
      }
    }
    try unsafe object.write(out.bytes)
    return try object.commit()
  }
}

extension Counts {
  /// One line for people.
  var line: String {
    var parts = ["\(current) records", "\(inserted) inserted", "\(updated) updated", "\(deleted) deleted"]
    if bad > 0 { parts.append("\(bad) bad") }
    if duplicates > 0 { parts.append("\(duplicates) duplicates") }
    if conflicts > 0 { parts.append("\(conflicts) with a key that another record has") }
    return parts.joined(separator: ", ")
  }
}
