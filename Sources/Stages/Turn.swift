import Basics
import Coordination
import Documents
import FeedFile
import History

/// How a stage's turn begins.
enum Turn {
  /// The stage has answered already.
  case answered(RunEvent)
  /// The lock was taken; with nothing having happened since the stage before, what its event carries is so.
  case taken(Lease, Carried?)
  /// Another run is under way.
  case lost
}

/// Taking a run over from the stage before, with few looks into the store.
extension StageContext {
  /// Takes the lock by what the event carries. Only if that is refused, the stage's answer and the lock are looked at.
  /// - Throws: ``Failure/Kind/tryAgain`` if somebody is at work.
  func turn(of stage: Stage, after event: RunEvent) throws(Failure) -> Turn {
    let (run, runs) = (event.data.run, runs)
    if let carried = event.data.carried, let text = carried.lock {
      let mark = try Documents.decode(LockMark.self, from: Array(text.utf8), name: "the event")
      if let lease = try lock.take(mark, run: run, stage: stage.rawValue) {
        try note(carried.settings, as: event.data.settings)
        return .taken(lease, carried)
      }
    }
    if let answer = try runs.answer(run, stage) { return .answered(answer) }
    let lease = try lock.take(run: run, stage: stage.rawValue, isForAll: stage == .publish) {
      (held) throws(Failure) in
      guard held != stage.rawValue, let earlier = Stage(rawValue: held) else { return false }
      return try runs.answer(run, earlier) != nil
    }
    guard let lease else { return .lost }
    noteReadWell(lease)
    return .taken(lease, nil)
  }

  /// Begins a run that a person asked for, and does its work. If that fails, the run is given up; but what was recorded
  /// is gone on with.
  /// - Parameter act: what the person is about to do, as a verb.
  /// - Throws: ``Failure/Kind/tryAgain`` if a run is under way or was interrupted.
  func byHand<R>(
    _ run: String, at stage: Stage, to act: String, _ body: (Lease) throws(Failure) -> R
  ) throws(Failure) -> R {
    let beginning = try lock.begin(
      run: run, stage: stage.rawValue, isHandedOver: nextStage
    ) { (old) throws(Failure) in try end(of: old) }
    guard case .begun(let lease) = beginning else {
      throw Failure(
        .tryAgain, "an interrupted run comes first: let the next scheduled run finish it, then \(act)")
    }
    let giveUp = stopIfRecorded(at: stage)
    return try holding(lease, onFailure: giveUp) { () throws(Failure) in try body(lease) }
  }

  /// What came of a run that nobody holds any more.
  func end(of run: String) throws(Failure) -> Lock.End {
    guard let answer = try runs.lastAnswer(run) else { return .over(good: nil) }
    let outcome = answer.data.outcome
    return outcome.isFinal ? .over(good: outcome.isGood ? answer.time : nil) : .open
  }

  /// The newest entry before a run's own: as it was carried, or as the store has it.
  func newest(_ carried: Carried?, before report: RunReport) throws(Failure) -> CommittedHead? {
    guard let carried else { return try timeline.newest() }
    if let head = try timeline.carried(by: carried) {
      if head.sha256 == report.base?.sha256 { return head }
    } else if report.base == nil {
      return nil
    }
    return try timeline.newest()
  }

  /// What the next stage is to be told.
  func carried(_ lease: Lease, _ head: CommittedHead?, _ settings: String) throws(Failure) -> Carried {
    let lock = lease.mark(at: try folder.now()).map { String(decoding: Documents.encode($0), as: UTF8.self) }
    return Carried(lock: lock, head: head, settings: knownSettings(settings)?.canonicalJSON())
  }

  /// The stage after the one that is said to be at work, if that has answered.
  var nextStage: (_ run: String, _ stage: String) throws(Failure) -> String? {
    let runs = runs
    return { (run, stage) throws(Failure) in
      guard let stage = Stage(rawValue: stage), let answer = try runs.answer(run, stage),
        !answer.data.outcome.isFinal
      else { return nil }
      return Stage.allCases.drop { $0 != stage }.dropFirst().first?.rawValue
    }
  }
}
