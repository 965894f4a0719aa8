import Basics
import Coordination
import History

/// Removes parts that pointers do not name any more, after a time in which readers may still be at them.
///
/// A part that was retired never comes back: a pointer names parts of the one before it, and new ones. So whoever
/// removes what an older pointer retired harms nobody, and a removal that died is done again.
struct Retirement {
  let context: StageContext
  let lease: Lease
  /// How long a part stays.
  let grace: Duration

  /// Removes what was retired long enough ago; says what is retired once `pointer` is there.
  func list(for pointer: Pointer, after last: Pointer?) throws(Failure) -> [Pointer.Retired]? {
    guard let last else { return nil }
    let named = pointer.currentObjects.union(pointer.closed.map(\.object))
    // Closed segments leave when their run is taken back, or they are merged.
    let leaving = last.currentObjects.union(last.closed.map(\.object)).subtracting(named)
    let waiting = last.retired ?? []
    if leaving.isEmpty && waiting.isEmpty { return nil }
    let now = try context.folder.now()
    // What leaves only now is named until the new pointer is there, however short the grace.
    var list = try remove(waiting, named: named, now)
    list += leaving.sorted().map { .init(object: $0, since: now) }
    return list.isEmpty ? nil : list
  }

  /// - Returns: what is still there.
  private func remove(
    _ waiting: [Pointer.Retired], named: Set<String>, _ now: Instant
  ) throws(Failure) -> [Pointer.Retired] {
    let isDue = { (part: Pointer.Retired) in
      now.seconds(since: part.since) >= Double(grace.components.seconds)
    }
    guard waiting.contains(where: isDue) else { return waiting }
    try lease.check()
    var left: [Pointer.Retired] = []
    var failed = false
    for part in waiting {
      guard isDue(part), !failed else {
        left.append(part)
        continue
      }
      do {
        if try !remove(part, named: named) { left.append(part) }
      } catch {
        // What readers are to see does not wait for what nobody reads.
        context.log.warning("cannot remove a part that is out of use: \(error.message)")
        failed = true
        left.append(part)
      }
    }
    return left
  }

  /// - Returns: whether it is known to be gone.
  private func remove(_ part: Pointer.Retired, named: Set<String>) throws(Failure) -> Bool {
    // Whatever a pointer says: nothing but parts with their layouts and segments, and none that is in use.
    let isOurs = part.object.hasPrefix("published/parts/") || part.object.hasPrefix("published/closed/")
    guard isOurs, !named.contains(part.object) else { return true }
    return try context.folder.remove(part.object)
  }
}
