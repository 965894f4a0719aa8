import Basics
import Blocks

/// Which records in changed spans both dumps have, byte for byte, wherever they stand: they need not be parsed.
///
/// A record is known again by its place in the store, or by its hash where many are left.
struct Pairing {
  private static let mostTries = 64

  /// For each record of changed spans of the later dump its number in the earlier one; ``Change/none`` without one.
  private(set) var before: [UInt32]
  /// Which records of changed spans of the earlier dump are paired, or settled otherwise.
  private(set) var done: Bits
  /// Where no record is paired: which ones of the later dump are settled.
  private let settled: Bits?

  /// Nothing is paired, but some records are settled.
  init(before: Bits, after: Bits) {
    (self.before, done, settled) = ([], before, after)
  }

  /// Pairs the records of changed spans.
  init(
    _ before: Side, _ after: Side, _ changed: [Alignment.Segment], leastForHashes: Int
  ) throws(Failure) {
    let old = Pieces(before, changed.map(\.before))
    let new = Pieces(after, changed.map(\.after))
    settled = nil
    done = Bits(old.recordCount)
    self.before = [UInt32](repeating: Change.none, count: new.recordCount)
    pairByPlace(before, old, after, new)
    let left = (old.recordCount - done.count, self.before.count { $0 == Change.none })
    if min(left.0, left.1) >= leastForHashes { try pairByHash(before, old, after, new, left.0) }
  }

  /// Whether the record at a place of the earlier dump is still to be matched.
  @inline(__always)
  func isLeft(before place: Int) -> Bool { !done[place] }

  /// The same of the later dump.
  @inline(__always)
  func isLeft(after place: Int) -> Bool {
    settled.map { !$0[place] } ?? (before[place] == Change.none)
  }

  /// Of so many records of each dump how many are still to be matched.
  func left(before old: Int, after new: Int) -> Int {
    old - done.count + (settled.map { new - $0.count } ?? before.count { $0 == Change.none })
  }

  /// Pairs two records, unless one of them is paired already.
  mutating func pair(old: Int, place oldPlace: Int, new place: Int) {
    guard !done[oldPlace], before[place] == Change.none else { return }
    before[place] = UInt32(old)
    done.set(oldPlace)
  }

  /// The numbers in the later dump of records that are paired, by those in the earlier one.
  func numbers(of wanted: Set<UInt32>, in new: Pieces) -> [UInt32: UInt32] {
    var numbers: [UInt32: UInt32] = [:]
    for piece in new {
      for place in piece.place..<piece.end
      where before[place] != Change.none && wanted.contains(before[place]) {
        numbers[before[place]] = UInt32(piece.ordinal + place - piece.place)
      }
    }
    return numbers
  }

  /// Equal bytes of which two states decided otherwise are compared as different records.
  mutating func partTakenOtherwise(_ old: Side, _ new: Side, _ changed: [Alignment.Segment]) {
    guard let oldPatch = old.patch, let newPatch = new.patch else { return }
    var (oldCursor, newCursor) = (PatchCursor(oldPatch), PatchCursor(newPatch))
    // Where the records of each changed stretch begin, in the earlier dump and among those of all such stretches.
    var starts: [(ordinal: Int, place: Int)] = []
    var place = 0
    for segment in changed {
      let first = old.firstRecord[segment.before.lowerBound]
      starts.append((first, place))
      place += old.firstRecord[segment.before.upperBound] - first
    }
    for piece in Pieces(new, changed.map(\.after)) {
      for place in piece.place..<piece.end where before[place] != Change.none {
        let other = Int(before[place])
        if oldCursor.tag(at: other).tag.isTaken
          == newCursor.tag(at: piece.ordinal + place - piece.place).tag.isTaken
        {
          continue
        }
        // The last stretch that begins no later has it.
        var (low, high) = (0, starts.count)
        while low < high {
          let middle = (low + high) / 2
          if starts[middle].ordinal <= other { low = middle + 1 } else { high = middle }
        }
        done.clear(starts[low - 1].place + other - starts[low - 1].ordinal)
        before[place] = Change.none
      }
    }
  }

  private mutating func pairByPlace(_ before: Side, _ old: Pieces, _ after: Side, _ new: Pieces) {
    var numbers: [String: UInt32] = [:]
    for (number, object) in before.manifest.objects.enumerated() { numbers[object.key] = UInt32(number) }
    let objects = after.manifest.objects.map { numbers[$0.key] }
    var isShared = [Bool](repeating: false, count: before.manifest.objects.count)
    for piece in new {
      if let object = objects[Int(after.manifest.spans[piece.span].object)] { isShared[Int(object)] = true }
    }
    struct Stored {
      var object: UInt32
      var first: UInt32
      var span: UInt32
      var place: UInt32
    }
    var stored: [Stored] = []
    for piece in old {
      let span = before.manifest.spans[piece.span]
      if span.kind == .block, isShared[Int(span.object)] {
        stored.append(
          .init(
            object: span.object, first: span.firstRecord, span: UInt32(piece.span), place: UInt32(piece.place)
          ))
      }
    }
    stored.sort { ($0.object, $0.first, $0.place) < ($1.object, $1.first, $1.place) }
    for piece in new {
      let span = after.manifest.spans[piece.span]
      guard span.kind == .block, let object = objects[Int(span.object)] else { continue }
      var (low, high) = (0, stored.count)
      while low < high {
        let middle = (low + high) / 2
        if (stored[middle].object, stored[middle].first) <= (object, span.firstRecord) {
          low = middle + 1
        } else {
          high = middle
        }
      }
      // The last one that begins no later may hold the first record; those after it the others.
      var index = max(0, low - 1)
      let end = span.firstRecord + span.records
      // Where the same block was stored once for many places, what is not found soon is parsed.
      let last = index + Self.mostTries
      while index < last, index < stored.count, (stored[index].object, stored[index].first) < (object, end) {
        let other = stored[index]
        index += 1
        if other.object != object { continue }
        let from = max(other.first, span.firstRecord)
        let to = min(other.first + before.manifest.spans[Int(other.span)].records, end)
        if from >= to { continue }
        for record in from..<to {
          let number = Int(record - other.first)
          pair(
            old: before.firstRecord[Int(other.span)] + number, place: Int(other.place) + number,
            new: piece.place + Int(record - span.firstRecord))
        }
      }
    }
  }
}
