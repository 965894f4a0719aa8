/// What the clocks of a time zone show, by the rules of a compiled zone file (TZif, RFC 8536).
///
/// The bytes are handed in: where they are kept is the system's affair.
public struct ZoneRules: Sendable, Hashable {
  /// The zone's name, such as `Europe/Berlin`.
  public let name: String
  /// When another offset begins, in seconds since 1970, ascending.
  private var begins: [Int64] = []
  /// Seconds east of UTC from then on.
  private var offsets: [Int32] = []
  /// Seconds east of UTC before all of them.
  private var first: Int32 = 0
  /// What holds after the last of them.
  private var rest: ZoneRest?

  /// Coordinated universal time.
  public static let utc = ZoneRules(name: "UTC")

  private init(name: String) { self.name = name }

  /// Reads a zone file of version 2 or later; nil if it is none.
  public init?(name: String, file bytes: [UInt8]) {
    self.name = name
    // The first of two parts has times of 32 bits, which nobody needs any more.
    guard let old = Counts(bytes, at: 0), old.version >= UInt8(ascii: "2"),
      let counts = Counts(bytes, at: 44 + old.length(timeSize: 4))
    else { return nil }
    let data = 44 + old.length(timeSize: 4) + 44
    let end = data + counts.length(timeSize: 8)
    guard end < bytes.count, counts.types > 0 else { return nil }
    let kinds = data + counts.times * 8
    let types = kinds + counts.times
    func offset(_ kind: Int) -> Int32? {
      kind < counts.types ? Int32(truncatingIfNeeded: integer(bytes, types + kind * 6, 4)) : nil
    }
    guard let before = offset(0) else { return nil }
    first = before
    for index in 0..<counts.times {
      guard let offset = offset(Int(bytes[kinds + index])) else { return nil }
      begins.append(integer(bytes, data + index * 8, 8))
      offsets.append(offset)
    }
    // A line feed, the rule for all later times as POSIX writes it in TZ, a line feed.
    let footer = bytes[(end + 1)...].prefix { $0 != 10 }
    if !footer.isEmpty {
      guard let rest = ZoneRest(Array(footer)) else { return nil }
      self.rest = rest
    }
  }

  /// Seconds east of UTC at a moment, given in seconds since 1970.
  public func offset(at seconds: Int64) -> Int64 {
    if let last = begins.last, seconds < last || rest == nil {
      let later = begins.firstIndex { $0 > seconds } ?? begins.count
      return Int64(later == 0 ? first : offsets[later - 1])
    }
    return rest?.offset(at: seconds) ?? Int64(first)
  }

  /// The moment, in seconds since 1970, at which clocks show what UTC's do at `local`. Of two, the earlier; what clocks
  /// skip is as much later as they skip.
  public func seconds(local: Int64) -> Int64 {
    let earlier = local - offset(at: local - 86400)
    if earlier + offset(at: earlier) == local { return earlier }
    let later = local - offset(at: local + 86400)
    return later + offset(at: later) == local ? later : earlier
  }
}

private struct Counts {
  let version: UInt8
  let times: Int
  let types: Int
  private let others: Int
  private let leaps: Int

  init?(_ bytes: [UInt8], at start: Int) {
    guard bytes.count >= start + 44, bytes[start..<start + 4].elementsEqual("TZif".utf8) else { return nil }
    version = bytes[start + 4]
    let numbers = (0..<6).map { Int(integer(bytes, start + 20 + $0 * 4, 4)) }
    guard numbers.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
    others = numbers[0] + numbers[1] + numbers[5]
    leaps = numbers[2]
    times = numbers[3]
    types = numbers[4]
  }

  /// Of what follows the header.
  func length(timeSize: Int) -> Int { times * (timeSize + 1) + types * 6 + others + leaps * (timeSize + 4) }
}

/// A signed number of so many bytes, the highest first.
private func integer(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int64 {
  var value: Int64 = bytes[start] >= 128 ? -1 : 0
  for byte in bytes[start..<start + count] { value = value << 8 | Int64(byte) }
  return value
}
