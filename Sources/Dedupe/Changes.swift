/// Changes in the later dump's order; what is gone comes last, in the earlier dump's order.
///
/// Records that follow one another in both dumps and all changed are noted once: where every record changed and none
/// moved, that is one note instead of eight bytes for each.
public struct Changes: Sendable, Collection {
  struct Run {
    var first: Change
    var count: UInt32

    /// The change after so many others.
    func change(_ offset: UInt32) -> Change {
      Change(
        beforeOrdinal: first.beforeOrdinal == Change.none ? Change.none : first.beforeOrdinal + offset,
        afterOrdinal: first.afterOrdinal == Change.none ? Change.none : first.afterOrdinal + offset)
    }
  }

  /// A place among the changes.
  public struct Index: Comparable, Sendable {
    var run: Int
    var offset: UInt32

    /// In the order of the changes.
    public static func < (a: Index, b: Index) -> Bool { (a.run, a.offset) < (b.run, b.offset) }
  }

  private(set) var runs: [Run] = []
  /// How many changes there are.
  public private(set) var count = 0

  /// The first one.
  public var startIndex: Index { Index(run: 0, offset: 0) }
  /// After the last one.
  public var endIndex: Index { Index(run: runs.count, offset: 0) }

  /// The place after another.
  public func index(after place: Index) -> Index {
    place.offset + 1 < runs[place.run].count
      ? Index(run: place.run, offset: place.offset + 1) : Index(run: place.run + 1, offset: 0)
  }

  /// The change at a place.
  public subscript(_ place: Index) -> Change { runs[place.run].change(place.offset) }

  /// Notes one more, in any order; ``sort()`` once all are there.
  mutating func append(_ change: Change) {
    count += 1
    if let last = runs.indices.last {
      let next = runs[last].change(runs[last].count)
      if next.beforeOrdinal == change.beforeOrdinal, next.afterOrdinal == change.afterOrdinal {
        runs[last].count += 1
        return
      }
    }
    runs.append(Run(first: change, count: 1))
  }

  /// Puts them in order. No two are of one record, so runs do not overlap.
  mutating func sort() {
    let isSorted = zip(runs, runs.dropFirst()).allSatisfy { Change.precedes($0.first, $1.first) }
    if !isSorted { runs.sort { Change.precedes($0.first, $1.first) } }
  }
}
