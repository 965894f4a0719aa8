import Records

/// What JSON is by RFC 8259, one byte after the other, in the most obvious manner.
struct JSONModel {
  enum Kind { case blank, object, other, broken, deep }

  private struct Broken: Error {}
  private struct Deep: Error {}

  private var rest: ArraySlice<UInt8>
  private var depth = 0

  static func kind(of bytes: [UInt8]) -> Kind {
    guard String(validating: bytes, as: UTF8.self) != nil else { return .broken }
    var model = JSONModel(rest: bytes[...])
    model.space()
    guard let first = model.rest.first else { return .blank }
    do {
      try model.value()
      model.space()
      return !model.rest.isEmpty ? .broken : first == UInt8(ascii: "{") ? .object : .other
    } catch is Deep { return .deep } catch { return .broken }
  }

  private mutating func space() { rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) } }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first.map(UInt32.init) == character.value else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    guard take(character) else { throw Broken() }
  }

  private mutating func value() throws {
    switch rest.first.map({ Character(Unicode.Scalar($0)) }) {
    case "{":
      try list("{", "}") { model in
        try model.string()
        model.space()
        try model.expect(":")
        model.space()
        try model.value()
      }
    case "[": try list("[", "]") { model in try model.value() }
    case "\"": try string()
    case "t": try word("true")
    case "f": try word("false")
    case "n": try word("null")
    default: try number()
    }
  }

  private mutating func list(
    _ begin: Unicode.Scalar, _ end: Unicode.Scalar, _ item: (inout JSONModel) throws -> Void
  ) throws {
    try expect(begin)
    depth += 1
    guard depth <= RecordParser.deepestNesting else { throw Deep() }
    space()
    if !take(end) {
      repeat {
        space()
        try item(&self)
        space()
      } while take(",")
      try expect(end)
    }
    depth -= 1
  }

  private mutating func word(_ word: String) throws {
    guard rest.starts(with: word.utf8) else { throw Broken() }
    rest = rest.dropFirst(word.utf8.count)
  }

  private mutating func digits() throws {
    let more = rest.drop { (48...57).contains($0) }
    guard more.count < rest.count else { throw Broken() }
    rest = more
  }

  private mutating func number() throws {
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
  }

  private mutating func string() throws {
    try expect("\"")
    while let byte = rest.popFirst() {
      switch byte {
      case 0..<0x20: throw Broken()
      case UInt8(ascii: "\""): return
      case UInt8(ascii: "\\"):
        guard let escape = rest.popFirst() else { throw Broken() }
        if escape == UInt8(ascii: "u") {
          let hex = rest.prefix(4)
          guard hex.count == 4, hex.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
            throw Broken()
          }
          rest = rest.dropFirst(4)
        } else if !"\"\\/bfnrt".utf8.contains(escape) {
          throw Broken()
        }
      default: break
      }
    }
    throw Broken()
  }
}
