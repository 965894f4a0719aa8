import Basics
import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Turns CSV on standard input into JSON Lines on standard output, and does nothing else: how fast records are read and
/// written, without a store.
@main struct ToJSONLines {
  static func main() throws {
    let format = Format.csv(delimiter: 0x2C)
    var scanner = DumpScanner(format: format)
    var parser = RecordParser(format: format, header: [], key: [])
    var window = ByteBuffer(capacity: 256 << 10)
    var lines = ByteBuffer(capacity: 1 << 20)
    while true {
      let count = unsafe window.append(atMost: 128 << 10) { unsafe max(0, read(0, $0.baseAddress, $0.count)) }
      var position = 0
      cutting: while true {
        if scanner.isAtRecordBoundary {
          let start = position
          while let length = unsafe parser.parseFirst(
            of: UnsafeRawBufferPointer(rebasing: window.bytes[position...]))
          {
            try append(&parser, to: &lines)
            position += length
          }
          scanner.skippedRecords(bytes: position - start)
        }
        let rest = unsafe UnsafeRawBufferPointer(rebasing: window.bytes[position...])
        switch try unsafe scanner.next(rest, atEnd: count == 0) {
        case .record(let length):
          if unsafe parser.parse(UnsafeRawBufferPointer(rebasing: rest[..<length])) == .record {
            try append(&parser, to: &lines)
          }
          position += length
        case .header(let length):
          let header = try unsafe Header.parse(Array(rest[..<length]), delimiter: 0x2C)
          parser = RecordParser(format: format, header: header, key: [])
          position += length
        case .literal(let length), .oversized(let length, _): position += length
        case .needMore: break cutting
        case .end: return try hand(over: &lines)
        }
      }
      window.removeFirst(position)
    }
  }

  private static func append(_ parser: inout RecordParser, to lines: inout ByteBuffer) throws {
    lines.append("{")
    parser.appendMembers(to: &lines)
    lines.append("}\n")
    if lines.count >= 512 << 10 { try hand(over: &lines) }
  }

  private static func hand(over lines: inout ByteBuffer) throws {
    var done = 0
    while done < lines.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: lines.bytes[done...])
      let count = unsafe write(1, rest.baseAddress, rest.count)
      guard count >= 0 else { throw Failure(.unavailable, "standard output cannot be written") }
      done += count
    }
    lines.truncate()
  }
}
