/// Why a document is refused: where, in bytes, and what.
public struct XMLError: Error, CustomStringConvertible {
  public let description: String
}

/// Reads the documents that S3 answers with, piece by piece: elements and text, whatever the bytes are.
///
/// A small part of XML 1.0 on purpose: a declaration, elements, attributes (read over), text, the five named
/// entities and numbers. A document type, and with it every other entity, comments, CDATA and processing
/// instructions are refused.
public struct XMLReader {
  /// Elements within elements, at most.
  public static let depthLimit = 16
  /// The length of a name, and of one run of text, in bytes.
  public static let nameLimit = 200
  public static let textLimit = 64 << 10

  /// What comes next.
  public enum Event: Equatable, Sendable {
    /// An element begins; the name is without its prefix.
    case start(String)
    /// Text between two tags, with entities undone; may be white space alone.
    case text(String)
    /// An element ends.
    case end(String)
  }

  private let bytes: [UInt8]
  private var place = 0
  private var open: [[UInt8]] = []
  /// An element without content ends as soon as it began.
  private var endsAtOnce = false
  private var hadRoot = false

  /// Reads a document from its front.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
  }

  /// The next event; nil at the end of a whole document.
  public mutating func next() throws(XMLError) -> Event? {
    if endsAtOnce {
      endsAtOnce = false
      return .end(local(open.removeLast()))
    }
    if open.isEmpty { return try outside() }
    guard let byte = peek else { throw problem("it ends within <\(local(open[open.count - 1]))>") }
    return byte == UInt8(ascii: "<") ? try tag() : try .text(text())
  }

  private mutating func outside() throws(XMLError) -> Event? {
    skipSpace()
    if !hadRoot, at("<?xml") {
      guard let end = bytes[place...].firstIndex(of: UInt8(ascii: ">")), bytes[end - 1] == UInt8(ascii: "?")
      else { throw problem("the declaration does not end") }
      place = end + 1
      skipSpace()
    }
    guard let byte = peek else {
      if hadRoot { return nil }
      throw problem("there is no element in it")
    }
    guard !hadRoot, byte == UInt8(ascii: "<") else {
      throw problem("something stands outside of the document")
    }
    hadRoot = true
    return try tag()
  }

  private mutating func tag() throws(XMLError) -> Event {
    place += 1
    if take(UInt8(ascii: "/")) {
      let name = try name()
      skipSpace()
      guard take(UInt8(ascii: ">")), let last = open.popLast(), last == name else {
        throw problem("</\(String(decoding: name, as: UTF8.self))> ends nothing")
      }
      return .end(local(name))
    }
    let name = try name()
    guard open.count < Self.depthLimit else {
      throw problem("more than \(Self.depthLimit) elements in each other")
    }
    open.append(name)
    while true {
      let hadSpace = skipSpace()
      if take(UInt8(ascii: ">")) { return .start(local(name)) }
      if take(UInt8(ascii: "/")) {
        guard take(UInt8(ascii: ">")) else { throw problem("a slash in a tag") }
        endsAtOnce = true
        return .start(local(name))
      }
      guard hadSpace else { throw problem("a tag that is not one") }
      try attribute()
    }
  }

  private mutating func attribute() throws(XMLError) {
    _ = try name()
    skipSpace()
    guard take(UInt8(ascii: "=")) else { throw problem("an attribute without a value") }
    skipSpace()
    guard let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
      let end = bytes[(place + 1)...].firstIndex(of: quote),
      !bytes[place..<end].contains(UInt8(ascii: "<"))
    else { throw problem("an attribute without a value in quotes") }
    place = end + 1
  }

  private mutating func name() throws(XMLError) -> [UInt8] {
    let start = place
    while let byte = peek, isNameByte(byte) { place += 1 }
    let length = place - start
    guard length > 0, length <= Self.nameLimit, !isDigitOrDash(bytes[start]) else {
      throw problem("a name is wrong")
    }
    return Array(bytes[start..<place])
  }

  private mutating func text() throws(XMLError) -> String {
    var text: [UInt8] = []
    while let byte = peek, byte != UInt8(ascii: "<") {
      place += 1
      if byte == UInt8(ascii: "&") {
        text += try entity()
      } else {
        guard byte >= 32 || byte == 9 || byte == 10 || byte == 13 else {
          throw problem("a control character")
        }
        text.append(byte)
      }
      guard text.count <= Self.textLimit else { throw problem("a text of more than \(Self.textLimit) bytes") }
    }
    guard let string = String(validating: text, as: UTF8.self) else { throw problem("text that is no UTF-8") }
    return string
  }

  private mutating func entity() throws(XMLError) -> [UInt8] {
    guard let end = bytes[place...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
      throw problem("an ampersand that stands alone")
    }
    let name = String(decoding: bytes[place..<end], as: UTF8.self)
    place = end + 1
    switch name {
    case "lt": return Array("<".utf8)
    case "gt": return Array(">".utf8)
    case "amp": return Array("&".utf8)
    case "quot": return Array("\"".utf8)
    case "apos": return Array("'".utf8)
    default:
      let digits = name.hasPrefix("#x") ? name.dropFirst(2) : name.dropFirst()
      // The type reads a sign too, which is none of the digits.
      guard name.hasPrefix("#"), digits.utf8.first.map({ $0 != 0x2B && $0 != 0x2D }) ?? false,
        let code = UInt32(digits, radix: name.hasPrefix("#x") ? 16 : 10),
        let scalar = Unicode.Scalar(code), code >= 32 || [9, 10, 13].contains(code)
      else { throw problem("the entity &\(name);") }
      return Array(String(Character(scalar)).utf8)
    }
  }

  private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

  private func at(_ text: StaticString) -> Bool {
    bytes[place...].starts(with: Array(text.description.utf8))
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    place += 1
    return true
  }

  @discardableResult
  private mutating func skipSpace() -> Bool {
    let start = place
    while let byte = peek, byte == 32 || byte == 9 || byte == 10 || byte == 13 { place += 1 }
    return place > start
  }

  /// A name without its prefix.
  private func local(_ name: [UInt8]) -> String {
    String(decoding: name.split(separator: UInt8(ascii: ":")).last ?? [], as: UTF8.self)
  }

  private func problem(_ what: String) -> XMLError { XMLError(description: "\(what), at byte \(place)") }
}

private func isDigitOrDash(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
    || byte == UInt8(ascii: ".")
}

private func isNameByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
  default: isDigitOrDash(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
  }
}
