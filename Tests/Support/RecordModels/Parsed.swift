import Basics
package import Records
package import StrandlineTesting

/// All that can be asked of one record.
package struct Parsed: Equatable {
  package var outcome: RecordParser.Outcome
  package var canonical = ""
  package var key: [UInt8] = []
  package var keyIsSet = false
  package var keyJSON = ""
  package var members = ""
  package var fields: [[String]] = []

  package var reason: BadRecord.Reason? { if case .bad(let bad) = outcome { bad.reason } else { nil } }
  package var message: String { if case .bad(let bad) = outcome { bad.message } else { "" } }
}

package func parse(_ record: [UInt8], with parser: inout RecordParser) -> Parsed {
  func text(_ buffer: inout ByteBuffer) -> String {
    defer { buffer.truncate() }
    return String(decoding: buffer.array(), as: UTF8.self)
  }
  return unsafe record.whole { bytes in
    var parsed = unsafe Parsed(outcome: parser.parse(bytes))
    guard parsed.outcome == .record else { return parsed }
    var buffer = ByteBuffer(capacity: 1)
    parser.appendCanonical(to: &buffer)
    parsed.canonical = text(&buffer)
    parsed.keyIsSet = parser.appendKey(to: &buffer)
    parsed.key = buffer.array()
    buffer.truncate()
    parser.appendKeyJSON(to: &buffer)
    parsed.keyJSON = text(&buffer)
    parser.appendMembers(to: &buffer)
    parsed.members = text(&buffer)
    parsed.fields = parser.fields().map { [$0.name, $0.text, $0.isString ? "string" : "other"] }
    return parsed
  }
}

/// Parses one JSON line.
package func json(_ line: String, key: [String] = [], blanks: Blanks = .dropped) -> Parsed {
  json(Array(line.utf8), key: key, blanks: blanks)
}

package func json(_ line: [UInt8], key: [String] = [], blanks: Blanks = .dropped) -> Parsed {
  var parser = RecordParser(format: .jsonLines, header: [], key: key, blanks: blanks)
  return parse(line, with: &parser)
}

/// Parses one CSV record.
package func csv(_ line: String, _ header: [String], key: [String] = [], blanks: Blanks = .dropped) -> Parsed
{
  csv(Array(line.utf8), header, key: key, blanks: blanks)
}

package func csv(_ line: [UInt8], _ header: [String], key: [String] = [], blanks: Blanks = .dropped) -> Parsed
{
  var parser = RecordParser(format: comma, header: header, key: key, blanks: blanks)
  return parse(line, with: &parser)
}

/// Up to `length` bytes of the alphabet.
package func noise(_ alphabet: [UInt8], _ length: Int, _ generator: inout SplitMix64) -> [UInt8] {
  (0..<generator.below(length + 1)).map { _ in generator.pick(alphabet) }
}
