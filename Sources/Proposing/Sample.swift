import Basics

/// What is seen of a source before anything is known of it: its beginning, its end, and what bytes it has.
///
/// Compression is undone; the encoding is what it is.
public struct Sample: Sendable {
  /// So many bytes of the beginning are looked at.
  public static let headLimit = 1 << 20
  /// So many bytes of the end are looked at.
  public static let tailLimit = 64 << 10

  /// The first bytes.
  public let head: [UInt8]
  /// The last bytes; they may overlap with the first.
  public let tail: [UInt8]
  /// How many bytes there are.
  public let length: Int
  /// What bytes there are, of all of them.
  public let census: ByteCensus

  /// Whether the beginning is all there is.
  public var isWhole: Bool { head.count == length }

  /// What is seen of bytes that are there as a whole.
  public init(of bytes: [UInt8]) {
    var taker = SampleTaker()
    unsafe bytes.withUnsafeBytes { unsafe taker.take($0) }
    self = taker.finish()
  }

  init(head: [UInt8], tail: [UInt8], length: Int, census: ByteCensus) {
    self.head = head
    self.tail = tail
    self.length = length
    self.census = census
  }
}

/// Takes a sample of bytes that stream by.
public struct SampleTaker: ~Copyable {
  private var head = ByteBuffer(capacity: 64 << 10)
  private var tail = ByteBuffer(capacity: 3 * Sample.tailLimit)
  private var length = 0
  private var census = ByteCensus()

  /// Nothing was seen yet.
  public init() {}

  /// Looks at the next bytes.
  public mutating func take(_ bytes: UnsafeRawBufferPointer) {
    let room = min(bytes.count, Sample.headLimit - head.count)
    if room > 0 { unsafe head.append(UnsafeRawBufferPointer(rebasing: bytes[..<room])) }
    unsafe tail.append(UnsafeRawBufferPointer(rebasing: bytes.suffix(Sample.tailLimit)))
    if tail.count > 2 * Sample.tailLimit { tail.removeFirst(tail.count - Sample.tailLimit) }
    length += bytes.count
    unsafe census.take(bytes)
  }

  /// What was seen, at the end.
  public consuming func finish() -> Sample {
    census.finish()
    tail.removeFirst(max(0, tail.count - Sample.tailLimit))
    return Sample(head: head.array(), tail: tail.array(), length: length, census: census)
  }
}

/// How many bytes there are of the kinds that tell encodings and text apart.
public struct ByteCensus: Hashable, Sendable {
  /// Zero bytes.
  public private(set) var zeros = 0
  /// Other control characters than blanks and line ends, zeros among them.
  public private(set) var controls = 0
  /// Characters of several bytes that are well-formed UTF-8.
  public private(set) var multibyte = 0
  /// Bytes that belong to no well-formed UTF-8 (Unicode 16, table 3-7).
  public private(set) var invalid = 0
  /// Bytes that windows-1252 has no character for.
  public private(set) var undefined = 0

  /// How many bytes of a character are still to come, and what the next one may be.
  private var owed = 0
  private var lowest: UInt8 = 0x80
  private var highest: UInt8 = 0xBF

  init() {}

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    var index = 0
    while index < bytes.count {
      if owed == 0 { index = unsafe skipText(bytes, from: index) }
      let end = min(index + 8, bytes.count)
      while index < end {
        unsafe take(bytes[index])
        index += 1
      }
    }
  }

  /// Where eight bytes begin that are not all plain ASCII.
  private func skipText(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var index = start
    while index + 8 <= bytes.count {
      let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      // Whether a byte is above 0x7F or below 0x20 ("Hacker's Delight", 6-1).
      let low = (word &- 0x2020_2020_2020_2020) & ~word
      if (word | low) & 0x8080_8080_8080_8080 != 0 { break }
      index += 8
    }
    return index
  }

  private mutating func take(_ byte: UInt8) {
    if owed > 0 {
      if byte >= lowest, byte <= highest {
        note(byte)
        owed -= 1
        (lowest, highest) = (0x80, 0xBF)
        if owed == 0 { multibyte += 1 }
        return
      }
      invalid += 1
      owed = 0
    }
    (lowest, highest) = (0x80, 0xBF)
    switch byte {
    case 0..<0x20:
      if byte == 0 { zeros += 1 }
      if byte == 0 || !(9...13).contains(byte) { controls += 1 }
    case 0x20..<0x80: break
    case 0xC2...0xDF: owed = 1
    case 0xE0...0xEF:
      owed = 2
      if byte == 0xE0 { lowest = 0xA0 }
      if byte == 0xED { highest = 0x9F }
    case 0xF0...0xF4:
      owed = 3
      if byte == 0xF0 { lowest = 0x90 }
      if byte == 0xF4 { highest = 0x8F }
    default: invalid += 1
    }
    note(byte)
  }

  private mutating func note(_ byte: UInt8) {
    switch byte {
    case 0x81, 0x8D, 0x8F, 0x90, 0x9D: undefined += 1
    default: break
    }
  }

  /// A character that is not whole is none.
  mutating func finish() {
    if owed > 0 { invalid += 1 }
    owed = 0
  }
}
