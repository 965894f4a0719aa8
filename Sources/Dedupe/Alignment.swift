public import Blocks
import Hashing

/// Which spans two manifests share in the same order: what lies between them is what changed.
///
/// Spans that moved relative to others count as changed, because which of two records with one key is taken
/// depends on their order.
public struct Alignment {
  /// A stretch of both manifests.
  public struct Segment: Equatable {
    /// Spans of the earlier manifest.
    public var before: Range<Int>
    /// Spans of the later one; if `isSame`, as many and the same.
    public var after: Range<Int>
    /// Whether both stretches are the same spans.
    public var isSame: Bool
  }

  /// The stretches, which cover both manifests from front to back.
  public private(set) var segments: [Segment] = []

  /// Nothing is taken as known: one stretch with everything.
  public init(unrelated before: [Span], _ after: [Span]) {
    segments = [Segment(before: before.indices, after: after.indices, isSame: false)]
  }

  /// Finds a longest common subsequence among spans that can be paired.
  public init(_ before: [Span], _ after: [Span]) {
    let shorter = min(before.count, after.count)
    var prefix = 0
    while prefix < shorter, before[prefix].isSame(as: after[prefix]) { prefix += 1 }
    var suffix = 0
    while suffix < shorter - prefix,
      before[before.count - 1 - suffix].isSame(as: after[after.count - 1 - suffix])
    {
      suffix += 1
    }
    let oldMiddle = prefix..<before.count - suffix
    let newMiddle = prefix..<after.count - suffix
    append(before: 0..<prefix, after: 0..<prefix, isSame: true)
    var (old, new) = (prefix, prefix)
    for pair in Self.commonInOrder(before, oldMiddle, after, newMiddle) {
      append(before: old..<pair.old, after: new..<pair.new, isSame: false)
      append(before: pair.old..<pair.old + 1, after: pair.new..<pair.new + 1, isSame: true)
      (old, new) = (pair.old + 1, pair.new + 1)
    }
    append(before: old..<oldMiddle.upperBound, after: new..<newMiddle.upperBound, isSame: false)
    append(
      before: oldMiddle.upperBound..<before.count, after: newMiddle.upperBound..<after.count, isSame: true)
  }

  /// Splits stretches so that spans (of the later manifest) for which `isChanged` says so count as changed.
  public mutating func demote(where isChanged: (_ before: Int, _ after: Int) -> Bool) {
    let old = segments
    segments = []
    for segment in old {
      guard segment.isSame else {
        append(before: segment.before, after: segment.after, isSame: false)
        continue
      }
      for (before, after) in zip(segment.before, segment.after) {
        append(before: before..<before + 1, after: after..<after + 1, isSame: !isChanged(before, after))
      }
    }
  }

  private mutating func append(before: Range<Int>, after: Range<Int>, isSame: Bool) {
    if before.isEmpty, after.isEmpty { return }
    if let last = segments.indices.last, segments[last].isSame == isSame {
      segments[last].before = segments[last].before.lowerBound..<before.upperBound
      segments[last].after = segments[last].after.lowerBound..<after.upperBound
    } else {
      segments.append(Segment(before: before, after: after, isSame: isSame))
    }
  }

  /// Pairs the n-th occurrence of a span with its n-th occurrence, and keeps the most pairs that are in order
  /// (longest increasing subsequence, by patience sorting).
  private static func commonInOrder(
    _ before: [Span], _ oldRange: Range<Int>, _ after: [Span], _ newRange: Range<Int>
  ) -> [(old: Int, new: Int)] {
    if oldRange.isEmpty || newRange.isEmpty { return [] }
    var firstPlace = [Fingerprint: Int](minimumCapacity: oldRange.count)
    var nextPlace = [Int](repeating: -1, count: oldRange.count)
    for index in oldRange.reversed() {
      if let next = firstPlace.updateValue(index, forKey: before[index].fingerprint) {
        nextPlace[index - oldRange.lowerBound] = next
      }
    }
    var pairs: [(old: Int, new: Int)] = []
    for index in newRange {
      guard let place = firstPlace[after[index].fingerprint], before[place].isSame(as: after[index]) else {
        continue
      }
      let next = nextPlace[place - oldRange.lowerBound]
      firstPlace[after[index].fingerprint] = next < 0 ? nil : next
      pairs.append((place, index))
    }
    var tails: [Int] = []
    var previous = [Int](repeating: -1, count: pairs.count)
    for index in pairs.indices {
      var (low, high) = (0, tails.count)
      while low < high {
        let middle = (low + high) / 2
        if pairs[tails[middle]].old < pairs[index].old { low = middle + 1 } else { high = middle }
      }
      if low > 0 { previous[index] = tails[low - 1] }
      if low == tails.count { tails.append(index) } else { tails[low] = index }
    }
    var chain: [(old: Int, new: Int)] = []
    var index = tails.last ?? -1
    while index >= 0 {
      chain.append(pairs[index])
      index = previous[index]
    }
    return chain.reversed()
  }
}
