public import Basics
import Blocks
import Dedupe
public import FeedFile
import FeedSources
public import History
import ObjectStore

/// Takes runs of a feed through the stages again, into another store, and compares what comes of it with what came of it
/// then: their dumps are in the store.
public struct Replay {
  /// A run that can be taken again.
  public struct Original {
    /// What came of it.
    public var report: RunReport
    /// Whether it took the dump of a refused run: that run's id.
    var accepts: String?
  }

  /// What came of a run, then and now.
  public struct Comparison {
    /// What came of it then.
    public var then: RunReport
    /// What comes of it now.
    public var now: RunReport
    /// What is not the same, each with both values; empty if nothing is.
    public var differences: [String]
  }

  let from: StageContext
  let into: StageContext

  /// - Parameters:
  ///   - from: the feed as it is.
  ///   - into: the same feed in another store.
  /// - Throws: ``Failure/Kind/usage`` if both are one.
  public init(from: StageContext, into: StageContext) throws(Failure) {
    guard from.folder.store.location != into.folder.store.location else {
      throw Failure(.usage, "runs are replayed into another store than \(into.folder.store.location)")
    }
    self.from = from
    self.into = into
  }

  /// The runs with dumps that were true in a stretch of time, in the order in which they were taken.
  ///
  /// Runs that another one overtook are left out: nothing came of them.
  public func runs(from start: Instant?, to end: Instant?) throws(Failure) -> [Original] {
    var runs: [Original] = []
    for name in try names() {
      guard let report = try from.runs.lastAnswer(name)?.data, report.dump != nil,
        report.outcome != .superseded, report.outcome != .fetched, report.outcome != .found,
        start.map({ report.validFrom >= $0 }) ?? true, end.map({ report.validFrom <= $0 }) ?? true
      else { continue }
      runs.append(Original(report: report, accepts: Self.accepted(by: name)))
    }
    // A refused dump may be taken after newer ones were refused, too: of the runs that were compared with one entry the
    // one of which the next came is the last. A run that took the dump of another one has that one's name, and more.
    return runs.sorted {
      let (one, other) = ($0.report, $1.report)
      let places = [one, other].map { ($0.base?.seq ?? 0, $0.seq == nil ? 0 : 1) }
      return places[0] == places[1]
        ? (one.validFrom, one.run) < (other.validFrom, other.run) : places[0] < places[1]
    }
  }

  /// All runs that are listed, and those that one of them took the dump of: nothing comes of that one without them, and a
  /// listing that lags need not have them yet.
  private func names() throws(Failure) -> [String] {
    var names = try from.runs.names()
    var known = Set(names)
    for name in names {
      var name = name
      while let refused = Self.accepted(by: name) {
        if known.insert(refused).inserted { names.append(refused) }
        name = refused
      }
    }
    return names
  }

  /// The refused run whose dump a run took.
  private static func accepted(by run: String) -> String? {
    run.hasSuffix(DedupeStage.acceptedSuffix)
      ? String(run.dropLast(DedupeStage.acceptedSuffix.count)) : nil
  }

  /// Takes runs again, in order.
  /// - Parameters:
  ///   - isUpToNow: whether no later run is left out: then what was taken back since is taken back, too.
  ///   - settings: by which the dumps are read; nil: each by its own.
  ///   - body: called with each run as soon as it is done.
  /// - Throws: ``Failure/Kind/usage`` if the store has later dumps of the feed already.
  public func take(
    _ runs: [Original], isUpToNow: Bool = false, settings: Feed?, _ body: (Comparison) throws(Failure) -> Void
  ) throws(Failure) {
    guard let first = runs.first else { return }
    /// By the number of an entry the one that came of it now.
    var entries: [Int: Int] = [:]
    // What it was compared with has to be there first.
    if try into.timeline.newest() == nil, let base = try base(of: first.report) {
      let feed = try feed(settings, base.state.settings)
      let run = "\(base.run)-base"
      entries[base.origin] = try chain(
        dump: base.state.manifest, run: run, feed: feed, validFrom: base.validFrom
      ).seq
    }
    for run in runs {
      // What was replayed before answers as before.
      if try into.runs.lastAnswer(run.report.run) == nil { try stand(onBaseOf: run.report, entries) }
      let now = try again(run, settings: settings)
      if let seq = run.report.seq { entries[seq] = now.seq }
      try body(
        Comparison(then: run.report, now: now, differences: Self.differences(run.report, now)))
    }
    if isUpToNow, let newest = try from.timeline.newest()?.head {
      if newest.corrects != nil {
        into.log.warning("history was corrected since (entry \(newest.seq)): that is not repeated")
      }
      try stand(on: newest, entries)
    }
  }

  private func again(_ run: Original, settings: Feed?) throws(Failure) -> RunReport {
    if let refused = run.accepts {
      // By other settings it may have been taken at once.
      if let now = try into.runs.lastAnswer(refused)?.data, now.outcome != .refused { return now }
      return try finish(DedupeStage(into).accept(refused)).data
    }
    guard let dump = run.report.dump else { throw Failure(.software, "a run without a dump") }
    let feed = try feed(settings, run.report.settings)
    return try chain(
      dump: dump.manifest, run: run.report.run, feed: feed, validFrom: run.report.validFrom)
  }

  private func feed(_ other: Feed?, _ own: String) throws(Failure) -> Feed {
    if let other { return other }
    return try from.settings(own)
  }

  private func chain(
    dump: StateRef, run: String, feed: Feed, validFrom: Instant
  ) throws(Failure) -> RunReport {
    let manifest = try from.states.manifest(dump)
    let body = StoredDump(manifest, from.states.blocks(of: manifest), name: "the dump of run \(run)")
    var request = FetchStage.Request(feed: feed, source: SourceRequest(.standardInput))
    request.isOwnSource = false
    request.observedAt = validFrom
    request.run = run
    let event = try FetchStage(into) { (_) throws(Failure) in .body(body) }.run(request)
    return try finish(DedupeStage(into).run(event)).data
  }

  private func finish(_ event: RunEvent) throws(Failure) -> RunEvent {
    try PublishStage(into).run(SnapshotStage(into).run(event))
  }

  /// The entry that a run was compared with.
  private func base(of report: RunReport) throws(Failure) -> Head? {
    guard let base = report.base, let newest = try from.timeline.newest()?.head else { return nil }
    return try from.timeline.entry(base.seq, from: newest)
  }

  /// Where runs were taken back before a run, or put back, they are now, too.
  private func stand(onBaseOf report: RunReport, _ entries: [Int: Int]) throws(Failure) {
    if let base = try base(of: report) { try stand(on: base, entries) }
  }

  private func stand(on base: Head, _ entries: [Int: Int]) throws(Failure) {
    guard let wanted = entries[base.origin],
      let newest = try into.timeline.newest()?.head, newest.origin != wanted
    else { return }
    let stage = RewindStage(into)
    guard let plan = try stage.plan(.entry(wanted)) else { return }
    _ = try PublishStage(into).run(stage.run(plan))
  }

  private static func differences(_ then: RunReport, _ now: RunReport) -> [String] {
    var found: [String] = []
    func compare(_ name: String, _ one: String?, _ other: String?) {
      if one != other { found.append("\(name): \(one ?? "none") then, \(other ?? "none") now") }
    }
    // Readers did not see it yet: that is nothing of the run's own.
    let outcome = then.outcome == .recorded ? .published : then.outcome
    compare("outcome", outcome.rawValue, now.outcome.rawValue)
    compare("code", then.code.map { "\($0)" }, now.code.map { "\($0)" })
    compare("counts", then.counts?.line, now.counts?.line)
    compare(
      "columns added", then.columns?.added.joined(separator: ", "), now.columns?.added.joined(separator: ", ")
    )
    compare(
      "columns removed", then.columns?.removed.joined(separator: ", "),
      now.columns?.removed.joined(separator: ", "))
    // How many records were left out, the counts say. Which of those that were known are written down again depends on
    // where blocks begin and end, which is another thing in another store.
    return found
  }
}

extension Replay.Comparison {
  /// For people.
  public var row: [Field] {
    func number(_ name: String, _ value: Int?) -> Field { Field(name, json: value.map { "\($0)" } ?? "null") }
    return [
      Field("run", then.run), Field("valid_from", then.validFrom.description),
      Field("then", then.outcome.rawValue), Field("now", now.outcome.rawValue),
      Field("same", json: differences.isEmpty ? "true" : "false"),
      number("records", now.counts?.current), number("inserted", now.counts?.inserted),
      number("updated", now.counts?.updated), number("deleted", now.counts?.deleted),
      differences.isEmpty
        ? Field("differences", json: "null") : Field("differences", differences.joined(separator: "; ")),
    ]
  }
}
