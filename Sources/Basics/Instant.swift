/// A moment in UTC with microsecond resolution, written as RFC 3339.
///
/// The calendar is the proleptic Gregorian one; the day arithmetic is Howard Hinnant's
/// (<https://howardhinnant.github.io/date_algorithms.html>). Leap seconds are refused.
public struct Instant: Hashable, Comparable, Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public var microseconds: Int64

  /// The moment so many microseconds after 1970-01-01T00:00:00Z.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// The moment so many whole seconds after 1970-01-01T00:00:00Z.
  public init(seconds: Int64) { self.microseconds = seconds * 1_000_000 }

  public static func < (a: Instant, b: Instant) -> Bool { a.microseconds < b.microseconds }

  /// Seconds from `earlier` to this moment; negative if it is the later one.
  public func seconds(since earlier: Instant) -> Double {
    Double(microseconds - earlier.microseconds) / 1_000_000
  }

  /// This moment moved by `seconds`.
  public func advanced(bySeconds seconds: Double) -> Instant {
    Instant(microseconds: microseconds + Int64(seconds * 1_000_000))
  }
}

extension Instant: LosslessStringConvertible, Codable {
  /// The years of four digits, in seconds since 1970.
  private static let writable: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

  /// Reads `2026-11-21`, `2026-11-21T07:18:00Z`, with a fraction or an offset (`+01:00`), or the compact
  /// `20261121T071800Z`. Nil for anything else, for a day that the calendar does not have, and for what is outside of the
  /// years 0 to 9999 in UTC.
  public init?(_ text: String) {
    var reader = DigitReader(text)
    guard let year = reader.number(4) else { return nil }
    let extended = reader.skip("-")
    guard let month = reader.number(2), !extended || reader.skip("-"), let day = reader.number(2),
      let days = Self.days(year: year, month: month, day: day)
    else { return nil }
    var seconds = days * 86400
    var micros: Int64 = 0
    if !reader.isAtEnd {
      guard reader.skip("T") || reader.skip(" ") || reader.skip("t"),
        let hour = reader.number(2), !extended || reader.skip(":"), let minute = reader.number(2),
        hour < 24, minute < 60
      else { return nil }
      seconds += hour * 3600 + minute * 60
      if reader.nextIsDigit || (extended && reader.peek(":")) {
        guard !extended || reader.skip(":"), let second = reader.number(2), second < 60 else { return nil }
        seconds += second
      }
      if reader.skip(".") {
        guard let fraction = reader.fraction() else { return nil }
        micros = fraction
      }
      if !(reader.skip("Z") || reader.skip("z")) {
        let east = reader.skip("+")
        guard east || reader.skip("-"), let hours = reader.number(2), reader.skip(":") || true,
          let minutes = reader.number(2), hours < 24, minutes < 60
        else { return nil }
        seconds -= (east ? 1 : -1) * (hours * 3600 + minutes * 60)
      }
      // Else it could be written, and not read again.
      guard reader.isAtEnd, Self.writable.contains(seconds) else { return nil }
    }
    self.init(microseconds: seconds * 1_000_000 + micros)
  }

  /// RFC 3339 in UTC; the fraction is left out where it is zero: `2026-11-21T07:18:00.250000Z`.
  public var description: String {
    let (date, time, micros) = parts
    // Rows of many entries are written with their times, so this is put together byte by byte.
    var text: [UInt8] = []
    text.reserveCapacity(32)
    Self.append(date.0, 4, "-", to: &text)
    Self.append(date.1, 2, "-", to: &text)
    Self.append(date.2, 2, "T", to: &text)
    Self.append(time / 3600, 2, ":", to: &text)
    Self.append(time / 60 % 60, 2, ":", to: &text)
    Self.append(time % 60, 2, micros == 0 ? "Z" : ".", to: &text)
    if micros != 0 { Self.append(micros, 6, "Z", to: &text) }
    return String(decoding: text, as: UTF8.self)
  }

  /// To the second and without separators, as names of objects use it: `20261121T071800Z`.
  public var compact: String {
    let (date, time, _) = parts
    return "\(Self.pad(date.0, 4))\(Self.pad(date.1, 2))\(Self.pad(date.2, 2))T"
      + "\(Self.pad(time / 3600, 2))\(Self.pad(time / 60 % 60, 2))\(Self.pad(time % 60, 2))Z"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let instant = Instant(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time: \(text)")
    }
    self = instant
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  private var parts: (date: (Int64, Int64, Int64), secondOfDay: Int64, micros: Int64) {
    let (seconds, micros) = Self.floorDivide(microseconds, 1_000_000)
    let (days, secondOfDay) = Self.floorDivide(seconds, 86400)
    return (Self.civil(days: days), secondOfDay, micros)
  }

  static func days(year: Int64, month: Int64, day: Int64) -> Int64? {
    guard (1...12).contains(month), day >= 1 else { return nil }
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
    let lengths: [Int64] = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[Int(month) - 1] else { return nil }
    let y = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = floorDivide(y, 400)
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  static func civil(days: Int64) -> (Int64, Int64, Int64) {
    let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let mp = (5 * dayOfYear + 2) / 153
    let month = mp < 10 ? mp + 3 : mp - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * mp + 2) / 5 + 1)
  }

  static func floorDivide(_ a: Int64, _ b: Int64) -> (Int64, Int64) {
    let (q, r) = a.quotientAndRemainder(dividingBy: b)
    return r < 0 ? (q - 1, r + b) : (q, r)
  }

  private static func append(
    _ number: Int64, _ width: Int, _ mark: Unicode.Scalar, to text: inout [UInt8]
  ) {
    var power: Int64 = 1
    for _ in 1..<width { power *= 10 }
    if number >= 0, number / 10 < power {
      while power > 0 {
        text.append(UInt8(48 + number / power % 10))
        power /= 10
      }
    } else {
      text += pad(number, width).utf8
    }
    text.append(UInt8(ascii: mark))
  }

  static func pad(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

private struct DigitReader {
  private var rest: Substring.UTF8View
  init(_ text: String) { rest = text[...].utf8 }
  var isAtEnd: Bool { rest.isEmpty }
  var nextIsDigit: Bool { rest.first.map { (48...57).contains($0) } ?? false }
  func peek(_ character: Unicode.Scalar) -> Bool { rest.first.map(UInt32.init) == character.value }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek(character) else { return false }
    rest.removeFirst()
    return true
  }

  mutating func number(_ digits: Int) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<digits {
      guard nextIsDigit, let byte = rest.popFirst() else { return nil }
      value = value * 10 + Int64(byte - 48)
    }
    return value
  }

  mutating func fraction() -> Int64? {
    guard nextIsDigit else { return nil }
    var value: Int64 = 0
    var scale: Int64 = 100_000
    while nextIsDigit, let byte = rest.popFirst() {
      value += Int64(byte - 48) * scale
      scale /= 10
    }
    return value
  }
}
