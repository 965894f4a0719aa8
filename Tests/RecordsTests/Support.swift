import StrandlineTesting
import Basics
import Records

let comma = Format.csv(delimiter: 0x2C)

/// A piece with its bytes.
enum Cut: Equatable, CustomStringConvertible {
  case literal([UInt8])
  case header([UInt8])
  case record([UInt8])
  case oversized([UInt8])

  var bytes: [UInt8] {
    switch self {
    case .literal(let bytes), .header(let bytes), .record(let bytes), .oversized(let bytes): bytes
    }
  }

  var description: String {
    let text = String(decoding: bytes, as: UTF8.self).debugDescription
    switch self {
    case .literal: return "literal \(text)"
    case .header: return "header \(text)"
    case .record: return "record \(text)"
    case .oversized: return "oversized \(text)"
    }
  }
}

struct Scan: Equatable {
  var pieces: [Cut] = []
  var ending: DumpScanner.Ending?
  var error: ScanError?
}

/// Cuts a whole dump. Each window is what `window` says, and longer where the scanner asks for more; literals and
/// stretches that come one after the other are put together.
func scan(
  _ dump: [UInt8], _ format: Format, maximum: Int = DumpScanner.maxRecordBytes,
  window: () -> Int = { Int.max / 4 }
) -> Scan {
  var scanner = DumpScanner(format: format, maxRecordBytes: maximum)
  var result = Scan()
  var position = 0
  var size = max(1, window())
  var isOpen = false
  while true {
    let end = min(dump.count, position + size)
    do throws(ScanError) {
      let piece = unsafe try dump.withUnsafeBytesOf(position..<end) { bytes throws(ScanError) in
        unsafe try scanner.next(bytes, atEnd: end == dump.count)
      }
      func take(_ length: Int) -> [UInt8] {
        defer { position += length }
        size = max(1, window())
        return Array(dump[position..<position + length])
      }
      switch piece {
      case .literal(let length):
        if case .literal(let before)? = result.pieces.last {
          result.pieces[result.pieces.count - 1] = .literal(before + take(length))
        } else {
          result.pieces.append(.literal(take(length)))
        }
      case .header(let length): result.pieces.append(.header(take(length)))
      case .record(let length): result.pieces.append(.record(take(length)))
      case .oversized(let length, let last):
        if isOpen, case .oversized(let before)? = result.pieces.last {
          result.pieces[result.pieces.count - 1] = .oversized(before + take(length))
        } else {
          result.pieces.append(.oversized(take(length)))
        }
        isOpen = !last
      case .needMore:
        precondition(end < dump.count, "more than everything")
        precondition(end - position < maximum + 200, "a longer window than promised")
        size = end - position + max(1, window())
      case .end:
        precondition(position == dump.count)
        result.ending = scanner.ending
        return result
      }
    } catch {
      result.error = error
      return result
    }
  }
}

extension [UInt8] {
  init(_ text: String) { self = Array(text.utf8) }

  func withUnsafeBytesOf<R, E: Error>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    unsafe try withUnsafeBufferPointer { (buffer) throws(E) -> R in
      unsafe try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[range])))
    }
  }

  func whole<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    unsafe try withUnsafeBytesOf(0..<count, body)
  }
}

/// All that can be asked of one record.
struct Parsed: Equatable {
  var outcome: RecordParser.Outcome
  var canonical = ""
  var key: [UInt8] = []
  var keyIsSet = false
  var keyJSON = ""
  var members = ""
  var fields: [[String]] = []

  var reason: BadRecord.Reason? { if case .bad(let bad) = outcome { bad.reason } else { nil } }
  var message: String { if case .bad(let bad) = outcome { bad.message } else { "" } }
}

func parse(_ record: [UInt8], with parser: inout RecordParser) -> Parsed {
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
func json(_ line: String, key: [String] = [], blanks: Blanks = .dropped) -> Parsed {
  json(Array(line.utf8), key: key, blanks: blanks)
}

func json(_ line: [UInt8], key: [String] = [], blanks: Blanks = .dropped) -> Parsed {
  var parser = RecordParser(format: .jsonLines, header: [], key: key, blanks: blanks)
  return parse(line, with: &parser)
}

/// Parses one CSV record.
func csv(_ line: String, _ header: [String], key: [String] = [], blanks: Blanks = .dropped) -> Parsed {
  csv(Array(line.utf8), header, key: key, blanks: blanks)
}

func csv(_ line: [UInt8], _ header: [String], key: [String] = [], blanks: Blanks = .dropped) -> Parsed {
  var parser = RecordParser(format: comma, header: header, key: key, blanks: blanks)
  return parse(line, with: &parser)
}

/// Up to `length` bytes of the alphabet.
func noise(_ alphabet: [UInt8], _ length: Int, _ generator: inout SplitMix64) -> [UInt8] {
  (0..<generator.below(length + 1)).map { _ in generator.pick(alphabet) }
}
