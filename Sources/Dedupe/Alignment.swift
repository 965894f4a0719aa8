public import Blocks
import Hashing

/// Which spans two manifests share in the same order: what lies between them is what changed.
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

  /// Walks through both, and where they part looks for the nearest place where they meet again. Spans that moved
  /// far count as changed; their records are paired one by one later.
  public init(_ before: [Span], _ after: [Span]) {
    var (old, new) = (0, 0)
    var table: SpanTable?
    while old < before.count, new < after.count {
      let start = (old, new)
      while old < before.count, new < after.count, before[old].isSame(as: after[new]) {
        old += 1
        new += 1
      }
      append(before: start.0..<old, after: start.1..<new, isSame: true)
      guard old < before.count, new < after.count else { break }
      let (skipped, added) =
        Self.nearest(before, old, after, new) ?? Self.farther(before, old, after, new, &table)
      append(before: old..<old + skipped, after: new..<new + added, isSame: false)
      old += skipped
      new += added
    }
    append(before: old..<before.count, after: new..<after.count, isSame: false)
  }

  /// How many spans of each lie before the nearest place where both go on alike; nil if that is not near.
  private static func nearest(
    _ before: [Span], _ old: Int, _ after: [Span], _ new: Int
  ) -> (Int, Int)? {
    for distance in 1...48 {
      for skipped in 0...distance {
        let (i, j) = (old + skipped, new + distance - skipped)
        if i < before.count, j < after.count, before[i].isSame(as: after[j]) {
          return (skipped, distance - skipped)
        }
      }
    }
    return nil
  }

  /// The same by looking each span of the later manifest up in the earlier one.
  private static func farther(
    _ before: [Span], _ old: Int, _ after: [Span], _ new: Int, _ table: inout SpanTable?
  ) -> (Int, Int) {
    let known = table ?? SpanTable(before)
    table = known
    for index in new..<after.count {
      if let place = known.position(of: after[index].fingerprint, in: before), place >= old,
        before[place].isSame(as: after[index])
      {
        return (place - old, index - new)
      }
    }
    return (before.count - old, after.count - new)
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
}
