/// When something is allowed in a week, as clocks on a wall show it: `22:00-06:00`, `Mon-Fri 20:00-06:00`,
/// `Sat,Sun 00:00-24:00`.
///
/// A span that ends before it begins goes on to the next day; the days are those on which it begins. What counts is what
/// clocks show: an hour that they show twice counts twice, and one that they skip does not take place.
public struct WeeklyHours: Sendable, Hashable {
  /// Days from Monday on and the minutes of the day; the end may lie in the next day.
  private struct Span: Hashable {
    var days: Set<Int>
    var begin: Int
    var end: Int
  }

  /// What is wrong with a text.
  public struct Fault: Error {
    /// For a person.
    public let message: String
  }

  private static let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  private static let week = 7 * 1440

  /// As they were written, in order.
  public let texts: [String]
  private var spans: [Span] = []

  /// Reads one span each; at least one.
  public init(_ texts: [String]) throws(Fault) {
    self.texts = texts
    if texts.isEmpty { throw Fault(message: "names no hours") }
    for text in texts { spans.append(try Self.span(text)) }
  }

  private static func span(_ text: String) throws(Fault) -> Span {
    let parts = text.split(separator: " ").map(String.init)
    guard let times = parts.last, parts.count <= 2 else { throw unreadable(text) }
    let days = parts.count == 2 ? try self.days(parts[0], text) : Set(0..<7)
    let ends = times.split(separator: "-", omittingEmptySubsequences: false).map(minutes)
    guard ends.count == 2, let begin = ends[0], let end = ends[1], begin < 1440 else {
      throw unreadable(text)
    }
    guard begin != end else {
      throw Fault(message: "cannot be \"\(text)\", which is no time at all: a whole day is 00:00-24:00")
    }
    return Span(days: days, begin: begin, end: end > begin ? end : end + 1440)
  }

  private static func days(_ list: String, _ text: String) throws(Fault) -> Set<Int> {
    var days: Set<Int> = []
    for part in list.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { name in
        names.firstIndex { $0 == name }
      }
      guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1] else {
        throw unreadable(text)
      }
      // From Saturday to Monday is over the end of the week.
      for step in 0...(last - first + 7) % 7 { days.insert((first + step) % 7) }
    }
    return days
  }

  /// `HH:MM` in minutes, up to 24:00.
  private static func minutes(_ text: Substring) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2,
      parts.allSatisfy({ $0.utf8.count == 2 && $0.allSatisfy { ("0"..."9").contains($0) } }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60,
      hour < 24 || (hour == 24 && minute == 0)
    else { return nil }
    return hour * 60 + minute
  }

  private static func unreadable(_ text: String) -> Fault {
    Fault(
      message:
        "cannot be \"\(text)\": it is a span of a day, such as 22:00-06:00, and before it the days on which it"
        + " begins, such as Mon-Fri or Sat,Sun")
  }

  /// Whether clocks of a zone show an allowed time.
  public func contain(_ moment: Instant, in zone: ZoneRules) -> Bool { wait(moment, zone) == 0 }

  /// The first allowed moment that is not before another; nil if none comes within four weeks.
  public func next(from moment: Instant, in zone: ZoneRules) -> Instant? {
    var now = moment
    let limit = moment.microseconds + 28 * 86_400_000_000
    while now.microseconds <= limit {
      let seconds = wait(now, zone)
      if seconds == 0 { return now }
      now = step(now, seconds, zone)
    }
    return nil
  }

  /// Seconds until the next span begins, if the zone's offset stays; 0 within one.
  private func wait(_ moment: Instant, _ zone: ZoneRules) -> Int64 {
    let utc = Instant.floorDivide(moment.microseconds, 1_000_000).0
    let (days, second) = Instant.floorDivide(utc + zone.offset(at: utc), 86400)
    // 1970-01-01 was a Thursday.
    let now = Instant.floorDivide(days + 3, 7).1 * 86400 + second
    let week = Int64(Self.week) * 60
    var least = week
    for span in spans {
      for day in span.days {
        let begin = Int64(day * 1440 + span.begin) * 60
        let since = ((now - begin) % week + week) % week
        if since < Int64(span.end - span.begin) * 60 { return 0 }
        least = min(least, week - since)
      }
    }
    return least
  }

  /// So much later, but not past a change of the offset, nor a day.
  private func step(_ moment: Instant, _ seconds: Int64, _ zone: ZoneRules) -> Instant {
    let begin = Instant.floorDivide(moment.microseconds, 1_000_000).0
    var (low, high) = (begin, begin + min(seconds, 86400))
    if zone.offset(at: low) != zone.offset(at: high) {
      while high - low > 1 {
        let middle = low + (high - low) / 2
        if zone.offset(at: middle) == zone.offset(at: begin) { low = middle } else { high = middle }
      }
    }
    return Instant(seconds: high)
  }
}
