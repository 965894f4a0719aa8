import Basics

/// Writes JSON (RFC 8259) with no more escapes than it demands. Bytes that are no UTF-8 stay as they are: whoever reads the
/// line finds them and puts it aside.
extension ByteBuffer {
  /// Bytes as a JSON string, quotes included.
  mutating func append(quoting bytes: UnsafeRawBufferPointer) {
    append(UInt8(ascii: "\""))
    var start = 0
    var index = 0
    while true {
      unsafe index = nextSpecial(bytes, index)
      unsafe append(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
      guard index < bytes.count else { break }
      unsafe append(escaping: bytes[index])
      index += 1
      start = index
    }
    append(UInt8(ascii: "\""))
  }

  /// A text as a JSON string.
  mutating func append(quoting text: String) {
    var text = text
    text.withUTF8 { unsafe append(quoting: UnsafeRawBufferPointer($0)) }
  }

  private mutating func append(escaping byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case 8: append("\\b")
    case 9: append("\\t")
    case 10: append("\\n")
    case 12: append("\\f")
    case 13: append("\\r")
    default:
      append("\\u00")
      append(hexadecimal: byte)
    }
  }

  private mutating func append(hexadecimal byte: UInt8) {
    for digit in [byte >> 4, byte & 15] { append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
  }

  /// Bytes as hexadecimal digits in quotes.
  mutating func append(hexadecimal bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count * 2 + 2)
    append(UInt8(ascii: "\""))
    for index in 0..<bytes.count { unsafe append(hexadecimal: bytes[index]) }
    append(UInt8(ascii: "\""))
  }
}

/// The first byte from `start` on that a JSON string cannot hold as it is; the end if there is none.
private func nextSpecial(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let tops: UInt64 = 0x8080_8080_8080_8080
  var index = start
  while index &+ 8 <= bytes.count {
    let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    // Bytes under 0x20, quotes and backslashes have their top bit set here; the lowest such byte is right, which is all that
    // is asked (https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord).
    let quotes = word ^ (ones &* 0x22)
    let slashes = word ^ (ones &* 0x5C)
    let low = (word &- ones &* 0x20) & ~word
    let hits = (low | ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)) & tops
    if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
    index &+= 8
  }
  while index < bytes.count {
    let byte = unsafe bytes[index]
    if byte < 0x20 || byte == 0x22 || byte == 0x5C { return index }
    index &+= 1
  }
  return index
}

/// What a JSON text is, as far as that must be known to put it into a record: one value in one line.
enum JSONShape {
  case object
  case other
  /// It is cut off, several values, or has a line end within a string.
  case broken

  init(_ bytes: UnsafeRawBufferPointer) {
    var depth = 0
    var values = 0
    var isInString = false
    var isInToken = false
    var first: UInt8 = 0
    var last: UInt8 = 0
    var index = 0
    while index < bytes.count {
      let byte = unsafe bytes[index]
      index += 1
      if byte > 0x20 { last = byte }
      if isInString {
        if byte == UInt8(ascii: "\\") { index += 1 }
        if byte == UInt8(ascii: "\"") { isInString = false }
        if byte < 0x20 {
          self = .broken
          return
        }
        continue
      }
      switch byte {
      case 0x20, 9, 10, 13:
        isInToken = false
        continue
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        if depth <= 0 { depth = -1 }
        isInToken = false
      default:
        let opens = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
        isInString = byte == UInt8(ascii: "\"")
        if depth == 0, !isInToken || opens || isInString { values += 1 }
        if first == 0 { first = byte }
        isInToken = !opens && !isInString
        if opens { depth += 1 }
      }
      if depth < 0 {
        self = .broken
        return
      }
    }
    let isWhole = depth == 0 && values == 1 && !isInString
    let isObject = first == UInt8(ascii: "{")
    self = !isWhole || isObject && last != UInt8(ascii: "}") ? .broken : isObject ? .object : .other
  }
}

extension ByteBuffer {
  /// A JSON text whose shape is not broken, in one line.
  mutating func append(json bytes: UnsafeRawBufferPointer) {
    let start = count
    unsafe append(bytes)
    replaceLineEnds(from: start)
  }

  /// A separator and the members of a JSON object, without the braces around them; nothing if there are none.
  mutating func append(membersOf object: UnsafeRawBufferPointer, after separator: UInt8) {
    var start = 0
    var end = object.count
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }
    while unsafe isSpace(object[start]) { start += 1 }
    while unsafe isSpace(object[end - 1]) { end -= 1 }
    start += 1
    end -= 1
    while start < end, unsafe isSpace(object[start]) { start += 1 }
    guard start < end else { return }
    append(separator)
    unsafe append(json: UnsafeRawBufferPointer(rebasing: object[start..<end]))
  }

  private mutating func replaceLineEnds(from start: Int) {
    for index in start..<count where unsafe bytes[index] == 10 || bytes[index] == 13 {
      unsafe UnsafeMutableRawBufferPointer(mutating: bytes)[index] = 0x20
    }
  }
}
