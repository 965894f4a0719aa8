/// How the bytes of a dump become records.
public enum Format: Hashable, Sendable {
  /// RFC 4180 with a header record; fields are separated by `delimiter`.
  case csv(delimiter: UInt8)
  /// One JSON object a line.
  case jsonLines
  /// One JSON document; its records are the elements of the array at the path `unwrap`, names of members from
  /// the top down. An empty path is a document that is an array itself.
  case json(unwrap: [String])
}

extension Format {
  /// The last byte of a terminated record. The bytes of a record that ends in it mean the same whatever
  /// follows; a record without it is the dump's last.
  public var terminator: UInt8 {
    switch self {
    case .csv, .jsonLines: Byte.lineFeed
    case .json: Byte.comma
    }
  }
}

/// What an empty value is worth.
public enum Blanks: Hashable, Sendable {
  /// Null, the empty string and a missing column are the same: none of them is in the canonical form.
  case dropped
  /// Null, the empty string and a missing column all differ.
  case kept
}

/// The bytes that formats are made of.
enum Byte {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let quote: UInt8 = 0x22
  static let comma: UInt8 = 0x2C
  static let colon: UInt8 = 0x3A
  static let openBracket: UInt8 = 0x5B
  static let backslash: UInt8 = 0x5C
  static let closeBracket: UInt8 = 0x5D
  static let openBrace: UInt8 = 0x7B
  static let closeBrace: UInt8 = 0x7D

  /// JSON's insignificant whitespace (RFC 8259, section 2).
  @inline(__always) static func isSpace(_ byte: UInt8) -> Bool {
    byte <= 0x20 && (byte == space || byte == lineFeed || byte == carriageReturn || byte == tab)
  }
}
