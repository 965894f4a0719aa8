/// Decides after which record a block ends, by the content alone: content-defined chunking, on whole records.
///
/// A record ends a block with a probability that grows with its length, so that blocks have the same mean
/// length whatever the records' lengths are. As the decision is the record's own (within bounds), the same
/// records give the same blocks whatever stands before them.
struct BlockCutter {
  static let minimum = 1 << 10
  static let maximum = 16 << 10
  /// Mean length beyond the minimum; with it blocks have about 4 KiB on average.
  static let spread: UInt64 = 3 << 10

  /// Whether a block of `length` bytes that ends with this record ends here.
  @inline(__always)
  static func cuts(after record: UnsafeRawBufferPointer, blockLength length: Int) -> Bool {
    if length < minimum { return false }
    if length >= maximum { return true }
    return unsafe (hash(record) >> 32) &* spread < UInt64(record.count) << 32
  }

  /// A quick 64-bit hash. Somebody who makes records that all cut, or never do, gets blocks at the bounds.
  @inline(__always)
  static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
    var position = 0
    while position + 8 <= bytes.count {
      let word = unsafe UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      state = mix(state ^ word)
      position += 8
    }
    var tail: UInt64 = 0
    while position < bytes.count {
      tail = unsafe tail << 8 | UInt64(bytes[position])
      position += 1
    }
    return mix(mix(state ^ tail))
  }

  @inline(__always)
  private static func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low
  }
}
