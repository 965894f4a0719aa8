import Basics
import FeedFile
import Hashing

extension FuzzTarget {
  static let texts = [
    FuzzTarget(name: "zone", longest: 2048, check: zone),
    FuzzTarget(name: "dates", longest: 256, check: dates),
    FuzzTarget(name: "values", longest: 256, check: values),
  ]

  private static let moments: [Int64] = [
    -62_135_596_800, -1, 0, 951_782_400, 1_800_000_000, 4_102_444_800, 253_402_300_799,
  ]

  /// A compiled zone: any moment has an offset, whatever the rules.
  private static func zone(_ input: [UInt8]) throws {
    guard let zone = ZoneRules(name: "Fuzz/Zone", file: input) else { return }
    for moment in moments {
      // Clocks may be moved twice a day here, so all that holds is that some time is found.
      _ = zone.seconds(local: moment + zone.offset(at: moment))
    }
    for text in ["{today-1d:%F %T %z}", "{month-1}", "{year+1:%j %:z}", "{now-6h}"] {
      _ = try DatedText(text).text(at: Instant(seconds: 1_800_000_000), in: zone)
    }
  }

  /// Texts with dates in them.
  private static func dates(_ input: [UInt8]) throws {
    let text = String(decoding: input, as: UTF8.self)
    let dated: DatedText
    do throws(DatedText.Fault) { dated = try DatedText(text) } catch {
      return try require(!error.message.isEmpty, "no reason")
    }
    for moment in moments {
      let written = dated.text(at: Instant(seconds: moment), in: .utc)
      if !dated.hasDates { try require(written == text, "\(written) is not \(text)") }
    }
  }

  /// Times, durations, shares and Base64: what is read is written so that it is read again.
  private static func values(_ input: [UInt8]) throws {
    let text = String(decoding: input, as: UTF8.self)
    if let instant = Instant(text) {
      try require(Instant(instant.description) == instant, "\(instant) cannot be read again")
      _ = instant.compact
    }
    if let duration = Duration(feedFile: text) {
      try require(Duration(feedFile: duration.feedFileText) == duration, "\(duration) cannot be read again")
    }
    if let percent = Percent(text) {
      try require(Percent(percent.description) == percent, "\(percent) cannot be read again")
      try require((0...1).contains(percent.fraction), "\(percent) is no share")
    }
    if let bytes = bytes(base64: text) {
      try require(base64(bytes) == text, "\(text) is not \(base64(bytes))")
    }
    try require(bytes(base64: base64(input)) == input, "Base64 is not read again")
  }
}
