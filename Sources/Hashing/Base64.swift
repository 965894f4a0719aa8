/// Base64 (RFC 4648) with padding.
public func base64(_ bytes: [UInt8]) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let there = min(3, bytes.count - start)
    var group = 0
    for index in 0..<3 { group = group << 8 | (index < there ? Int(bytes[start + index]) : 0) }
    for index in 0..<4 {
      text.append(index <= there ? letters[group >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}

/// Base64 for URLs and names (RFC 4648, 5), without padding.
public func base64URL(_ bytes: [UInt8]) -> String {
  let text = base64(bytes).utf8.filter { $0 != UInt8(ascii: "=") }
  return String(
    decoding: text.map { byte in
      switch byte {
      case UInt8(ascii: "+"): UInt8(ascii: "-")
      case UInt8(ascii: "/"): UInt8(ascii: "_")
      default: byte
      }
    }, as: UTF8.self)
}

/// What ``base64(_:)`` made a text of; nil if it did not.
public func bytes(base64 text: String) -> [UInt8]? {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.utf8.count / 4 * 3)
  var (group, letters) = (0, 0)
  for letter in text.utf8 {
    let value: UInt8
    switch letter {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = letter - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): value = letter - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = letter - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): value = 62
    case UInt8(ascii: "/"): value = 63
    case UInt8(ascii: "="): continue
    default: return nil
    }
    group = (group << 6 | Int(value)) & 0xFF_FFFF
    letters += 1
    if letters % 4 != 1 { bytes.append(UInt8(truncatingIfNeeded: group >> [0, 0, 4, 2][letters % 4])) }
  }
  // Padding elsewhere than at the end, or bits that say nothing, are not what was made.
  return base64(bytes) == text ? bytes : nil
}
