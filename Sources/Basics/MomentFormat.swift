/// How a moment is written: the numbers of `strftime`, which mean the same in every language.
enum MomentFormat {
  static let known = "%Y %y %m %d %H %M %S %j %F %T %s %z %:z %%"

  /// The first conversion that is not known.
  static func unknown(in format: String) -> String? {
    var rest = format[...]
    while let percent = rest.firstIndex(of: "%") {
      rest = rest[percent...]
      guard let conversion = conversion(rest) else { return String(rest.prefix(2)) }
      rest = rest.dropFirst(conversion.count)
    }
    return nil
  }

  private static func conversion(_ text: Substring) -> Substring? {
    let length = text.hasPrefix("%:") ? 3 : 2
    let conversion = text.prefix(length)
    return known.split(separator: " ").contains(conversion) ? conversion : nil
  }

  /// `seconds` since 1970 as clocks of a zone show it.
  static func text(_ seconds: Int64, in zone: ZoneRules, _ format: String) -> String {
    let offset = zone.offset(at: seconds)
    let (days, time) = Instant.floorDivide(seconds + offset, 86400)
    let (year, month, day) = Instant.civil(days: days)
    func two(_ number: Int64) -> String { Instant.pad(number, 2) }
    func zoneText(_ mark: String) -> String {
      let minutes = abs(offset) / 60
      return (offset < 0 ? "-" : "+") + two(minutes / 60) + mark + two(minutes % 60)
    }
    var result = ""
    var rest = format[...]
    while let percent = rest.firstIndex(of: "%") {
      result += rest[..<percent]
      rest = rest[percent...]
      guard let conversion = conversion(rest) else { break }
      rest = rest.dropFirst(conversion.count)
      let clock = [time / 3600, time / 60 % 60, time % 60].map(two)
      let written =
        switch conversion {
        case "%Y": Instant.pad(year, 4)
        case "%y": two(year % 100)
        case "%m": two(month)
        case "%d": two(day)
        case "%H": clock[0]
        case "%M": clock[1]
        case "%S": clock[2]
        case "%j": Instant.pad(days - (Instant.days(year: year, month: 1, day: 1) ?? 0) + 1, 3)
        case "%F": "\(Instant.pad(year, 4))-\(two(month))-\(two(day))"
        case "%T": clock.joined(separator: ":")
        case "%s": String(seconds)
        case "%z": zoneText("")
        case "%:z": zoneText(":")
        default: "%"
        }
      result += written
    }
    return result + rest
  }
}
