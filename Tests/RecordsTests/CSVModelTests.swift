import RecordModels
import Records
import StrandlineTesting
import Testing

/// The quick path against the slow obvious one.
@Suite struct CSVModelTests {
  /// Checks records of one shape with parsers that are used again and again.
  private struct Check: ~Copyable {
    let model: SlowCSV
    var parser: RecordParser

    init(_ model: SlowCSV) {
      self.model = model
      parser = RecordParser(
        format: .csv(delimiter: model.delimiter), header: model.header, key: model.key, blanks: model.blanks)
    }

    mutating func callAsFunction(_ record: [UInt8]) {
      let expected = model.parse(record)
      let parsed = parse(record, with: &parser)
      let shown = Comment(rawValue: String(decoding: record, as: UTF8.self).debugDescription)
      if expected.isBlank {
        #expect(parsed.outcome == .blank, shown)
      } else if let reason = expected.reason {
        #expect(parsed.reason == reason, shown)
      } else {
        // Bytes, since strings that only look alike are equal.
        #expect(bytes(parsed) == bytes(expected.parsed), shown)
      }
    }

    private func bytes(_ parsed: Parsed) -> [[UInt8]] {
      guard parsed.outcome == .record else { return [Array(parsed.message.utf8)] }
      return [parsed.canonical, parsed.keyJSON, parsed.members].map { Array($0.utf8) }
        + [parsed.key, [parsed.keyIsSet ? 1 : 0]] + parsed.fields.flatMap { $0.map { Array($0.utf8) } }
    }
  }

  private func filler(_ count: Int) -> [UInt8] { (0..<count).map { 0x61 + UInt8($0 % 26) } }

  private func names(_ count: Int) -> [String] {
    (0..<count).map { "c\($0)" + String(repeating: "n\"é", count: $0 % 5 == 3 ? 30 : 0) }
  }

  @Test func noiseOfAllLengths() {
    var generator = SplitMix64(21)
    let alphabets = [
      "\"\"\",,\n\rab", "\"\"\"\"\"a,", ",,,,,a\"", "abcdefghijklmnop,\"\n", "a\\\u{1}\u{1F}\u{7F}\t\0 \",",
      "é漢🌊,\"a",
    ].map { $0.unicodeScalars.map { Array(String($0).utf8) } }
    for alphabet in alphabets {
      for width in 1...4 {
        var check = Check(
          SlowCSV(header: names(width), key: width == 2 ? ["c1"] : [], blanks: width == 3 ? .kept : .dropped))
        for round in 0..<4_000 {
          let length = round % 4 == 0 ? 200 : 20
          check((0..<generator.below(length)).flatMap { _ in generator.pick(alphabet) })
        }
      }
    }
  }

  @Test func soundRecordsOfAllLengths() {
    var writer = CSVWriter(generator: SplitMix64(22))
    for alphabet in [writer.alphabet, ["a", "b", "c", "d", "e", "f", "g", "h", ",", "\n"]] {
      writer.alphabet = alphabet
      for width in [1, 2, 5, 12, 70] {
        var check = Check(SlowCSV(header: names(width), key: ["c\(width / 2)", "none", "c0"]))
        for _ in 0..<(6_000 / width) {
          let row = (0..<width).map { _ in
            (0..<writer.generator.below(4)).map { _ in writer.value() }.joined()
          }
          check(writer.write([row]))
        }
      }
    }
  }

  @Test func anyByteAtAnyPlaceOfFieldsOfAnyLength() {
    let suspects: [UInt8] = Array(0..<0x23) + [0x2C, 0x5C, 0x7F, 0x80, 0xC3, 0xED, 0xF4, 0xFF]
    var check = Check(SlowCSV(header: names(3), key: ["c1"]))
    for length in 0...40 {
      for place in 0..<length {
        for suspect in suspects {
          var field = filler(length)
          field[place] = suspect
          let before = filler((length * 7 + place) % 67) + [0x2C]
          let after = [0x2C] + filler(place % 3 * 40)
          check(before + field + after)
          let doubled = field.flatMap { $0 == 0x22 ? [0x22, 0x22] : [$0] }
          check(before + [0x22] + doubled + [0x22] + after + [0x0A])
          check(before + [0x22] + field + [0x22] + after + [0x0D, 0x0A])
        }
      }
    }
  }

  @Test func whatCrossesABorder() {
    let pieces = [
      "\"\"", "\"\"\"\"", "\"a\"\"b\"", "\"a\",\"b\"", "\"\"\"\",\"\"", "\"a\"x", "\"a\"\"", "a\"b", "\",\"",
      "\"\n,\r\"", "\r",
      "é", "漢字", "🌊", "\\\\", "\u{1}\u{2}", ",,,,", "\"",
    ].map { Array($0.utf8) }
    for width in 1...3 {
      var check = Check(SlowCSV(header: names(width)))
      for piece in pieces {
        for shift in 0..<140 {
          for rest in [0, 1, 61, 70] {
            check(filler(shift) + [0x2C] + piece + [0x2C] + filler(rest))
            check(filler(shift) + [0x2C] + piece)
            check([0x22] + filler(shift) + piece + [0x22, 0x2C] + filler(rest))
            check(filler(shift) + piece + filler(rest))
          }
        }
      }
    }
  }

  @Test func saysWhereTextIsNoUTF8() {
    let parts: [[UInt8]] = [
      [0x80], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x8C], [0xC0, 0x80], [0xED, 0xA0, 0x80],
    ]
    for part in parts {
      for shift in 0..<140 {
        let line =
          filler(shift) + [0x2C, 0x22] + Array("é\"\"".utf8) + part + [0x22, 0x2C] + filler(shift % 50)
        let parsed = csv(line, ["a", "b", "c"])
        #expect(parsed.reason == .invalidUTF8)
        #expect(parsed.message.contains("\"b\" is no UTF-8, at byte \(shift + 6) "), "\(parsed.message)")
      }
    }
  }

  @Test func longFields() {
    var generator = SplitMix64(23)
    let alphabet = Array("aaaaaaaaaaaaaaaaaaaaaaaa\"\n\\\u{3}".utf8)
    var check = Check(SlowCSV(header: names(3), key: ["c1"]))
    for length in [50, 56, 57, 63, 64, 65, 112, 113, 900, 1_024, 1_100, 5_000, 70_000] {
      for _ in 0..<4 {
        let field = (0..<length).map { _ in generator.pick(alphabet) }
        let doubled = field.flatMap { $0 == 0x22 ? [0x22, 0x22] : [$0] }
        check([0x22] + doubled + [0x22, 0x2C] + filler(length) + [0x2C, 0x22] + doubled + [0x22, 0x0A])
        check(filler(3) + [0x2C, 0x22] + doubled + [0x22] + doubled + [0x2C] + filler(2))
        check([0x2C] + [UInt8](repeating: 1, count: length) + [0x2C])
      }
    }
  }

  @Test(arguments: [0x00, 0x09, 0x20, 0x3B, 0x5C, 0x61, 0x7C] as [UInt8])
  func otherDelimiters(delimiter: UInt8) {
    var generator = SplitMix64(24)
    let alphabet = [delimiter, delimiter] + Array("\"\"bcd,\n\\".utf8)
    for width in 1...3 {
      var check = Check(SlowCSV(header: names(width), delimiter: delimiter, blanks: .kept))
      for round in 0..<3_000 { check(noise(alphabet, round % 5 == 0 ? 150 : 12, &generator)) }
    }
  }
}
