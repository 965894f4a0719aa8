/// A bit for each record.
struct Bits {
  private var words: [UInt64]
  /// How many bits are set.
  private(set) var count = 0

  /// None is set.
  init(_ size: Int) { words = [UInt64](repeating: 0, count: (size + 63) / 64) }

  @inline(__always)
  subscript(_ place: Int) -> Bool { words[place >> 6] >> UInt64(place & 63) & 1 == 1 }

  /// Sets a bit that was not set.
  mutating func set(_ place: Int) {
    words[place >> 6] |= 1 << UInt64(place & 63)
    count += 1
  }

  /// Clears a bit that was set.
  mutating func clear(_ place: Int) {
    words[place >> 6] &= ~(1 << UInt64(place & 63))
    count -= 1
  }
}
