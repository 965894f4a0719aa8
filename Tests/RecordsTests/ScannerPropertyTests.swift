import RecordModels
import Records
import StrandlineTesting
import Testing

@Suite struct ScannerPropertyTests {
  static let formats: [Format] = [
    comma, .csv(delimiter: UInt8(ascii: ":")), .jsonLines, .json(unwrap: []), .json(unwrap: ["a"]),
  ]

  @Test(arguments: formats) func windowsMakeNoDifferenceAndNothingIsLost(format: Format) {
    var generator = SplitMix64(42)
    let alphabet = Array("\",\r\n{}[]:\\ab1 \u{FEFF}".utf8)
    let beginnings = ["", "a,b\n", "[", "[1,", "{\"a\":[", "{\"a\":[{},", "\u{FEFF}"].map { Array($0.utf8) }
    for _ in 0..<5_000 {
      var dump = generator.pick(beginnings)
      dump += noise(alphabet, 40, &generator)
      if generator.below(4) == 0 { dump += generator.pick([Array("]".utf8), Array("]}".utf8)]) }
      let maximum = generator.pick([2, 5, 12, 1000])
      let whole = scan(dump, format, maximum: maximum)
      let bytes = whole.pieces.flatMap(\.bytes)
      if whole.error == nil {
        #expect(bytes == dump)
      } else {
        #expect(dump.starts(with: bytes))
      }
      for longest in [1, 3, 20] {
        var windows = generator
        let cut = scan(dump, format, maximum: maximum, window: { 1 + windows.below(longest) })
        // How far an ill dump is streamed before the fault is seen may differ.
        #expect(cut.error?.kind == whole.error?.kind)
        if whole.error == nil {
          #expect(cut == whole, "\(String(decoding: dump, as: UTF8.self).debugDescription)")
        }
      }
    }
  }

  /// A state machine that looks at one byte after the other.
  private func slowLines(_ dump: [UInt8], delimiter: UInt8) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var line: [UInt8] = []
    var isQuoted = false
    var isFieldStart = true
    var index = 0
    while index < dump.count {
      let byte = dump[index]
      line.append(byte)
      index += 1
      if isQuoted {
        if byte == 0x22 {
          if index < dump.count, dump[index] == 0x22 {
            line.append(0x22)
            index += 1
          } else {
            isQuoted = false
          }
        }
        isFieldStart = false
      } else if byte == 0x22, isFieldStart {
        isQuoted = true
        isFieldStart = false
      } else if byte == 0x0A {
        lines.append(line)
        line = []
        isFieldStart = true
      } else {
        isFieldStart = byte == delimiter
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }

  @Test func cutsCSVAsAByteWiseMachineDoes() {
    var generator = SplitMix64(7)
    let alphabet = Array("\"\"\",,\r\nab".utf8)
    for round in 0..<20_000 {
      let body = noise(alphabet, round % 10 == 0 ? 300 : 30, &generator)
      let result = scan(Array("h\n".utf8) + body, comma)
      #expect(result.pieces.dropFirst().map(\.bytes) == slowLines(body, delimiter: 0x2C))
    }
  }

  @Test func skippingGivesTheSameRecords() throws {
    var generator = SplitMix64(3)
    for _ in 0..<500 {
      let body = noise(Array("\"\",,\nab".utf8), 200, &generator)
      let dump = Array("h\n".utf8) + body
      let records = scan(dump, comma).pieces.dropFirst().map(\.bytes)
      var scanner = DumpScanner(format: comma)
      var position = 0
      for place in -1..<records.count {
        if place >= 0, place < records.count - 1, generator.below(3) == 0 {
          scanner.skippedRecords(bytes: records[place].count)
          position += records[place].count
          continue
        }
        let piece = unsafe try dump.withUnsafeBytesOf(position..<dump.count) {
          unsafe try scanner.next($0, atEnd: true)
        }
        if place < 0 {
          #expect(piece == .header(2))
          position += 2
        } else {
          #expect(piece == .record(records[place].count))
          position += records[place].count
        }
      }
    }
  }
}
