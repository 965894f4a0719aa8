import Basics
import Blocks
import Dedupe
import Hashing

/// Which spans make a part of the current set, and what its content follows from.
///
/// Parts are ranges of the dump, cut where a span's fingerprint says so: a change makes the parts anew in which
/// it is, whatever it does to positions. There are at most 16.
struct PartPlan {
  private static let least = 4 << 20

  struct Part {
    var spans: Range<Int>
    var digest: String
  }

  private(set) var parts: [Part] = []

  init(_ side: Side, patch: Patch, naming: [String: String]) {
    let spans = side.manifest.spans
    var target = Self.least
    while target < side.manifest.byteCount / 8 { target *= 2 }
    var cursor = PatchCursor(patch)
    var start = 0
    var length = 0
    for index in spans.indices {
      length += Int(spans[index].length)
      let isLast = index == spans.count - 1
      let wanted = UInt64(spans[index].length) << 32 / UInt64(target / 2)
      let cuts = length >= target / 2 && (spans[index].fingerprint.low & 0xFFFF_FFFF < wanted)
      if isLast || cuts || length >= target * 2 {
        add(start..<index + 1, side, &cursor, naming)
        start = index + 1
        length = 0
      }
    }
    if parts.isEmpty { add(0..<0, side, &cursor, naming) }
  }

  private mutating func add(
    _ range: Range<Int>, _ side: Side, _ cursor: inout PatchCursor, _ naming: [String: String]
  ) {
    var out = ByteBuffer()
    out.append("part 1\n\(side.reading.format)\n")
    for name in side.reading.header { out.append("\(name.utf8.count):\(name)\n") }
    for (name, published) in naming.sorted(by: { $0.key < $1.key }) {
      out.append("\(name.utf8.count):\(name)=\(published)\n")
    }
    for span in side.manifest.spans[range] {
      out.append(span.kind.rawValue)
      out.appendFixed(span.fingerprint.high)
      out.appendFixed(span.fingerprint.low)
    }
    var ordinal = side.firstRecord[range.lowerBound]
    let end = side.firstRecord[range.upperBound]
    while ordinal < end {
      let (tag, count) = cursor.tag(at: ordinal)
      let stop = min(end, ordinal + count)
      out.appendVarint(UInt64(tag.rawValue))
      out.appendVarint(UInt64(stop - ordinal))
      ordinal = stop
    }
    var hash = SHA256()
    unsafe hash.update(out.bytes)
    parts.append(Part(spans: range, digest: hex(hash.digest())))
  }
}
