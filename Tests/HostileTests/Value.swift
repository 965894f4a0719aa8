import StrandlineTesting

/// What stands in one column of one record.
struct Value: Hashable {
  /// CSV has strings alone.
  enum Kind: UInt8 { case string, number, literal, nested, null, missing }

  var kind = Kind.string
  /// The text itself: of a string what it says, not how it is written.
  var text: [UInt8] = []

  static let empty = Value()

  init(_ text: [UInt8] = []) { self.text = text }

  init(_ kind: Kind, _ text: String = "") {
    self.kind = kind
    self.text = Array(text.utf8)
  }

  /// Null, the empty string and what is missing.
  var isBlank: Bool { kind == .null || kind == .missing || (kind == .string && text.isEmpty) }
}

/// Texts with everything that a reader of dumps may stumble over.
enum Pool {
  /// Keys that are prefixes of each other, so that only who keeps columns apart tells "a", "bc" from "ab", "c".
  static let keys: [[UInt8]] = [
    "a", "ab", "abc", "b", "bc", "c", "", "1", "\0", "a\0", " a", "A", "\"", "a\"", "\n", "a\n", "é", "1.0",
  ].map { Array($0.utf8) }

  static let texts: [[UInt8]] = [
    "", "x", "y", "\"", "a\"b", "\"\"", "a\nb", "\n", "\r\n", "\r", "a\rb", "x\r", ",", ";", "\\", "\u{1}",
    "  ",
    "\"x", "x\"", "\",\"", "\"\n\"", "\u{2028}", "{}", "null",
  ].map { Array($0.utf8) }

  static let tokens: [Value] = [
    Value(.number, "1"), Value(.number, "1.0"), Value(.number, "-0"), Value(.literal, "true"),
    Value(.literal, "false"), Value(.null), Value(.missing), Value(.nested, "[1,{\"a\":\"b\"}]"),
    Value(.nested, "{}"), Value(.missing),
  ]

  /// Lines of CSV that cannot be read, whatever the columns are.
  static let badCSV: [[UInt8]] = [[0xFF], [0x61, 0x2C, 0xC3, 0x2C], [0x22, 0xE2, 0x82, 0x22, 0x2C, 0x61]]

  /// Lines that are no records of JSON Lines.
  static let badJSON: [[UInt8]] =
    [
      "{", "1", "[1]", "\"x\"", "{\"k\":}", "{\"k\":\"a\",\"k\":\"a\"}", "{\"k\":\"a\"}x",
      "{\"k\":\"a\" \"b\":1}", "nul",
    ].map { Array($0.utf8) } + [[0x7B, 0xFF, 0x7D]]

  static let blankJSON: [[UInt8]] = [[], [0x20], [0x09, 0x20], [0x0D]]
}

/// Writes a string as JSON with no more escapes than JSON demands.
func quoted(_ text: [UInt8]) -> [UInt8] {
  var out: [UInt8] = [0x22]
  out.reserveCapacity(text.count + text.count / 8 + 8)
  for byte in text {
    switch byte {
    case 0x22, 0x5C: out += [0x5C, byte]
    case 0x08: out += [0x5C, 0x62]
    case 0x09: out += [0x5C, 0x74]
    case 0x0A: out += [0x5C, 0x6E]
    case 0x0C: out += [0x5C, 0x66]
    case 0x0D: out += [0x5C, 0x72]
    case 0..<0x20: out += Array("\\u00".utf8) + digits(byte)
    default: out.append(byte)
    }
  }
  out.append(0x22)
  return out
}

/// Two lowercase hexadecimal digits.
func digits(_ byte: UInt8) -> [UInt8] {
  let all = Array("0123456789abcdef".utf8)
  return [all[Int(byte >> 4)], all[Int(byte & 15)]]
}
