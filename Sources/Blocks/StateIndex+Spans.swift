import Basics
import Hashing

/// How spans are written in a stored manifest.
extension StateIndex {
  static func append(_ spans: [Span], to out: inout ByteBuffer) {
    var last: Span?
    for span in spans {
      let sameFrame = last.map { $0.object == span.object && $0.frameOffset == span.frameOffset } ?? false
      let goesOn =
        last.map { last in
          last.kind == .block && last.object == span.object
            && last.storedRecords.upperBound == span.firstRecord
        } ?? false
      let numbers: UInt8 = span.kind != .block || goesOn ? 8 : 0
      out.append(span.kind.rawValue << 1 | (sameFrame ? 1 : 0) | numbers)
      out.appendFixed(span.fingerprint.high)
      out.appendFixed(span.fingerprint.low)
      out.appendVarint(UInt64(span.length))
      out.appendVarint(UInt64(span.records))
      out.appendVarint(UInt64(span.lines))
      out.appendVarint(UInt64(span.offset))
      if !sameFrame {
        out.appendVarint(UInt64(span.object))
        out.appendVarint(span.frameOffset)
        out.appendVarint(UInt64(span.frameLength))
      }
      if numbers == 0 { out.appendVarint(UInt64(span.firstRecord)) }
      last = span
    }
  }

  static func spans(_ reader: inout ByteReader, count: Int) throws(Failure) -> [Span] {
    var spans: [Span] = []
    // A damaged count must not ask for more memory than the description has bytes.
    spans.reserveCapacity(min(count, 1 << 20))
    for _ in 0..<count {
      let first = try reader.byte()
      guard let kind = Span.Kind(rawValue: first >> 1 & 3), first < 16 else {
        throw Failure(.badData, "the manifest is damaged: a span of kind \(first >> 1)")
      }
      let (high, low) = (try reader.fixed(), try reader.fixed())
      var span = Span(
        kind: kind, fingerprint: Fingerprint(high: high, low: low), length: try reader.number(),
        records: try reader.number(), lines: try reader.number(), object: 0, frameOffset: 0,
        frameLength: 0, offset: try reader.number(), firstRecord: 0)
      if first & 1 == 0 {
        span.object = try reader.number()
        span.frameOffset = UInt64(try reader.number(Int.self))
        span.frameLength = try reader.number()
      } else if let last = spans.last {
        span.object = last.object
        span.frameOffset = last.frameOffset
        span.frameLength = last.frameLength
      } else {
        throw Failure(.badData, "the manifest is damaged: its first span has no frame")
      }
      if first & 8 == 0 {
        span.firstRecord = try reader.number()
      } else if kind == .block {
        guard let last = spans.last, last.kind == .block else {
          throw Failure(.badData, "the manifest is damaged: records that follow no others")
        }
        span.firstRecord = UInt32(truncatingIfNeeded: last.storedRecords.upperBound)
      }
      if kind != .block, span.firstRecord != 0 {
        throw Failure(.badData, "the manifest is damaged: what has no records says where they begin")
      }
      guard span.frameOffset <= 1 << 62, span.storedRecords.upperBound <= UInt32.max else {
        throw Failure(.badData, "the manifest is damaged: a frame or a record at no place")
      }
      spans.append(span)
    }
    return spans
  }

  static func append(_ text: String, to out: inout ByteBuffer) {
    out.appendVarint(UInt64(text.utf8.count))
    out.append(text)
  }

  static func string(_ reader: inout ByteReader) throws(Failure) -> String {
    String(decoding: try reader.take(try reader.number()), as: UTF8.self)
  }
}
