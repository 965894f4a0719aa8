public import Basics

/// The rules of a source's peace: what a feed's settings say of it. All of it follows from the lock's document and a moment;
/// nothing here looks at a clock.
public struct PeaceTerms: Hashable, Sendable {
  /// As long as a source's wish to be left alone is heeded, in seconds: a day. What is longer may be a mistake.
  public static let longestAsked = 86400.0

  /// The longest that a breaker's pause may be, in seconds: what is longer was stamped by a clock that was wrong.
  public static let longestPause = 30 * 86400.0

  /// Seconds between the beginnings of two reads.
  public var interval: Double
  /// So many failed reads in a row open the breaker; 0: it never opens.
  public var failures: Int
  /// The first pause then, in seconds; each further failure doubles it…
  public var pause: Double
  /// …up to this.
  public var longest: Double
  /// When reads may begin; nil: always.
  public var hours: WeeklyHours?
  /// The zone of these hours.
  public var zone: ZoneRules

  /// Puts them together.
  public init(
    interval: Double, failures: Int, pause: Double, longest: Double, hours: WeeklyHours?, zone: ZoneRules
  ) {
    self.interval = interval
    self.failures = failures
    self.pause = pause
    self.longest = longest
    self.hours = hours
    self.zone = zone
  }

  /// The breaker's pause after so many failures in a row; nil while it is closed.
  func pause(after failures: Int) -> Double? {
    guard self.failures > 0, failures >= self.failures else { return nil }
    var seconds = min(pause, longest)
    // Counted up to where the longest pause is reached.
    for _ in self.failures..<failures where seconds < longest { seconds = min(seconds * 2, longest) }
    return seconds
  }

  /// Whether pauses no longer grow.
  public func isLongest(after failures: Int) -> Bool { pause(after: failures).map { $0 >= longest } ?? false }
}
