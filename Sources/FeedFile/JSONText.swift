/// What must be done to JSON so that a reader of YAML 1.1 takes it: JSON is all but a part of YAML.
enum JSONText {
  static let blanks: [UInt8] = [
    UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"),
  ]

  private enum Place { case between, plain, single, double, comment }

  /// Tabs outside of strings become spaces, and pairs of escaped surrogates the character that they stand for.
  ///
  /// Lines stay. YAML in braces comes here too, so its quotes and comments are told from plain text.
  static func asYaml(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var place = Place.between
    var index = 0
    while index < text.count {
      var byte = text[index]
      index += 1
      switch place {
      case .double:
        if byte == UInt8(ascii: "\\"), index < text.count {
          if let scalar = surrogatePair(text, at: index - 1) {
            result += Array(String(scalar).utf8)
            index += 11
            continue
          }
          result.append(byte)
          byte = text[index]
          index += 1
        } else if byte == UInt8(ascii: "\"") {
          place = .plain
        }
      case .single:
        if byte == UInt8(ascii: "'") {
          if index < text.count, text[index] == byte {
            result.append(byte)
            index += 1
          } else {
            place = .plain
          }
        }
      case .comment:
        if byte == UInt8(ascii: "\n") { place = .between }
      case .between, .plain:
        let mayOpen = place == .between
        if byte == UInt8(ascii: "\t") { byte = UInt8(ascii: " ") }
        switch byte {
        case UInt8(ascii: "\"") where mayOpen: place = .double
        case UInt8(ascii: "'") where mayOpen: place = .single
        case UInt8(ascii: "#") where result.last.map { blanks.contains($0) } ?? true: place = .comment
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
          UInt8(ascii: ":"):
          place = .between
        case _ where blanks.contains(byte): break
        default: place = .plain
        }
      }
      result.append(byte)
    }
    return result
  }

  /// The character of `\ud83d\ude00` at `index`.
  private static func surrogatePair(_ text: [UInt8], at index: Int) -> Unicode.Scalar? {
    guard let high = escape(text, at: index), (0xD800..<0xDC00).contains(high),
      let low = escape(text, at: index + 6), (0xDC00..<0xE000).contains(low)
    else { return nil }
    return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
  }

  private static func escape(_ text: [UInt8], at index: Int) -> UInt32? {
    guard index + 6 <= text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u")
    else { return nil }
    return UInt32(String(decoding: text[index + 2..<index + 6], as: UTF8.self), radix: 16)
  }
}
