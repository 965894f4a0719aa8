import Basics
import History

/// Answers of stages say what they took: so `runs/` is the log of everything that was done.
extension StageContext {
  /// Records a stage's answer. If there is one already, that one counts and is returned.
  func record(_ report: RunReport, at stage: Stage) throws(Failure) -> RunEvent {
    try runs.record(event(report, of: stage))
  }

  /// The same without recording it.
  func event(_ given: RunReport, of stage: Stage) throws(Failure) -> RunEvent {
    var report = given
    var work = report.work ?? StageWork(acknowledges: nil)
    // To the millisecond: more says nothing, and takes room in every answer.
    work.seconds = ((clock.seconds() - began) * 1000).rounded() / 1000
    work.requests = requests()
    report.work = work
    return RunEvent(report, stage: stage, time: try folder.now())
  }
}

extension StageWork {
  /// The beginning of a stage's work, by this program.
  init(acknowledges event: EventRef?) { self.init(acknowledges: event, software: Software.version) }
}

extension RunEvent {
  /// The run's report for the stage that is called with this event: what the stage before took is in that one's answer.
  var received: RunReport {
    var report = data
    report.work = StageWork(acknowledges: EventRef(self))
    return report
  }
}

/// A state that was laid out anew.
struct Laid {
  var state: State
  var generation: Generation
  var base: ObjectRef
  var keys: [ObjectRef]
}

extension Pointer {
  /// What was made for it, and what stood already.
  func made(after last: Pointer?) -> StageWork.Publication {
    let before = Set(((last?.current ?? []) + (last?.closed ?? [])).map(\.object))
    let kept = current.count { before.contains($0.object) }
    return StageWork.Publication(
      rows: current.reduce(0) { $0 + $1.rows }, made: current.count - kept, kept: kept,
      closed: closed.count { !before.contains($0.object) })
  }
}
