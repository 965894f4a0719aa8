import Basics
import FeedFile

/// When a call has to be over, as platforms say it that end a function whose time is up.
struct Deadline {
  /// How much is kept at most for handing the lease back, in seconds.
  private static let longestMargin = 5.0
  /// What no duration is long enough for: from here on a number is a time, in milliseconds since 1970 (in 2001).
  private static let leastMilliseconds: Int64 = 1_000_000_000_000

  /// When it is over, by this machine's clock.
  let end: Instant
  /// When the work stops: 5 s before the end; of less than 50 s a tenth before.
  let stop: Instant
  /// As it was given.
  let text: String

  /// What flag or environment say; nil if neither says anything.
  /// - Throws: ``Failure/Kind/usage`` if it is no deadline, ``Failure/Kind/tryAgain`` if it is over already.
  init?(_ common: CommonOptions) throws(Failure) {
    guard let text = common.deadline ?? Environment.value("STRANDLINE_DEADLINE") else { return nil }
    try self.init(text, now: SystemClock().now())
  }

  /// Reads a duration (`5m`), a time (RFC 3339), or one in milliseconds since 1970, which is how AWS Lambda says it.
  init(_ text: String, now: Instant) throws(Failure) {
    self.text = text
    if let duration = Duration(feedFile: text), duration > .zero {
      end = now.advanced(bySeconds: Double(duration.components.seconds))
    } else if let number = Int64(text), number >= Self.leastMilliseconds, number <= .max / 1000 {
      end = Instant(microseconds: number * 1000)
    } else if text.utf8.contains(UInt8(ascii: "T")), let time = Instant(text) {
      end = time
    } else {
      throw Failure(
        .usage,
        "--deadline \(text): give a duration such as 30s, 5m or 2h, or a time such as 2026-11-21T07:15:00Z or in "
          + "milliseconds since 1970")
    }
    let left = end.seconds(since: now)
    guard left > 0 else {
      throw Failure(.tryAgain, "the deadline \(text) is over already: nothing was begun")
    }
    stop = end.advanced(bySeconds: -min(Self.longestMargin, left / 10))
  }
}
