import Basics
import RecordModels
import Records
import StrandlineTesting
import Testing

/// A JSON value, written in ways that mean the same.
indirect enum Value {
  case text([Unicode.Scalar])
  case raw(String)
  case array([Value])
  case object([(name: [Unicode.Scalar], value: Value)])

  static func random(_ depth: Int, _ generator: inout SplitMix64) -> Value {
    switch generator.below(depth > 0 ? 6 : 4) {
    case 0, 1: .text(text(&generator))
    case 2, 3: .raw(generator.pick(["null", "true", "false", "0", "-1", "12.50", "1e9", "-0.0E-2"]))
    case 4: .array((0..<generator.below(4)).map { _ in random(depth - 1, &generator) })
    default: object(depth, &generator)
    }
  }

  static func object(_ depth: Int, _ generator: inout SplitMix64) -> Value {
    var members: [(name: [Unicode.Scalar], value: Value)] = []
    for _ in 0..<generator.below(generator.below(20) == 0 ? 120 : 6) {
      let name = text(&generator)
      if !members.contains(where: { $0.name == name }) {
        members.append((name, random(depth - 1, &generator)))
      }
    }
    return .object(members)
  }

  static func text(_ generator: inout SplitMix64) -> [Unicode.Scalar] {
    let alphabet: [Unicode.Scalar] = [
      "a", "b", "c", "\"", "\\", "/", "\n", "\u{1}", "\0", "é", "漢", "🌊", ",", "}",
    ]
    return (0..<generator.below(12)).map { _ in generator.pick(alphabet) }
  }

  /// As the slow model has it.
  func canonical(isTop: Bool = false) -> String {
    switch self {
    case .text(let scalars): return "\"" + scalars.map { Self.escape($0, always: false) }.joined() + "\""
    case .raw(let raw): return raw
    case .array(let values): return "[" + values.map { $0.canonical() }.joined(separator: ",") + "]"
    case .object(let members):
      return "{"
        + members.filter { !isTop || !$0.value.isBlank }
        .sorted { Self.utf8($0.name).lexicographicallyPrecedes(Self.utf8($1.name)) }
        .map { Value.text($0.name).canonical() + ":" + $0.value.canonical() }.joined(separator: ",") + "}"
    }
  }

  private var isBlank: Bool {
    switch self {
    case .text(let scalars): scalars.isEmpty
    case .raw(let raw): raw == "null"
    default: false
    }
  }

  private static func utf8(_ scalars: [Unicode.Scalar]) -> [UInt8] {
    scalars.flatMap { Array(String($0).utf8) }
  }

  static func escape(_ scalar: Unicode.Scalar, always: Bool) -> String {
    func unit(_ value: UInt16) -> String {
      let digits = String(value, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
    if always { return String(scalar).utf16.map(unit).joined() }
    switch scalar {
    case "\"": return "\\\""
    case "\\": return "\\\\"
    case "\n": return "\\n"
    case _ where scalar.value < 0x20: return unit(UInt16(scalar.value))
    default: return String(scalar)
    }
  }

  /// In any of the ways that JSON allows.
  func written(_ generator: inout SplitMix64) -> String {
    func space(_ generator: inout SplitMix64) -> String { generator.pick(["", "", " ", "\n\t", "\r"]) }
    func list(_ parts: [String], _ generator: inout SplitMix64) -> String {
      parts.map { space(&generator) + $0 + space(&generator) }.joined(separator: ",")
    }
    switch self {
    case .text(let scalars):
      return "\"" + scalars.map { Self.escape($0, always: generator.below(3) == 0) }.joined() + "\""
    case .raw(let raw): return raw
    case .array(let values):
      let parts = values.map { $0.written(&generator) }
      return "[" + (parts.isEmpty ? space(&generator) : list(parts, &generator)) + "]"
    case .object(let members):
      let parts = members.shuffled(using: &generator).map {
        Value.text($0.name).written(&generator) + space(&generator) + ":" + space(&generator)
          + $0.value.written(&generator)
      }
      return "{" + (parts.isEmpty ? space(&generator) : list(parts, &generator)) + "}"
    }
  }
}

@Suite struct JSONPropertyTests {
  @Test func allWaysOfWritingAreOne() {
    var generator = SplitMix64(21)
    for _ in 0..<3_000 {
      let value = Value.object(4, &generator)
      let expected = value.canonical(isTop: true)
      for _ in 0..<2 {
        let written = value.written(&generator)
        let parsed = json(written)
        #expect(parsed.canonical == expected, "\(written)")
        #expect(json("{\(parsed.members)}").canonical == expected)
        #expect(!parsed.members.utf8.contains(0x0A))
      }
    }
  }

  @Test func elementsOfAnArrayAreRecords() {
    var generator = SplitMix64(22)
    for _ in 0..<500 {
      let values = (0..<generator.below(6)).map { _ in Value.object(3, &generator) }
      let document = Value.object(2, &generator)
      let noise = document.written(&generator)
      let array = Value.array(values).written(&generator)
      let dump = "{\"noise\": \(noise), \"rows\" : \(array), \"more\":\(noise)}"
      var windows = generator
      let result = scan(Array(dump.utf8), .json(unwrap: ["rows"]), window: { 1 + windows.below(30) })
      #expect(result.error == nil)
      var parser = RecordParser(format: .json(unwrap: ["rows"]), header: [], key: [])
      let records = result.pieces.compactMap { piece -> String? in
        guard case .record(let bytes) = piece else { return nil }
        return parse(bytes, with: &parser).canonical
      }
      #expect(records == values.map { $0.canonical(isTop: true) })
    }
  }

  @Test func whatIsCutOffIsRefused() {
    var generator = SplitMix64(23)
    for _ in 0..<300 {
      let line = Array(Value.object(3, &generator).written(&generator).utf8)
      let length = generator.below(line.count)
      let parsed = json(Array(line[..<length]))
      #expect(parsed.reason != nil || parsed.outcome == .blank)
      let document = Array("[".utf8) + line + Array("]".utf8)
      let scanned = scan(Array(document[..<(length + 1)]), .json(unwrap: []))
      #expect(scanned.error?.kind == .truncated)
    }
  }

  @Test func stringsHaveMinimalEscapes() {
    var generator = SplitMix64(24)
    for _ in 0..<5_000 {
      let text = Value.text(&generator)
      var buffer = ByteBuffer()
      appendJSONString(String(String.UnicodeScalarView(text)), to: &buffer)
      #expect(String(decoding: buffer.array(), as: UTF8.self) == Value.text(text).canonical())
    }
  }
}
