#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Somebody else's bytes, with every access checked against their length. It must not outlive them.
@safe struct View {
  let base: UnsafeRawPointer
  let count: Int

  @inline(__always) init(_ bytes: UnsafeRawBufferPointer) {
    // Nothing is read through the stand-in, since the count is zero.
    unsafe base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 64)!
    count = bytes.count
  }

  @inline(__always) private init(base: UnsafeRawPointer, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  /// Lets `body` look at an array's bytes.
  static func of<Result>(_ bytes: [UInt8], _ body: (View) -> Result) -> Result {
    unsafe bytes.withUnsafeBufferPointer { unsafe body(View(UnsafeRawBufferPointer($0))) }
  }

  var isEmpty: Bool { count == 0 }

  var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: count) }

  @inline(__always) subscript(_ index: Int) -> UInt8 {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
    return unsafe base.load(fromByteOffset: index, as: UInt8.self)
  }

  @inline(__always) subscript(_ start: Int, _ end: Int) -> View {
    precondition(0 <= start && start <= end && end <= count)
    return unsafe View(base: base + start, count: end - start)
  }

  /// Eight bytes, the first in the lowest place.
  @inline(__always) func word(at index: Int) -> UInt64 {
    precondition(index >= 0 && index &+ 8 <= count)
    return UInt64(littleEndian: unsafe base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
  }

  /// Up to eight bytes of `start..<end`, the first in the highest place, zeros after the end: words compare as the
  /// bytes do.
  @inline(__always) func prefixWord(_ start: Int, _ end: Int) -> UInt64 {
    let length = end &- start
    if start &+ 8 <= count {
      let word = word(at: start).byteSwapped
      return length >= 8 ? word : length == 0 ? 0 : word & (UInt64.max &<< UInt64(64 &- length &* 8))
    }
    var word: UInt64 = 0
    for index in 0..<min(8, length) { word |= UInt64(self[start &+ index]) &<< UInt64(56 &- index &* 8) }
    return word
  }

  /// Where `byte` is first in `start..<end`; `end` if it is not.
  @inline(__always) func find(_ byte: UInt8, from start: Int, to end: Int) -> Int {
    precondition(0 <= start && end <= count)
    guard start < end else { return end }
    // Most hops are short: one word is cheaper than a call.
    if start &+ 8 <= end {
      let hits = Word.lowestZero(word(at: start) ^ Word.repeating(byte))
      if hits != 0 { return start &+ Word.index(hits) }
    }
    guard let hit = unsafe memchr(base + start, Int32(byte), end - start) else { return end }
    return unsafe UnsafeRawPointer(hit) - base
  }

  /// Where the first byte is that a JSON string cannot hold as it is, from `start` on; `count` if there is none.
  @inline(__always) func findSpecial(from start: Int) -> Int {
    var index = start
    while index &+ 8 <= count {
      let hits = Word.lowestSpecial(word(at: index))
      if hits != 0 { return index &+ Word.index(hits) }
      index &+= 8
    }
    while index < count {
      let byte = self[index]
      if byte < 0x20 || byte == Byte.quote || byte == Byte.backslash { return index }
      index &+= 1
    }
    return count
  }

  /// Where the first byte is that is no JSON whitespace, from `start` on; `count` if there is none.
  @inline(__always) func skipSpace(from start: Int) -> Int {
    var index = start
    while index < count, Byte.isSpace(self[index]) { index &+= 1 }
    return index
  }

  /// As `memcmp` orders, the shorter first.
  static func < (a: View, b: View) -> Bool {
    let order = unsafe memcmp(a.base, b.base, min(a.count, b.count))
    return order == 0 ? a.count < b.count : order < 0
  }

  static func == (a: View, b: View) -> Bool {
    unsafe a.count == b.count && memcmp(a.base, b.base, a.count) == 0
  }

  /// For names and messages: invalid bytes become U+FFFD.
  var text: String { unsafe String(decoding: bytes, as: UTF8.self) }
}

/// Eight bytes at once, as in "Hacker's Delight", section 6-1.
enum Word {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let highs: UInt64 = 0x8080_8080_8080_8080

  @inline(__always) static func repeating(_ byte: UInt8) -> UInt64 { UInt64(byte) &* ones }

  /// Marks bytes that are zero; above the lowest mark others may be wrong.
  @inline(__always) static func lowestZero(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }

  /// Marks exactly the bytes that are zero.
  @inline(__always) static func zeros(_ word: UInt64) -> UInt64 {
    ~(((word & ~highs) &+ ~highs) | word | ~highs)
  }

  /// Marks quotes, backslashes and control characters; above the lowest mark others may be wrong.
  @inline(__always) static func lowestSpecial(_ word: UInt64) -> UInt64 {
    let quotes = word ^ repeating(Byte.quote)
    let backslashes = word ^ repeating(Byte.backslash)
    let controls = (word &- repeating(0x20)) & ~word
    return (((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes) | controls) & highs
  }

  /// Each bit becomes the parity of itself and all lower ones.
  @inline(__always) static func parities(_ bits: UInt64) -> UInt64 {
    var word = bits
    word ^= word &<< 1
    word ^= word &<< 2
    word ^= word &<< 4
    word ^= word &<< 8
    word ^= word &<< 16
    return word ^ (word &<< 32)
  }

  /// Which byte the lowest mark is at.
  @inline(__always) static func index(_ marks: UInt64) -> Int { marks.trailingZeroBitCount &>> 3 }
}
