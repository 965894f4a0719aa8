/// A text with dates in it that follow from a moment: `{today-7d}`, `{now-6h:%Y-%m-%dT%H:%M}`, `{month-1:%Y%m}`.
///
/// A date begins with `now`, `today` (its first moment), `month` or `year` (their first day), goes on with steps:
/// `-7d`, `+6h`, `-30m`, `-90s`; behind `month` and `year` a number alone is months or years; and ends with how it is
/// written, after a colon, as `strftime` has it. Other braces are what they are.
public struct DatedText: Sendable, Hashable {
  private enum Piece: Hashable {
    case text(String)
    case date(Base, steps: [Step], format: String)
  }
  private enum Base: String, CaseIterable { case now, today, month, year }
  private struct Step: Hashable {
    var count: Int64
    var unit: Unit
  }
  private enum Unit: Hashable { case seconds(Int64), days, months, years }

  /// What is wrong with a text.
  public struct Fault: Error {
    /// For a person.
    public let message: String
  }

  private var pieces: [Piece] = []

  /// Reads a text.
  public init(_ text: String) throws(Fault) {
    var rest = text[...]
    var plain = ""
    while let brace = rest.firstIndex(of: "{") {
      plain += rest[..<brace]
      rest = rest[brace...].dropFirst()
      guard
        let base = Base.allCases.first(where: { base in
          rest.hasPrefix(base.rawValue)
            && rest.dropFirst(base.rawValue.count).first.map { "+-:}".contains($0) } ?? false
        })
      else {
        plain += "{"
        continue
      }
      guard let end = rest.firstIndex(of: "}") else {
        throw Fault(message: "the date {\(rest.prefix(20)) has no } at its end")
      }
      if !plain.isEmpty { pieces.append(.text(plain)) }
      plain = ""
      pieces.append(try Self.date(base, rest[..<end]))
      rest = rest[end...].dropFirst()
    }
    plain += rest
    if !plain.isEmpty { pieces.append(.text(plain)) }
  }

  /// Whether there is a date in it.
  public var hasDates: Bool {
    pieces.contains { if case .date = $0 { true } else { false } }
  }

  private static func date(_ base: Base, _ whole: Substring) throws(Fault) -> Piece {
    let parts = whole.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var steps: [Step] = []
    var rest = parts[0].dropFirst(base.rawValue.count)
    while let sign = rest.popFirst() {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let letter = rest.first.map { "+-".contains($0) } ?? true ? nil : rest.popFirst()
      guard sign == "+" || sign == "-", let count = Int64(digits), count <= 1_000_000,
        let unit = unit(letter, base)
      else {
        throw Fault(
          message:
            "the date {\(whole)} has a step that is none: such as -7d (days), +6h, -30m, -90s; behind month and "
            + "year also a number alone")
      }
      steps.append(Step(count: sign == "-" ? -count : count, unit: unit))
    }
    let format = parts.count > 1 ? String(parts[1]) : base == .now ? "%Y-%m-%dT%H:%M:%S%:z" : "%Y-%m-%d"
    if let wrong = MomentFormat.unknown(in: format) {
      throw Fault(
        message: "the date {\(whole)} is to be written with \(wrong), which is not known; known are "
          + MomentFormat.known)
    }
    return .date(base, steps: steps, format: format)
  }

  private static func unit(_ letter: Character?, _ base: Base) -> Unit? {
    switch (letter, base) {
    case ("d", _): .days
    case ("h", _): .seconds(3600)
    case ("m", _): .seconds(60)
    case ("s", _): .seconds(1)
    case (nil, .month): .months
    case (nil, .year): .years
    default: nil
    }
  }

  /// The text with the dates that follow from a moment, as clocks of a zone show it; `escape` is applied to each date.
  public func text(at moment: Instant, in zone: ZoneRules, escape: (String) -> String = { $0 }) -> String {
    pieces.map { (piece) -> String in
      switch piece {
      case .text(let text): text
      case .date(let base, let steps, let format):
        escape(MomentFormat.text(seconds(base, steps, moment, zone), in: zone, format))
      }
    }.joined()
  }

  private func seconds(_ base: Base, _ steps: [Step], _ moment: Instant, _ zone: ZoneRules) -> Int64 {
    var seconds = Instant.floorDivide(moment.microseconds, 1_000_000).0
    if base != .now {
      let local = seconds + zone.offset(at: seconds)
      let days = Instant.floorDivide(local, 86400).0
      let (year, month, _) = Instant.civil(days: days)
      let first = base == .today ? days : Self.first(year, base == .month ? month : 1)
      seconds = zone.seconds(local: first * 86400)
    }
    for step in steps {
      if case .seconds(let length) = step.unit {
        seconds += step.count * length
        continue
      }
      // Days, months and years keep the time of day that clocks show.
      let (days, time) = Instant.floorDivide(seconds + zone.offset(at: seconds), 86400)
      var day = days + step.count
      if step.unit != .days {
        let (year, month, dayOfMonth) = Instant.civil(days: days)
        let months = year * 12 + month - 1 + step.count * (step.unit == .years ? 12 : 1)
        let (newYear, newMonth) = Instant.floorDivide(months, 12)
        let begin = Self.first(newYear, newMonth + 1)
        let next = Self.first(newMonth == 11 ? newYear + 1 : newYear, newMonth == 11 ? 1 : newMonth + 2)
        day = min(begin + dayOfMonth - 1, next - 1)
      }
      seconds = zone.seconds(local: day * 86400 + time)
    }
    return seconds
  }

  private static func first(_ year: Int64, _ month: Int64) -> Int64 {
    Instant.days(year: year, month: month, day: 1) ?? 0
  }
}
