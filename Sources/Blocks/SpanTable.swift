public import Hashing

/// Finds spans by fingerprint: an open-addressed table of positions. The fingerprints are random already, so their
/// bits are the hash.
public struct SpanTable {
  private static let free = UInt32.max
  private var slots: [UInt32]
  private let mask: Int

  /// A table of all these spans; of equal ones the first is found.
  public init(_ spans: [Span]) {
    var size = 16
    while size < spans.count * 2 { size *= 2 }
    mask = size - 1
    slots = [UInt32](repeating: Self.free, count: size)
    for index in spans.indices { insert(index, of: spans) }
  }

  /// Adds the span at a position; does nothing if an equal one is there.
  private mutating func insert(_ index: Int, of spans: [Span]) {
    let fingerprint = spans[index].fingerprint
    var slot = Int(truncatingIfNeeded: fingerprint.low) & mask
    while slots[slot] != Self.free {
      if spans[Int(slots[slot])].fingerprint == fingerprint { return }
      slot = (slot + 1) & mask
    }
    slots[slot] = UInt32(index)
  }

  /// Where the first span of this fingerprint is among those that the table was made of.
  public func position(of fingerprint: Fingerprint, in spans: [Span]) -> Int? {
    var slot = Int(truncatingIfNeeded: fingerprint.low) & mask
    while slots[slot] != Self.free {
      let index = Int(slots[slot])
      if spans[index].fingerprint == fingerprint { return index }
      slot = (slot + 1) & mask
    }
    return nil
  }
}
