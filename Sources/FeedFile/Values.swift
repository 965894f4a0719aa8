/// A share, kept exactly: millionths.
public struct Percent: Hashable, Sendable, CustomStringConvertible {
  /// Millionths of the whole: 1% is 10 000.
  public var partsPerMillion: Int

  /// The share of so many millionths.
  public init(partsPerMillion: Int) { self.partsPerMillion = partsPerMillion }

  /// Reads `1%` or `0.05%`: 0% to 100%, up to four decimals. Nil for anything else.
  public init?(_ text: String) {
    guard text.utf8.last == UInt8(ascii: "%") else { return nil }
    let number = text.utf8.dropLast()
    let parts = number.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = digits(parts[0], atMost: 3) else { return nil }
    var millionths = whole * 10_000
    if parts.count == 2 {
      guard parts[1].count <= 4, let decimals = digits(parts[1], atMost: 4) else { return nil }
      millionths += decimals * [1000, 100, 10, 1][parts[1].count - 1]
    }
    guard millionths <= 1_000_000 else { return nil }
    self.partsPerMillion = millionths
  }

  /// The share as a fraction of one.
  public var fraction: Double { Double(partsPerMillion) / 1_000_000 }

  /// As it is read: `0.5%`.
  public var description: String {
    let (whole, rest) = partsPerMillion.quotientAndRemainder(dividingBy: 10_000)
    guard rest > 0 else { return "\(whole)%" }
    var decimals = String(String(rest + 10_000).dropFirst())
    while decimals.utf8.last == UInt8(ascii: "0") { decimals.removeLast() }
    return "\(whole).\(decimals)%"
  }

  /// Whether `part` of `whole` is more than this share. Exact; nothing of nothing is not.
  public func isExceeded(by part: Int, of whole: Int) -> Bool {
    let left = part.multipliedFullWidth(by: 1_000_000)
    let right = whole.multipliedFullWidth(by: partsPerMillion)
    return (left.high, left.low) > (right.high, right.low)
  }
}

private let units: [(letter: Character, seconds: Int64)] = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)]

extension Duration {
  /// Reads a whole number of seconds, minutes, hours or days as feed files write it: `30s`, `5m`, `2h`, `1d`.
  /// Nil for anything else, and for more than 36 500 days.
  public init?(feedFile text: String) {
    if text == "0" {
      self = .zero
      return
    }
    guard let letter = text.last, let unit = units.first(where: { $0.letter == letter }),
      let number = digits(text.utf8.dropLast(), atMost: 10)
    else { return nil }
    let seconds = Int64(number) * unit.seconds
    guard seconds <= 36_500 * 86400 else { return nil }
    self = .seconds(seconds)
  }

  /// As feed files write it, in the largest unit that is exact; parts of a second are left out.
  public var feedFileText: String {
    let seconds = components.seconds
    let unit = units.first { seconds != 0 && seconds % $0.seconds == 0 } ?? ("s", 1)
    return "\(seconds / unit.seconds)\(unit.letter)"
  }
}

/// The number that so many ASCII digits write; nil if there is anything else, or nothing.
func digits(_ text: some Collection<UInt8>, atMost limit: Int) -> Int? {
  guard !text.isEmpty, text.count <= limit else { return nil }
  var value = 0
  for byte in text {
    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
    value = value * 10 + Int(byte - UInt8(ascii: "0"))
  }
  return value
}
