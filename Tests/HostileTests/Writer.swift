import StrandlineTesting

/// Writes records with freedom in all that means nothing; the same style gives the same bytes.
struct Writer {
  private var generator: SplitMix64
  /// CSV's delimiter.
  private let delimiter: UInt8

  init(style: UInt64, delimiter: UInt8) {
    generator = SplitMix64(seed: style)
    self.delimiter = delimiter
  }

  /// A line of CSV without its line end.
  mutating func csv(_ fields: [[UInt8]]) -> [UInt8] {
    var out: [UInt8] = []
    let habit = generator.below(3)
    for place in fields.indices {
      if place > 0 { out.append(delimiter) }
      csv(fields[place], isAlone: fields.count == 1, habit, &out)
    }
    return out
  }

  private mutating func csv(_ text: [UInt8], isAlone: Bool, _ habit: Int, _ out: inout [UInt8]) {
    let mustQuote =
      text.first == 0x22 || text.last == 0x0D || text.contains(0x0A) || text.contains(delimiter)
      || (isAlone && text.isEmpty)
    guard mustQuote || habit == 1 || (habit == 2 && generator.oneIn(2)) else {
      out += text
      return
    }
    // What stands behind the closing quote belongs to the field as it is.
    var end = text.count
    if generator.oneIn(8), text.last != 0x0D {
      let start = generator.below(text.count + 1)
      let tail = text[start...]
      let isCharacter = tail.first.map { $0 & 0xC0 != 0x80 } ?? true
      if isCharacter, tail.first != 0x22, !tail.contains(0x0A), !tail.contains(delimiter) { end = start }
    }
    out.append(0x22)
    if text.contains(0x22) {
      for byte in text[..<end] {
        out.append(byte)
        if byte == 0x22 { out.append(byte) }
      }
    } else {
      out += text[..<end]
    }
    out.append(0x22)
    out += text[end...]
  }

  /// A line of JSON without its line end, and its members alone, as they are written but without spaces.
  mutating func json(_ names: [String], _ values: [Value]) -> (line: [UInt8], members: [UInt8]) {
    let isPlain = generator.oneIn(2)
    var members: [(name: [UInt8], value: [UInt8])] = []
    for (name, value) in zip(names, values) where value.kind != .missing {
      members.append((string(Array(name.utf8), isPlain), token(value, isPlain)))
    }
    if generator.oneIn(4) { members.shuffle(using: &generator) }
    var line = space(isPlain) + [0x7B] + space(isPlain)
    var bare: [UInt8] = []
    for (place, member) in members.enumerated() {
      if place > 0 {
        line += [0x2C] + space(isPlain)
        bare.append(0x2C)
      }
      line += member.name + space(isPlain) + [0x3A] + space(isPlain) + member.value + space(isPlain)
      bare += member.name + [0x3A] + member.value
    }
    line += [0x7D] + space(isPlain)
    return (line, bare)
  }

  private mutating func space(_ isPlain: Bool) -> [UInt8] {
    isPlain || !generator.oneIn(6) ? [] : generator.pick([[0x20], [0x09], [0x0D], [0x20, 0x20]])
  }

  private mutating func token(_ value: Value, _ isPlain: Bool) -> [UInt8] {
    switch value.kind {
    case .string: string(value.text, isPlain)
    case .null: Array("null".utf8)
    default: value.text
    }
  }

  private mutating func string(_ text: [UInt8], _ isPlain: Bool) -> [UInt8] {
    if isPlain || text.count > 40 { return quoted(text) }
    var out: [UInt8] = [0x22]
    for byte in text {
      if byte == 0x2F, generator.oneIn(2) {
        out += [0x5C, byte]
      } else if byte < 0x80, generator.oneIn(6) {
        out += Array("\\u00".utf8) + digits(byte)
      } else {
        out += quoted([byte]).dropFirst().dropLast()
      }
    }
    out.append(0x22)
    return out
  }
}
