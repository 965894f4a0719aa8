import Basics
import Blocks
import Dedupe
import Hashing

/// Which spans make a part of the current set, and what its content follows from.
///
/// Parts are ranges of the dump, cut where a span's content says so: a change makes the parts anew in which
/// it is, whatever it does to positions. There are at most 16.
struct PartPlan {
  struct Part {
    var spans: Range<Int>
    var digest: String
  }

  /// The keys of all spans of the dump.
  let keys: [RowKey]
  private(set) var parts: [Part] = []

  /// - Parameter least: parts of about so many bytes of the dump, or more of a large one.
  init(_ side: Side, keys: [RowKey], borders: RowKeys, least: Int) {
    self.keys = keys
    let spans = side.manifest.spans
    let total = side.manifest.byteCount
    // Parts are at least half as long as this, and mostly not much longer than that, so that those of a million rows can be
    // sent by one request each. It grows in steps of a half and a third in turn: where it does, all parts are cut anew.
    var target = least
    var isPower = true
    while target < total / 8 {
      target += target / (isPower ? 2 : 3)
      isPower.toggle()
    }
    var start = 0
    var length = 0
    for index in spans.indices {
      length += Int(spans[index].length)
      let isLast = index == spans.count - 1
      let wanted = UInt64(spans[index].length) << 32 / UInt64(target / 8)
      let cuts = length >= target / 2 && borders.border(spans[index]) >> 32 < wanted
      if isLast || cuts || length >= target * 2 {
        add(start..<index + 1)
        start = index + 1
        length = 0
      }
    }
    if parts.isEmpty { add(0..<0) }
  }

  private mutating func add(_ range: Range<Int>) {
    // The keys say everything: how records are read and named, and their times.
    var out = ByteBuffer(capacity: range.count * MemoryLayout<RowKey>.size)
    for key in keys[range] where key != .none { out.append(key) }
    var hash = SHA256()
    unsafe hash.update(out.bytes)
    parts.append(Part(spans: range, digest: hex(hash.digest())))
  }
}

extension ByteBuffer {
  /// Appends the 16 bytes of a key.
  @inline(__always) mutating func append(_ key: RowKey) {
    unsafe withUnsafeBytes(of: (key.high.littleEndian, key.low.littleEndian)) { unsafe append($0) }
  }
}
