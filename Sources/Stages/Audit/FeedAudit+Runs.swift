import Basics
import Coordination
import History
import ObjectStore

extension FeedAudit {
  /// For how many seconds nobody is called although something waits for the next run: if it is known when that comes.
  var patience: Double { (status.period ?? 0) * 2 }

  /// Which stages of a run have answered, by the listing.
  private func stages(of run: String) -> [Stage] {
    Stage.allCases.filter { listing["runs/\(run)/\($0.rawValue).json"] != nil }
  }

  /// Reads the newest runs' last answers: by their names, and those that the lock and what was left behind tell of.
  mutating func lookAtRuns() throws(Failure) {
    let names = Set(
      listing.keys.filter { $0.hasPrefix("runs/") }.map { String($0.split(separator: "/")[1]) })
    var wanted = Set(HistoryQuery.timed(names.sorted()).suffix(options.runs))
    wanted.formUnion([lock?.run, lock?.refused, status.head?.run].compactMap { $0 }.filter(names.contains))
    // Names that a trigger gave tell no time; runs that came to their end are in the heads, or changed nothing.
    let dumps = Set(
      listing.keys.filter { $0.hasPrefix("packs/") || $0.hasPrefix("bases/") }
        .compactMap(StorageSorter.run(of:)))
    for run in names.subtracting(wanted) where !HistoryQuery.isTimed(run) {
      let last = stages(of: run).last
      if last == .dedupe || last == .snapshot || (last == .fetch && dumps.contains(run)) {
        wanted.insert(run)
      }
    }
    var events: [RunEvent] = []
    for run in wanted {
      guard let stage = stages(of: run).last else { continue }
      let context = context
      if let event = try orDamaged(
        "runs/\(run)/\(stage.rawValue).json", { () throws(Failure) in try context.runs.answer(run, stage) })
      {
        events.append(event)
      }
    }
    events.sort { ($0.time, $0.id) < ($1.time, $1.id) }
    judge(events, names)
    status.runs = events.suffix(options.runs)
    status.lastRead = [lock?.lastRead, events.last?.time].compactMap { $0 }.max()
    lookForCutOff(names)
  }

  private mutating func judge(_ events: [RunEvent], _ names: Set<String>) {
    let good = events.filter { [.published, .unchanged, .recorded].contains($0.data.outcome) }
    let newest = good.last?.time
    for event in events where !event.data.outcome.isFinal {
      let run = event.data.run
      // What the lock still has is judged with the lock.
      if let lock, lock.run == run, lock.state != .released { continue }
      if event.data.outcome == .recorded { continue }
      let isOver = newest.map { $0 > event.time } ?? false
      find(
        .unfinishedRun, isOver ? .note : .act, run: run, since: event.time,
        "run \(run) ended after \(event.data.stage.rawValue) without a further answer; "
          + (isOver
            ? "later runs did well, its dump is kept"
            : "its dump is kept: see why in the functions' logs, then let the next run read the source"))
    }
    let waiting = events.filter {
      $0.data.outcome == .refused && !names.contains($0.data.run + "-accepted")
        && $0.data.validFrom > status.head?.validFrom ?? Instant(microseconds: .min)
        && $0.time > newest ?? Instant(microseconds: .min)
    }
    guard let last = waiting.last else { return }
    let run = last.data.run
    find(
      .refused, .act, run: run, since: waiting[0].time,
      "\(waiting.count == 1 ? "run \(run) was" : "\(waiting.count) runs were") refused and nothing good came since: "
        + (last.data.message ?? "see query --runs"))
  }

  /// Objects of runs that never answered: they were killed.
  private mutating func lookForCutOff(_ names: Set<String>) {
    var runs: Set<String> = []
    for path in listing.keys where path.hasPrefix("packs/") || path.hasPrefix("bases/") {
      guard let run = StorageSorter.run(of: path), !names.contains(run) else { continue }
      runs.insert(run)
    }
    if let lock, lock.state != .released { runs.remove(lock.run) }
    guard let last = runs.max() else { return }
    find(
      .cutOff, .note, run: last,
      "\(runs.count) run\(runs.count == 1 ? "" : "s") stored a dump and ended without an answer, as when killed; "
        + "what they left is named by nothing and does no harm")
  }

  /// Judges whoever holds the lock, or let it go.
  mutating func lookAtLock(_ info: ObjectInfo?) throws(Failure) {
    guard let lock, let info else { return }
    let age = info.storeTime.seconds(since: info.lastModified)
    status.lock = (lock.token, lock.state.rawValue, lock.run, lock.stage, lock.holder, age)
    let limit: Double
    switch lock.state {
    case .released: return lookAtTrouble(lock, info, age)
    case .held, .waiting: limit = lock.lease
    case .stopped: limit = 0
    }
    guard age > limit else { return }
    let level: Finding.Level = age - limit > patience ? .act : .wait
    let since = info.lastModified
    let resumed = "The next run goes on with it by itself; if none comes, see to the scheduler"
    let answered = Stage(rawValue: lock.stage).map { stages(of: lock.run).contains($0) } ?? false
    if lock.state == .stopped {
      find(
        .unfinishedRun, level, run: lock.run, since: since,
        "run \(lock.run) stopped at \(lock.stage) \(seconds(age)) ago\(reason(lock)). \(resumed)")
    } else if lock.state == .waiting || answered {
      let next = answered ? Stage.allCases.drop { $0.rawValue != lock.stage }.dropFirst().first : nil
      find(
        .unfinishedRun, level, run: lock.run, since: since,
        "run \(lock.run) waits for \(next?.rawValue ?? lock.stage) since \(seconds(age)). \(resumed)")
    } else {
      find(
        .stuckLock, level, run: lock.run, object: "lock.json", since: since,
        "holder \(lock.holder ?? "?") of run \(lock.run) is silent at \(lock.stage) since \(seconds(age)), token "
          + "\(lock.token); its lease of \(seconds(lock.lease)) is over. \(resumed)")
    }
  }

  private mutating func lookAtTrouble(_ lock: LockDocument, _ info: ObjectInfo, _ age: Double) {
    if lookAtPeace(lock) { return }
    guard let trouble = lock.trouble else { return }
    find(
      .failed, trouble.mayPass && age < patience ? .wait : .act, run: lock.run, since: info.lastModified,
      "run \(lock.run) failed at \(lock.stage) \(seconds(age)) ago\(reason(lock))")
  }

  func reason(_ lock: LockDocument) -> String {
    lock.trouble.map { " (exit \($0.code)): \($0.message)" } ?? ""
  }

  /// Judges what has been waiting for too long.
  mutating func lookAtTimes() {
    let now = status.time
    if let head = status.head, head.seq > status.published ?? 0 {
      let age = now.seconds(since: head.recordedAt)
      let isAtWork = status.lock.map { $0.state == "held" && $0.age <= lock?.lease ?? 0 } ?? false
      if !isAtWork {
        find(
          .unpublished, age > patience ? .act : .wait, run: head.run, since: head.recordedAt,
          "entry \(head.seq) is \(seconds(age)) old and readers see \(status.published.map { "entry \($0)" } ?? "nothing"): "
            + "the next run makes up for it")
      }
    }
    lookForOverdue()
  }

  /// A time span for people.
  func seconds(_ value: Double) -> String {
    let whole = Int(value.rounded())
    if whole < 120 { return "\(whole) s" }
    if whole < 7200 { return "\(whole / 60) min" }
    return whole < 172_800 ? "\(whole / 3600) h" : "\(whole / 86400) d"
  }
}

extension HistoryQuery {
  /// Whether a run is named by its time, not by a trigger.
  static func isTimed(_ run: String) -> Bool { run.utf8.first.map { (48...57).contains($0) } ?? false }

  /// Those that are.
  static func timed(_ runs: [String]) -> [String] { runs.filter(isTimed) }
}
