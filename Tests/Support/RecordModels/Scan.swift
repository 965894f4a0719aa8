package import Records

package let comma = Format.csv(delimiter: 0x2C)

/// A piece with its bytes.
package enum Cut: Equatable, CustomStringConvertible {
  case literal([UInt8])
  case header([UInt8])
  case record([UInt8])
  case oversized([UInt8])

  package var bytes: [UInt8] {
    switch self {
    case .literal(let bytes), .header(let bytes), .record(let bytes), .oversized(let bytes): bytes
    }
  }

  package var description: String {
    let text = String(decoding: bytes, as: UTF8.self).debugDescription
    switch self {
    case .literal: return "literal \(text)"
    case .header: return "header \(text)"
    case .record: return "record \(text)"
    case .oversized: return "oversized \(text)"
    }
  }
}

package struct Scan: Equatable {
  package var pieces: [Cut] = []
  package var ending: DumpScanner.Ending?
  package var error: ScanError?
}

/// Cuts a whole dump. Each window is what `window` says, and longer where the scanner asks for more; literals and
/// stretches that come one after the other are put together.
package func scan(
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

  package func withUnsafeBytesOf<R, E: Error>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    unsafe try withUnsafeBufferPointer { (buffer) throws(E) -> R in
      unsafe try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[range])))
    }
  }

  package func whole<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    unsafe try withUnsafeBytesOf(0..<count, body)
  }
}
