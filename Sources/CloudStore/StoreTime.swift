import Basics
import Synchronization

/// The store's time without asking for it: the date of its newest answer and what has passed here since.
final class StoreTime: Sendable {
  private struct Answer {
    var date: Instant
    var at: Instant
  }

  private let clock: any Basics.Clock
  private let newest = Mutex<Answer?>(nil)

  init(_ clock: any Basics.Clock) { self.clock = clock }

  /// Takes note of the date of an answer that has just come.
  func note(_ date: Instant) {
    let at = clock.now()
    newest.withLock { newest in
      if let known = newest {
        // Dates are in whole seconds, so a date just before what is known already says nothing new.
        let behind = (known.date.advanced(bySeconds: at.seconds(since: known.at))).seconds(since: date)
        if at >= known.at, behind >= 0, behind < 1 { return }
      }
      newest = Answer(date: date, at: at)
    }
  }

  /// In whole seconds, rounded down, as stores date their objects: one written now is not older.
  /// Nil if there was no answer yet. Only a duration is taken from this machine's clock, never its time.
  func now() -> Instant? {
    let at = clock.now()
    return newest.withLock { newest in
      newest.map {
        let now = $0.date.advanced(bySeconds: max(0, at.seconds(since: $0.at)))
        return Instant(seconds: now.microseconds / 1_000_000)
      }
    }
  }
}
