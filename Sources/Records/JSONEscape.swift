/// The escapes inside a JSON string (RFC 8259, section 7).
enum JSONEscape {
  /// The letter after the backslash, for characters that have one and need one.
  static func short(_ character: UInt32) -> UInt8? {
    switch character {
    case 0x22: UInt8(ascii: "\"")
    case 0x5C: UInt8(ascii: "\\")
    case 0x08: UInt8(ascii: "b")
    case 0x0C: UInt8(ascii: "f")
    case 0x0A: UInt8(ascii: "n")
    case 0x0D: UInt8(ascii: "r")
    case 0x09: UInt8(ascii: "t")
    default: nil
    }
  }

  /// The length of the escape at `index`, where a backslash is; zero if it is none that JSON has.
  static func length(in text: View, at index: Int) -> Int {
    guard index + 1 < text.count else { return 0 }
    switch text[index + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return 2
    case UInt8(ascii: "u"):
      guard index + 6 <= text.count else { return 0 }
      for place in index + 2..<index + 6 where hexDigit(text[place]) == nil { return 0 }
      return 6
    default: return 0
    }
  }

  /// The scalar that the valid escape at `index` stands for, and where the text goes on. The two halves of a
  /// surrogate pair are taken together; a lone one is given as it is.
  static func decode(_ text: View, at index: Int) -> (scalar: UInt32, next: Int) {
    switch text[index + 1] {
    case UInt8(ascii: "b"): return (0x08, index + 2)
    case UInt8(ascii: "f"): return (0x0C, index + 2)
    case UInt8(ascii: "n"): return (0x0A, index + 2)
    case UInt8(ascii: "r"): return (0x0D, index + 2)
    case UInt8(ascii: "t"): return (0x09, index + 2)
    case UInt8(ascii: "u"):
      let unit = codeUnit(text, at: index + 2)
      let next = index + 6
      if (0xD800..<0xDC00).contains(unit), next + 6 <= text.count, text[next] == Byte.backslash,
        text[next + 1] == UInt8(ascii: "u")
      {
        let low = codeUnit(text, at: next + 2)
        if (0xDC00..<0xE000).contains(low) {
          return (0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00), next + 6)
        }
      }
      return (unit, next)
    case let byte: return (UInt32(byte), index + 2)
    }
  }

  private static func codeUnit(_ text: View, at index: Int) -> UInt32 {
    var unit: UInt32 = 0
    for place in index..<index + 4 { unit = unit << 4 | (hexDigit(text[place]) ?? 0) }
    return unit
  }

  private static func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x30...0x39: UInt32(byte - 0x30)
    case 0x41...0x46: UInt32(byte - 0x37)
    case 0x61...0x66: UInt32(byte - 0x57)
    default: nil
    }
  }
}

extension ByteSink {
  /// Appends the text that the inside of a JSON string stands for; a lone surrogate as WTF-8.
  mutating func appendDecoded(_ raw: View) {
    var index = 0
    while index < raw.count {
      let stop = raw.find(Byte.backslash, from: index, to: raw.count)
      append(raw[index, stop])
      if stop == raw.count { return }
      let (scalar, next) = JSONEscape.decode(raw, at: stop)
      appendScalar(scalar)
      index = next
    }
  }

  /// Appends the inside of a JSON string with no more escapes than JSON demands.
  mutating func appendReescaped(_ raw: View) {
    var index = 0
    while index < raw.count {
      let stop = raw.find(Byte.backslash, from: index, to: raw.count)
      append(raw[index, stop])
      if stop == raw.count { return }
      let (scalar, next) = JSONEscape.decode(raw, at: stop)
      if scalar < 0x20 || scalar == 0x22 || scalar == 0x5C || (0xD800..<0xE000).contains(scalar) {
        appendEscape(scalar)
      } else {
        appendScalar(scalar)
      }
      index = next
    }
  }
}

extension View {
  /// Whether every backslash begins an escape that JSON has.
  var hasSoundEscapes: Bool {
    var index = 0
    while true {
      index = find(Byte.backslash, from: index, to: count)
      if index == count { return true }
      let length = JSONEscape.length(in: self, at: index)
      if length == 0 { return false }
      index += length
    }
  }
}
