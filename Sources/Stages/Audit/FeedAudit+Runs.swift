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
    for run in wanted.sorted() {
      guard let stage = stages(of: run).last else { continue }
      let context = context
      if let event = try orDamaged(
        "runs/\(run)/\(stage.rawValue).json", { () throws(Failure) in try context.runs.answer(run, stage) })
      {
        events.append(event)
      }
    }
    events.sort { ($0.time, $0.id) < ($1.time, $1.id) }
    // What the lock still has is judged with the lock.
    let atWork = lock.flatMap { $0.state == .released ? nil : $0.run }
    let unfinished = Set(
      events.filter { [.fetched, .found].contains($0.data.outcome) }.map(\.data.run)
    ).subtracting([atWork].compactMap { $0 })
    let cutOff = cutOff(names).subtracting([atWork].compactMap { $0 })
    let late = try wentOn(unfinished.union(cutOff))
    judge(events, names, unfinished: unfinished.subtracting(late))
    status.runs = events.suffix(options.runs)
    status.lastRead = [lock?.lastRead, events.last?.time].compactMap { $0 }.max()
    tell(cutOff: cutOff.subtracting(late))
  }

  /// Which of some runs are at work or went on since the lock was read: the listing is younger.
  private mutating func wentOn(_ runs: Set<String>) throws(Failure) -> Set<String> {
    if runs.isEmpty { return [] }
    let context = context
    let now = try orDamaged("lock.json") { () throws(Failure) in try context.lock.read()?.0 }
    guard let now, now != lock else { return [] }
    var found: Set<String> = []
    for run in runs.sorted() {
      var isLate = now.run == run && now.state != .released
      let last = stages(of: run).last
      let next = last.map { last in Array(Stage.allCases.drop { $0 != last }.dropFirst()) } ?? Stage.allCases
      for stage in next where !isLate {
        let path = "runs/\(run)/\(stage.rawValue).json"
        isLate = try context.folder.sizeIfPresent(path) != nil
      }
      if isLate { found.insert(run) }
    }
    return found
  }

  private mutating func judge(_ events: [RunEvent], _ names: Set<String>, unfinished: Set<String>) {
    // Of runs that a trigger named and that found nothing new only the lock tells: their names say no time.
    let newest = [events.last { $0.data.outcome.isGood }?.time, lock?.lastGood].compactMap { $0 }.max()
    for event in events where unfinished.contains(event.data.run) {
      let run = event.data.run
      let isOver = newest.map { $0 > event.time } ?? false
      find(
        .unfinishedRun, isOver ? .note : .act, run: run, since: event.time,
        "run \(run) ended after \(event.data.stage.rawValue) without a further answer; "
          + (isOver
            ? "later runs did well, its dump is kept"
            : "its dump is kept: see why in the functions' logs, then let the next run read the source"))
    }
    let waiting = events.filter {
      $0.data.outcome == .refused && !names.contains($0.data.run + DedupeStage.acceptedSuffix)
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

  /// Runs that left a dump and no answer.
  private func cutOff(_ names: Set<String>) -> Set<String> {
    var runs: Set<String> = []
    for path in listing.keys where path.hasPrefix("packs/") || path.hasPrefix("bases/") {
      guard let run = StorageSorter.run(of: path), !names.contains(run) else { continue }
      runs.insert(run)
    }
    return runs
  }

  /// They were killed.
  private mutating func tell(cutOff runs: Set<String>) {
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
    case .released:
      lookForDoubt(lock)
      return lookAtTrouble(lock, info, age)
    case .held, .waiting: limit = lock.lease
    case .stopped: limit = 0
    }
    guard age > limit else { return }
    lookForDoubt(lock)
    // Each run that fails writes the lock anew.
    let troubled = lock.troubledSince.map { info.storeTime.seconds(since: $0) } ?? 0
    let level: Finding.Level = max(age, troubled) - limit > patience ? .act : .wait
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
    let since = lock.troubledSince ?? info.lastModified
    let troubled = max(age, info.storeTime.seconds(since: since))
    var level: Finding.Level = trouble.mayPass && troubled < patience ? .wait : .act
    // Who called it wrongly was told so. But nothing that was wrong before is well by that, and who goes on so is no person.
    if trouble.isOfCaller, since >= lock.since { level = .note }
    find(
      .failed, level, run: lock.run, since: since,
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
