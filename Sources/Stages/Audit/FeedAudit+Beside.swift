import Basics
import Coordination
import History
import ObjectStore

extension FeedAudit {
  /// Whether files stand beside the pointer that it does not name: settings do not ask for them any more, and they show an
  /// older entry to whoever reads them still.
  mutating func lookBeside() throws(Failure) {
    guard let pointer else { return }
    for path in pointer.unnamed where listing[path] != nil {
      // A publication removes them after the pointer was replaced, or is writing them for a newer entry: then the lock is
      // held, or it was when this is looked at in turn.
      let context = context
      let now = try orDamaged("lock.json") { () throws(Failure) in try context.lock.read() }
      if let (lock, info) = now, lock.state == .held,
        info.storeTime.seconds(since: info.lastModified) <= lock.lease
      {
        return
      }
      guard try context.folder.sizeIfPresent(path) != nil, try isStillPublished(path) else { continue }
      let lock = now?.0
      let isCutOff = lock?.halfDone == true || lock?.state == .held && lock?.stage == Stage.publish.rawValue
      // Each publication began after its entry was recorded.
      let age = status.head.map { status.time.seconds(since: $0.recordedAt) } ?? 0
      find(
        .stale, isCutOff && age <= patience ? .wait : .act, run: pointer.run, object: path,
        "\(path) is of an older entry than the pointer, which does not name it. "
          + (isCutOff
            ? "A publication was cut off: the next run removes it, unless it may not; if none comes, see to the scheduler"
            : "Remove it: no publication will"))
    }
  }
}
