/// Decides after which record a block ends, by the content alone: content-defined chunking, on whole records.
///
/// A record ends a block with a probability that grows with its length, so that blocks have the same mean
/// length whatever the records' lengths are. As the decision is the record's own (within bounds), the same
/// records give the same blocks whatever stands before them. The hash is keyed, so nobody who writes into the feed can
/// make records that all cut, or never do.
struct BlockCutter {
  static let minimum = 1 << 10
  static let maximum = 16 << 10
  /// Mean length beyond the minimum; with it blocks have about 4 KiB on average.
  static let spread: UInt64 = 3 << 10

  /// Whether a block of `length` bytes that ends with a record of this hash and length ends here.
  @inline(__always)
  static func cuts(afterRecord hash: UInt64, length: Int, blockLength: Int) -> Bool {
    if blockLength < minimum { return false }
    if blockLength >= maximum { return true }
    return (hash >> 32) &* spread < UInt64(length) << 32
  }
}
