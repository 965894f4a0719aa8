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
