public import Basics
import Blocks
import Coordination
import Dedupe
import Hashing
public import History
import ObjectStore

/// Takes the newest runs back, or puts back what was taken back: the timeline becomes what it was when an earlier entry
/// was recorded. Nothing is removed, so what was known in between can still be asked for.
public struct RewindStage {
  /// Which entry to go back to.
  public enum Target {
    /// The entry that was in force at a time, as it is known now.
    case time(Instant)
    /// The entry before those that a run added: the run is undone, and all that came after it.
    case before(run: String)
    /// An entry by its number.
    case entry(Int)
  }

  /// What is to be done.
  public struct Plan {
    let newest: CommittedHead
    /// The entries.
    public let rewinding: Rewinding
    /// The entry to go back to.
    public let target: Head
    /// The state that is there now, and the one that will be.
    public var states: (now: Head, then: Head) {
      (newest.head, rewinding.again.last ?? rewinding.ground ?? target)
    }
  }

  let context: StageContext

  /// The stage.
  public init(_ context: StageContext) { self.context = context }

  /// What would have to be done. Writes nothing.
  /// - Returns: nil if nothing has to be.
  /// - Throws: ``Failure/Kind/usage`` if there is no such entry.
  public func plan(_ target: Target) throws(Failure) -> Plan? {
    guard let newest = try context.timeline.newest() else {
      throw Failure(.usage, "nothing was recorded of feed \(context.folder.feed) yet")
    }
    let entry = try find(target, newest.head)
    guard let rewinding = try context.timeline.rewinding(from: newest.head, to: entry.seq),
      !rewinding.undone.isEmpty || !rewinding.again.isEmpty
    else { return nil }
    return Plan(newest: newest, rewinding: rewinding, target: entry)
  }

  /// Does it, all at once or not at all; the event is for publish, as snapshot's is.
  /// - Throws: ``Failure/Kind/tryAgain`` if a run is under way, or the feed moved on since the plan was made.
  public func run(_ plan: Plan) throws(Failure) -> RunEvent {
    let now = try context.folder.now()
    let run = runID(at: now, randomness: context.randomness) + "-rewind"
    return try context.byHand(run, at: .snapshot, to: "rewind") { (lease) throws(Failure) in
      try work(plan, run, lease)
    }
  }

  private func work(_ plan: Plan, _ run: String, _ lease: Lease) throws(Failure) -> RunEvent {
    let rewinding = plan.rewinding
    let undone = try undone(plan, by: run)
    var retelling = try Retelling(context, run: run, after: plan.newest)
    if let ground = rewinding.ground {
      try retelling.takeBack(from: rewinding.since, to: ground, remembering: undone)
    }
    for entry in rewinding.again {
      var head = entry
      head.restored = Restored(seq: entry.origin, recordedAt: entry.bornAt, takesBack: false)
      head.undone = undone
      try retelling.append(head)
    }
    return try retelling.commit(lease, since: rewinding.since, plan.summary)
  }

  /// The dumps that are not to be taken again while the source gives them.
  private func undone(_ plan: Plan, by run: String) throws(Failure) -> [Undone]? {
    let putBack = plan.rewinding.again.map(\.state.manifest)
    var dumps: [Undone] = []
    for head in plan.rewinding.undone.prefix(Undone.most) {
      let (dump, settings) = (head.state.manifest, head.state.settings)
      dumps.append(
        Undone(run: head.run, by: run, manifest: dump.bare, sha256: try digest(of: dump), settings: settings))
    }
    dumps += plan.newest.head.undone ?? []
    let remembered = Array(dumps.filter { !putBack.contains($0.manifest) }.prefix(Undone.most))
    return remembered.isEmpty ? nil : remembered
  }

  private func digest(of dump: StateRef) throws(Failure) -> String {
    let manifest = try context.states.manifest(dump)
    var hash = SHA256()
    try unsafe context.states.blocks(of: manifest).forEachVerified { (bytes) throws(Failure) in
      unsafe hash.update(bytes)
    }
    return hex(hash.digest())
  }

  private func find(_ target: Target, _ newest: Head) throws(Failure) -> Head {
    switch target {
    case .time(let time):
      if let entry = try context.timeline.entry(asOf: time) { return entry }
      throw Failure(.usage, "history begins after \(time): there is nothing to go back to")
    case .entry(let seq):
      guard (1...newest.seq).contains(seq) else {
        throw Failure(.usage, "there is no entry \(seq): they go from 1 to \(newest.seq); see query --runs")
      }
      return try context.timeline.entry(seq, from: newest)
    case .before(let run):
      var entry = newest
      while entry.run != run { entry = try parent(of: entry, "no entry was added by a run \"\(run)\"") }
      while entry.run == run {
        entry = try parent(of: entry, "run \(run) was the first: nothing was before it")
      }
      return entry
    }
  }

  private func parent(of entry: Head, _ trouble: String) throws(Failure) -> Head {
    guard let ref = entry.ancestors.first else { throw Failure(.usage, "\(trouble); see query --runs") }
    return try context.timeline.read(ref)
  }

  /// What would change, in numbers, for people.
  public func changes(_ plan: Plan) throws(Failure) -> String {
    let counts = try HistoryQuery(context).counts(from: plan.states.now, to: plan.states.then)
    return "\(counts.current) records then; \(counts.inserted) come back, \(counts.updated) become others, "
      + "\(counts.deleted) go"
  }
}

extension RewindStage.Plan {
  /// In one line, for people.
  public var summary: String {
    var parts: [String] = []
    if !rewinding.undone.isEmpty {
      parts.append("takes back \(rewinding.undone.reversed().map(\.run).joined(separator: ", "))")
    }
    if !rewinding.again.isEmpty {
      parts.append("puts back \(rewinding.again.map(\.run).joined(separator: ", "))")
    }
    return "\(parts.joined(separator: "; ")): as entry \(target.seq) left it, from \(rewinding.since) on"
  }

  /// The entries that are taken back and put back, for people.
  public var rows: [[Field]] {
    rewinding.undone.map { row("taken back", $0) } + rewinding.again.map { row("put back", $0) }
  }

  private func row(_ what: String, _ entry: Head) -> [Field] {
    [
      Field("what", what), Field("entry", json: "\(entry.seq)"), Field("run", entry.run),
      Field("valid_from", entry.validFrom.description), Field("recorded_at", entry.recordedAt.description),
      Field("records", json: "\(entry.counts.current)"), Field("inserted", json: "\(entry.counts.inserted)"),
      Field("updated", json: "\(entry.counts.updated)"), Field("deleted", json: "\(entry.counts.deleted)"),
    ]
  }
}
