import StrandlineTesting
import Records

/// A dump that is made of parts, so that it can be edited as a source would.
struct RandomDump {
  var format: Format
  var mark: [UInt8] = []
  var prefix: [UInt8] = []
  var rows: [[UInt8]] = []
  var suffix: [UInt8] = []
  var lineEnd: [UInt8] = [10]
  var endsOpen = false
  private var number = 0

  init(_ generator: inout SplitMix64, rows count: Int, width: Int) {
    format = generator.pick([
      .csv(delimiter: 0x2C), .csv(delimiter: 0x3B), .jsonLines, .json(unwrap: ["a", "b"]),
    ])
    if generator.oneIn(4) { mark = [0xEF, 0xBB, 0xBF] }
    if generator.oneIn(3) { lineEnd = [13, 10] }
    endsOpen = generator.oneIn(4)
    switch format {
    case .csv: prefix = (generator.oneIn(5) ? lineEnd : []) + Array("id,\"na\"\"me\"".utf8) + lineEnd
    case .jsonLines: break
    case .json:
      prefix = Array(" {\"n\":[1,2],\"a\":{\"b\":[".utf8)
      suffix = Array("\n]},\"more\":\"]\"}".utf8) + (endsOpen ? [] : [10])
    }
    for _ in 0..<count { rows.append(row(&generator, width: width)) }
  }

  var bytes: [UInt8] {
    var out = mark + prefix
    for (place, row) in rows.enumerated() {
      out += row
      if case .json = format {
        if place < rows.count - 1 { out.append(0x2C) }
      } else if place < rows.count - 1 || !endsOpen {
        out += lineEnd
      }
    }
    return out + suffix
  }

  /// One row that was never there before, more often than not.
  mutating func row(_ generator: inout SplitMix64, width: Int) -> [UInt8] {
    number += 1
    let text = String(repeating: "x\(generator.below(1000))", count: generator.below(width / 3 + 1))
    switch format {
    case .csv:
      switch generator.below(12) {
      case 0: return []
      case 1: return Array("\(number),\"\(text)\n,\"\"\",z".utf8)
      case 2: return Array("a\"b\(number)".utf8)
      case 3: return [0xFF, 0x2C, 0x80]
      default: return Array("\(number),\(text)".utf8)
      }
    case .jsonLines:
      return generator.oneIn(8)
        ? Array("{broken \(number)".utf8) : Array("{\"id\":\(number),\"t\":\"\(text)\"}".utf8)
    case .json:
      let space = generator.pick(["", " ", "\n  ", "\r\n"])
      switch generator.below(10) {
      case 0: return Array("\(space)[1,{\"]\":\"}\\\"\"},\(number)]".utf8)
      case 1: return Array("\(space)nonsense \(number)\(space)".utf8)
      default: return Array("\(space){\"id\":\(number),\"t\":\"\(text)\",\"u\":[{}]}".utf8)
      }
    }
  }

  /// What happens to dumps between two runs.
  mutating func edit(_ generator: inout SplitMix64, width: Int) {
    for _ in 0..<generator.below(5) {
      let place = generator.below(rows.count + 1)
      let end = min(rows.count, place + 1 + generator.below(30))
      switch generator.below(11) {
      case 0: rows.insert(row(&generator, width: width), at: place)
      case 1: if place < rows.count { rows.remove(at: place) }
      case 2: if place < rows.count { rows[place] = row(&generator, width: width) }
      case 3:
        let moved = Array(rows[place..<end])
        rows.removeSubrange(place..<end)
        rows.insert(contentsOf: moved, at: generator.below(rows.count + 1))
      case 4: if case .csv = format { prefix = Array("id,name\(generator.below(3))".utf8) + lineEnd }
      case 5: if case .json = format { prefix = Array("{\"n\":\(generator.below(9)),\"a\":{\"b\":[".utf8) }
      case 6: rows.removeSubrange(place..<end)
      case 7: if case .json = format {} else { endsOpen.toggle() }
      case 8: if let last = rows.indices.last { rows[last] += Array("c".utf8) }
      case 9: mark = mark.isEmpty ? [0xEF, 0xBB, 0xBF] : []
      default: for _ in 0..<generator.below(40) { rows.append(row(&generator, width: width)) }
      }
    }
  }

  /// The same dump after an accident.
  static func broken(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    switch generator.below(4) {
    case 0: return Array("<!DOCTYPE html><html><body>Error 500: [\"try\", {\"later\"}]</body></html>\n".utf8)
    case 1: return Array(bytes.prefix(generator.below(bytes.count + 1)))
    case 2: return bytes + Array("{]".utf8)
    default:
      for _ in 0..<3 where !bytes.isEmpty {
        bytes[generator.below(bytes.count)] = generator.pick(Array("\"]},\n".utf8))
      }
      return bytes
    }
  }
}
