/// A value to be written as JSON.
enum JSONValue {
  case text(String)
  case number(Int)
  case list([JSONValue])
  case object([String: JSONValue])

  /// Without blanks, names sorted by their UTF-8.
  var bytes: [UInt8] {
    var result: [UInt8] = []
    write(to: &result)
    return result
  }

  private func write(to result: inout [UInt8]) {
    switch self {
    case .text(let text): Self.write(text, to: &result)
    case .number(let number): result += Array(String(number).utf8)
    case .list(let items):
      result.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { result.append(UInt8(ascii: ",")) }
        item.write(to: &result)
      }
      result.append(UInt8(ascii: "]"))
    case .object(let fields):
      result.append(UInt8(ascii: "{"))
      let sorted = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      for (index, field) in sorted.enumerated() {
        if index > 0 { result.append(UInt8(ascii: ",")) }
        Self.write(field.key, to: &result)
        result.append(UInt8(ascii: ":"))
        field.value.write(to: &result)
      }
      result.append(UInt8(ascii: "}"))
    }
  }

  /// Escapes what JSON must, and what readers of YAML refuse or take for a line end in a string.
  private static func write(_ text: String, to result: inout [UInt8]) {
    result.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22, 0x5C: result += [UInt8(ascii: "\\"), UInt8(scalar.value)]
      case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
        let digits = String(scalar.value, radix: 16)
        result += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
      default: result += Array(String(scalar).utf8)
      }
    }
    result.append(UInt8(ascii: "\""))
  }
}
