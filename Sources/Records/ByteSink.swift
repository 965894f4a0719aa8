import Basics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where one record's output is put together before it is handed over in one piece; its memory is kept.
@safe struct ByteSink: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 1024) {
    self.capacity = max(64, capacity)
    unsafe base = .allocate(byteCount: max(64, capacity), alignment: 16)
  }

  deinit { unsafe base.deallocate() }

  /// What is in it, until the next change.
  var view: View { unsafe View(UnsafeRawBufferPointer(start: base, count: count)) }

  @inline(__always) mutating func removeAll() { count = 0 }

  mutating func truncate(to newCount: Int) {
    precondition(newCount <= count)
    count = newCount
  }

  @inline(__always) private mutating func reserve(_ more: Int) {
    if count &+ more > capacity { grow(count + more) }
  }

  @inline(never) private mutating func grow(_ needed: Int) {
    let size = max(needed, capacity * 2)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    unsafe larger.copyMemory(from: base, byteCount: count)
    unsafe base.deallocate()
    unsafe base = larger
    capacity = size
  }

  @inline(__always) mutating func append(_ byte: UInt8) {
    reserve(1)
    unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  @inline(__always) mutating func append(_ view: View) {
    reserve(view.count &+ 16)
    let length = view.count
    // Two words that overlap are cheaper than a call.
    if length <= 16, length >= 8 {
      let first = view.word(at: 0)
      let last = view.word(at: length &- 8)
      unsafe base.storeBytes(of: first.littleEndian, toByteOffset: count, as: UInt64.self)
      unsafe base.storeBytes(of: last.littleEndian, toByteOffset: count &+ length &- 8, as: UInt64.self)
    } else {
      unsafe memcpy(base + count, view.base, length)
    }
    count &+= length
  }

  mutating func append(_ bytes: [UInt8]) {
    for byte in bytes { append(byte) }
  }

  mutating func append(zeros length: Int) {
    reserve(length)
    unsafe memset(base + count, 0, length)
    count &+= length
  }

  /// Appends `text[start..<end]`, which is UTF-8, as the inside of a JSON string, with no more escapes than
  /// JSON demands. Lone surrogates (WTF-8, from decoded escapes) are written as escapes again.
  @inline(__always) mutating func appendEscaped(
    _ text: View, _ start: Int, _ end: Int, surrogates: Bool = false
  ) {
    if surrogates { return appendSlowly(text[start, end]) }
    var index = start
    // Words may read past `end`, never past the view, and are cut off again.
    while index < end, index &+ 8 <= text.count {
      reserve(8)
      let word = text.word(at: index)
      unsafe base.storeBytes(of: word.littleEndian, toByteOffset: count, as: UInt64.self)
      let hits = Word.lowestSpecial(word)
      let clean = min(hits == 0 ? 8 : Word.index(hits), end &- index)
      count &+= clean
      index &+= clean
      if clean < 8, index < end {
        appendEscape(UInt32(text[index]))
        index &+= 1
      }
    }
    while index < end {
      let byte = text[index]
      if byte < 0x20 || byte == Byte.quote || byte == Byte.backslash {
        appendEscape(UInt32(byte))
      } else {
        append(byte)
      }
      index &+= 1
    }
  }

  private mutating func appendSlowly(_ text: View) {
    var index = 0
    while index < text.count {
      let byte = text[index]
      if byte == 0xED, text[index + 1] >= 0xA0 {
        appendEscape(0xD000 | UInt32(text[index + 1] & 0x3F) << 6 | UInt32(text[index + 2] & 0x3F))
        index += 3
      } else if byte < 0x20 || byte == Byte.quote || byte == Byte.backslash {
        appendEscape(UInt32(byte))
        index += 1
      } else {
        append(byte)
        index += 1
      }
    }
  }

  /// Appends a character's escape: the short one if there is one, `\uXXXX` in lowercase else.
  @inline(never) mutating func appendEscape(_ character: UInt32) {
    append(Byte.backslash)
    if let short = JSONEscape.short(character) { return append(short) }
    append(UInt8(ascii: "u"))
    for shift: UInt32 in [12, 8, 4, 0] {
      let digit = UInt8(truncatingIfNeeded: character >> shift & 15)
      append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
  }

  /// Appends a scalar as UTF-8; a surrogate in the same manner (WTF-8).
  mutating func appendScalar(_ scalar: UInt32) {
    func trail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(scalar >> shift & 0x3F) }
    if scalar < 0x80 {
      append(UInt8(scalar))
    } else if scalar < 0x800 {
      append(0xC0 | UInt8(scalar >> 6))
      append(trail(0))
    } else if scalar < 0x10000 {
      append(0xE0 | UInt8(scalar >> 12))
      append(trail(6))
      append(trail(0))
    } else {
      append(0xF0 | UInt8(scalar >> 18))
      append(trail(12))
      append(trail(6))
      append(trail(0))
    }
  }
}

extension ByteBuffer {
  mutating func append(_ view: View) { unsafe append(view.bytes) }
}
