import Basics
import Coordination
import FeedFile
import History

/// A pause, as people and schedulers are told of it.
extension Pause {
  /// What the event says.
  var heldOff: RunReport.HeldOff {
    let name =
      switch reason {
      case .interval: "min_interval"
      case .hours: "hours"
      case .breaker: "breaker"
      case .asked: "retry_after"
      case .login, .logins: "login_refused"
      case .doubt: "login_in_doubt"
      }
    return RunReport.HeldOff(reason: name, until: until)
  }

  /// What a person is told: why, until when, and what to do.
  func message(_ feed: Feed, _ address: FeedAddress, at now: Instant) -> String {
    let left = until.map { Int($0.seconds(since: now).rounded(.up)) } ?? 0
    let time = until.map { "\($0.wholeSecond) (in \(left) s)" } ?? ""
    switch reason {
    case .interval(let last, let isOther):
      return
        "the source was read \(Int(now.seconds(since: last))) s ago; min_interval\(Self.origin(feed)) allows the next read "
        + "in \(left) s, at \(until.map { $0.wholeSecond } ?? now)"
        + (isOther ? ". That was by other settings; to see now what these do: \(address.tryAgain)" : "")
    case .hours:
      return "source.hours (\(feed.source.peace.hours?.texts.joined(separator: ", ") ?? ""), "
        + "\(feed.source.web.timeZone ?? "UTC")) allow the next read at \(time)"
    case .breaker(let failures):
      return
        "the last \(failures) reads of the source failed; the next one is tried at \(time) (source.breaker). If it is "
        + "mended: \(address.tryAgain)"
    case .asked:
      return
        "the source asked to be left alone (Retry-After): the next read is at \(time). If you know better: "
        + "\(address.tryAgain)"
    case .login(let since):
      return
        "the source refused these credentials at \(since.secondBegun) and is not asked with them again, for that may "
        + "lock the account: change the secret or the settings of source, or, once: \(address.tryAgain)"
    case .logins(let count):
      return
        "the source refused \(count) other credentials or settings; before it is asked with more, at \(time), somebody "
        + "should see that these are right, and call: \(address.tryAgain)"
    case .doubt(let times):
      return
        "the last \(times) reads ended before it was known whether the source takes these credentials; so that no "
        + "account is locked by that, the next one is at \(time). If they are right: \(address.tryAgain)"
    }
  }

  /// Where `min_interval` comes from, if the feed file need not have it.
  private static func origin(_ feed: Feed) -> String {
    feed.schedule.map { .seconds($0.components.seconds / 2) } == feed.minInterval
      ? " (half of schedule unless the feed file says otherwise)" : ""
  }
}

extension Instant {
  /// The whole second in which it is: of what is past, so that nobody is told of the future.
  var secondBegun: Instant {
    let rest = microseconds % 1_000_000
    return Instant(microseconds: microseconds - (rest < 0 ? rest + 1_000_000 : rest))
  }

  /// The first whole second that is not before it.
  var wholeSecond: Instant {
    let rest = microseconds % 1_000_000
    return rest == 0 ? self : Instant(microseconds: microseconds - rest + (rest > 0 ? 1_000_000 : 0))
  }
}
