package import Records

/// What a CSV record says, found out byte by byte in the most obvious manner.
package struct SlowCSV {
  package var header: [String]
  package var key: [String] = []
  package var delimiter = UInt8(ascii: ",")
  package var blanks = Blanks.dropped

  package init(
    header: [String], key: [String] = [], delimiter: UInt8 = UInt8(ascii: ","), blanks: Blanks = .dropped
  ) {
    self.header = header
    self.key = key
    self.delimiter = delimiter
    self.blanks = blanks
  }

  /// As ``parse(_:with:)`` tells it; of a fault only the reason.
  package func parse(_ record: [UInt8]) -> (reason: BadRecord.Reason?, isBlank: Bool, parsed: Parsed) {
    var line = record[...]
    if line.last == 0x0A {
      line.removeLast()
      if line.last == 0x0D { line.removeLast() }
    }
    var parsed = Parsed(outcome: .record)
    if line.isEmpty { return (nil, true, parsed) }
    guard let fields = fields(Array(line)) else { return (.unterminatedQuote, false, parsed) }
    if String(validating: line, as: UTF8.self) == nil { return (.invalidUTF8, false, parsed) }
    if fields.count != header.count { return (.fieldCount, false, parsed) }
    let parts = key.map { name in header.firstIndex(of: name).map { fields[$0] } ?? [] }
    if !key.isEmpty, parts.allSatisfy(\.isEmpty) { return (.blankKey, false, parsed) }

    let members = header.indices.map { (name: string(Array(header[$0].utf8)), value: string(fields[$0])) }
    parsed.members = text(members)
    let sorted = header.indices.sorted { header[$0].utf8.lexicographicallyPrecedes(header[$1].utf8) }
    parsed.canonical =
      "{" + text(sorted.filter { blanks == .kept || !fields[$0].isEmpty }.map { members[$0] }) + "}"
    parsed.keyIsSet = true
    let words = parts.map { String(decoding: $0, as: UTF8.self) }
    parsed.key = key.isEmpty ? Array(parsed.canonical.utf8) : encodeKey(parts: words)
    parsed.keyJSON =
      key.isEmpty ? parsed.canonical : "[" + parts.map { string($0) }.joined(separator: ",") + "]"
    parsed.fields = header.indices.map {
      [header[$0], String(decoding: fields[$0], as: UTF8.self), "string"]
    }
    return (nil, false, parsed)
  }

  /// The fields' texts; nil if a quoted one does not end.
  package func fields(_ line: [UInt8]) -> [[UInt8]]? {
    var fields: [[UInt8]] = [[]]
    var isQuoted = false
    var isStart = true
    var index = 0
    while index < line.count {
      let byte = line[index]
      index += 1
      if isQuoted {
        if byte != 0x22 {
          fields[fields.count - 1].append(byte)
        } else if index < line.count, line[index] == 0x22 {
          fields[fields.count - 1].append(byte)
          index += 1
        } else {
          isQuoted = false
        }
      } else if byte == delimiter {
        fields.append([])
        isStart = true
        continue
      } else if byte == 0x22, isStart {
        isQuoted = true
      } else {
        fields[fields.count - 1].append(byte)
      }
      isStart = false
    }
    return isQuoted ? nil : fields
  }

  private func text(_ members: [(name: String, value: String)]) -> String {
    members.map { $0.name + ":" + $0.value }.joined(separator: ",")
  }

  private func string(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = [0x22]
    for byte in bytes {
      switch byte {
      case 0x22: text += Array("\\\"".utf8)
      case 0x5C: text += Array("\\\\".utf8)
      case 0x08: text += Array("\\b".utf8)
      case 0x0C: text += Array("\\f".utf8)
      case 0x0A: text += Array("\\n".utf8)
      case 0x0D: text += Array("\\r".utf8)
      case 0x09: text += Array("\\t".utf8)
      case 0..<0x20: text += Array(((byte < 0x10 ? "\\u000" : "\\u00") + String(byte, radix: 16)).utf8)
      default: text.append(byte)
      }
    }
    return String(decoding: text + [0x22], as: UTF8.self)
  }
}
