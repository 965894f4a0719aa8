/// A rule of offsets for ever, as POSIX writes it in `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRest: Sendable, Hashable {
  /// When in a year, by the clocks of that zone.
  private struct Day: Hashable {
    enum Kind: Hashable {
      case month(Int64, week: Int64, weekday: Int64)
      /// From 0, 29 February counted; or from 1, not counted.
      case day(Int64, countsLeapDays: Bool)
    }
    var kind: Kind
    var time: Int64
  }

  private var standard: Int64 = 0
  private var summer: (offset: Int64, begin: Day, end: Day)?

  init?(_ text: [UInt8]) {
    var reader = Reader(text: text)
    guard reader.skipName(), let west = reader.time() else { return nil }
    standard = -west
    if reader.isAtEnd { return }
    guard reader.skipName() else { return nil }
    var offset = standard + 3600
    if reader.next != UInt8(ascii: ",") {
      guard let west = reader.time() else { return nil }
      offset = -west
    }
    guard reader.skip(","), let begin = reader.day(), reader.skip(","), let end = reader.day(), reader.isAtEnd
    else { return nil }
    summer = (offset, begin, end)
  }

  static func == (a: ZoneRest, b: ZoneRest) -> Bool {
    a.standard == b.standard && a.summer?.offset == b.summer?.offset && a.summer?.begin == b.summer?.begin
      && a.summer?.end == b.summer?.end
  }

  func hash(into hasher: inout Hasher) { hasher.combine(standard) }

  func offset(at seconds: Int64) -> Int64 {
    guard let summer else { return standard }
    let year = Instant.civil(days: Instant.floorDivide(seconds + standard, 86400).0).0
    let begin = Self.seconds(summer.begin, year) - standard
    let end = Self.seconds(summer.end, year) - summer.offset
    let isSummer = begin < end ? begin <= seconds && seconds < end : seconds < end || begin <= seconds
    return isSummer ? summer.offset : standard
  }

  /// In a year, as if clocks showed UTC.
  private static func seconds(_ day: Day, _ year: Int64) -> Int64 {
    func first(_ year: Int64, _ month: Int64) -> Int64 {
      Instant.days(year: month > 12 ? year + 1 : year, month: month > 12 ? 1 : month, day: 1) ?? 0
    }
    let days: Int64
    switch day.kind {
    case .month(let month, let week, let weekday):
      let begin = first(year, month)
      // 1970-01-01 was a Thursday.
      var date = begin + ((weekday - (begin + 4) % 7) + 7) % 7 + (week - 1) * 7
      if date >= first(year, month + 1) { date -= 7 }
      days = date
    case .day(let number, countsLeapDays: true): days = first(year, 1) + number
    case .day(let number, countsLeapDays: false):
      let isLeap = first(year, 3) - first(year, 1) == 60
      days = first(year, 1) + number - (isLeap && number >= 60 ? 0 : 1)
    }
    return days * 86400 + day.time
  }

  private struct Reader {
    let text: [UInt8]
    var index = 0

    var next: UInt8? { index < text.count ? text[index] : nil }
    var isAtEnd: Bool { index == text.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard next.map(UInt32.init) == character.value else { return false }
      index += 1
      return true
    }

    /// Letters, or anything between < and >.
    mutating func skipName() -> Bool {
      let start = index
      if skip("<") {
        while let byte = next, byte != UInt8(ascii: ">") { index += 1 }
        return skip(">")
      }
      while let byte = next, byte | 0x20 >= UInt8(ascii: "a"), byte | 0x20 <= UInt8(ascii: "z") { index += 1 }
      return index > start
    }

    mutating func number() -> Int64? {
      var value: Int64?
      while let byte = next, (48...57).contains(byte), (value ?? 0) < 100_000 {
        value = (value ?? 0) * 10 + Int64(byte - 48)
        index += 1
      }
      return value
    }

    /// Hours, minutes and seconds, in seconds.
    mutating func time() -> Int64? {
      let isNegative = skip("-")
      if !isNegative { _ = skip("+") }
      guard var seconds = number().map({ $0 * 3600 }) else { return nil }
      for unit in [Int64(60), 1] where skip(":") {
        guard let part = number() else { return nil }
        seconds += part * unit
      }
      return isNegative ? -seconds : seconds
    }

    mutating func day() -> Day? {
      var kind: Day.Kind
      if skip("M") {
        guard let month = number(), skip("."), let week = number(), skip("."), let weekday = number(),
          (1...12).contains(month), (1...5).contains(week), weekday < 7
        else { return nil }
        kind = .month(month, week: week, weekday: weekday)
      } else {
        let counts = !skip("J")
        guard let number = number(), number <= 366 else { return nil }
        kind = .day(number, countsLeapDays: counts)
      }
      guard skip("/") else { return Day(kind: kind, time: 7200) }
      guard let time = time() else { return nil }
      return Day(kind: kind, time: time)
    }
  }
}
