import Basics
import RecordModels
import Records
import StrandlineTesting
import Testing

/// Records that are looked over many at once, against those that are cut and parsed one by one.
@Suite struct SurveyTests {
  private static let pieces: [String] = [
    "a", "bc", ",", ",",
    "\n", "\n", "\r\n", "\"", "\"\"", "\",\"", "\"\n\"", ",\"x\"", "\"y\",", "é",
    "\u{0}", "1",
    "0123456789012345678901234567890123456789", "\"a \"\"b\"\" c\"", "1,2,3\n", "1,\"2\",3\n", "\r",
  ]

  private static func dump(_ generator: inout SplitMix64) -> [UInt8] {
    var bytes: [UInt8] = []
    // Most are quoted as they should be, or a look would seldom come far.
    let isWild = generator.oneIn(3)
    for _ in 0..<generator.below(60) {
      if isWild {
        bytes += Array(generator.pick(pieces).utf8)
        if generator.oneIn(50) { bytes.append(0xC3) }
      } else {
        let fields = (0..<3).map { _ in
          generator.pick([
            "", "a", "\"\"", "\"b,\n\"\"c\"\"\"", "\"d\"", "éé", "0123456789012345678901234567890123456789",
          ])
        }
        bytes += Array(fields.joined(separator: ",").utf8) + (generator.oneIn(5) ? [0x0D, 0x0A] : [0x0A])
      }
    }
    return bytes
  }

  @Test(arguments: [["k"], ["m"], ["l"], ["l", "k"]]) func aLookSaysWhatAParserSays(key: [String]) {
    let header = ["k", "m", "l"]
    let delimiter = UInt8(ascii: ",")
    var generator = SplitMix64(seed: UInt64(key.count))
    var survey = CSVSurvey(
      delimiter: delimiter, columns: 3, key: key.map { name in header.firstIndex(of: name) ?? 0 })
    var parser = RecordParser(format: .csv(delimiter: delimiter), header: header, key: key)
    var (taken, bytes) = (0, 0)
    for _ in 0..<4000 {
      let dump = Self.dump(&generator)
      bytes += dump.count
      unsafe dump.withUnsafeBytes { window in
        let length = unsafe survey.look(over: window)
        taken += length
        var splitter = BlockSplitter(format: .csv(delimiter: delimiter))
        var (start, keyStart) = (0, 0)
        let (records, keys) = unsafe (survey.found, survey.keyBytes)
        for index in records.indices {
          let record = unsafe records[index]
          let rest = unsafe UnsafeRawBufferPointer(rebasing: window[start...])
          let count = unsafe splitter.nextLength(rest)
          #expect(Int(record.end) == start + count)
          let line = unsafe UnsafeRawBufferPointer(rebasing: rest[..<count])
          let lines = unsafe line.count { $0 == 10 }
          #expect(Int(record.lines) == lines)
          let outcome = unsafe parser.parse(line)
          switch record.kind {
          case .blank: #expect(outcome == .blank)
          case .unsure:
            #expect(outcome != .blank)
          case .record:
            #expect(outcome == .record)
            var buffer = ByteBuffer()
            let hasKey = parser.appendKey(to: &buffer)
            #expect(hasKey)
            let key = unsafe Array(keys[keyStart..<Int(record.keyEnd)])
            let expected = buffer.array()
            #expect(key == expected)
          }
          (start, keyStart) = (Int(record.end), Int(record.keyEnd))
        }
        #expect(start == length)
      }
    }
    #expect(taken > bytes / 5, "\(taken) of \(bytes) bytes")
  }
}
