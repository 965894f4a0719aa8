import Basics
import Coordination
import FeedFile
import History

/// Sources that are left in peace: what a person has to do about it, and what passes by itself.
extension FeedAudit {
  private var terms: PeaceTerms? {
    feed.map { feed in
      feed.peaceTerms(zone: feed.source.web.timeZone.flatMap(options.zone) ?? .utc)
    }
  }

  /// How people name the feed: as the audit was told, or else as the newest run was.
  private var address: FeedAddress {
    context.address.feed == nil ? status.runs.last?.data.address ?? context.address : context.address
  }

  /// Whether read after read died before it was known whether the source takes the credentials.
  mutating func lookForDoubt(_ lock: LockDocument) {
    guard let peace = lock.peace, let doubts = peace.doubts, let since = lock.lastRead,
      let until = peace.inDoubt(after: since)
    else { return }
    find(
      .heldOff, status.time.seconds(since: since) > patience ? .act : .wait, run: lock.run, since: since,
      "the last \(doubts) reads ended before it was known whether the source takes the credentials; the next one is at "
        + "\(until.wholeSecond), or now: \(address.tryAgain)")
  }

  /// - Returns: whether it says why the last run failed.
  mutating func lookAtPeace(_ lock: LockDocument) -> Bool {
    guard let peace = lock.peace else { return false }
    guard peace.failures > 0, let since = peace.failingSince else {
      if let refusal = peace.refusals.first {
        find(
          .loginRefused, .note, since: refusal.since,
          "other credentials or settings were refused before; whoever still has them is held off")
      }
      return false
    }
    let why = lock.trouble.map { ": \($0.message)" } ?? ""
    if peace.isRefused {
      find(
        .loginRefused, .act, run: lock.run, since: peace.refusals.first?.since ?? since,
        "the source refused the credentials\(why). It is not asked with them again: change the secret or the settings of "
          + "source, or, once: \(address.tryAgain)")
      return true
    }
    guard let terms, let until = [peace.asked, peace.until].compactMap({ $0 }).max() else { return false }
    let time = until > status.time ? "the next try is at \(until.wholeSecond)" : "the next run tries again"
    let age = status.time.seconds(since: since)
    if until == peace.asked {
      find(
        .heldOff, age > max(patience, PeaceTerms.longestAsked) ? .act : .wait, run: lock.run, since: since,
        "the source asks to be left alone; \(time)\(why)")
      return true
    }
    let mayPass = lock.trouble?.mayPass ?? true
    let isLong = age > patience && (terms.isLongest(after: peace.failures) || patience >= terms.longest)
    find(
      .breakerOpen, mayPass && !isLong ? .wait : .act, run: lock.run, since: since,
      "the last \(peace.failures) reads failed, the first of them \(seconds(age)) ago; "
        + "\(time)\(why)")
    return true
  }

  /// Whether no run took place for too long: two that were due by the schedule, each in the hours that are allowed. While
  /// the source is left alone none is due.
  mutating func lookForOverdue() {
    guard let period = status.period, let last = status.lastRead else { return }
    let terms = terms
    let now = status.time
    func due(after time: Instant) -> Instant {
      let next = time.advanced(bySeconds: period)
      return terms.flatMap { terms in terms.hours?.next(from: next, in: terms.zone) } ?? next
    }
    guard now > due(after: due(after: last)) else { return }
    if let peace = lock?.peace {
      if peace.isRefused { return }
      let pauses = peace.failures > 0 ? [peace.asked, peace.until] : []
      let ends = (pauses + [peace.inDoubt(after: lock?.lastRead)]).compactMap(\.self)
      if let until = ends.max(), now <= due(after: until) { return }
    }
    find(
      .overdue, .act, since: last,
      "the last run was \(seconds(now.seconds(since: last))) ago, although one is due every \(seconds(period))"
        + "\(terms?.hours.map { " (\($0.texts.joined(separator: ", ")))" } ?? ""): see to the scheduler, "
        + "and to the functions' logs")
  }
}
