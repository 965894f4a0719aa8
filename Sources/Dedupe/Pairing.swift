import Basics
import Blocks

/// Which records in changed spans both dumps have, byte for byte, wherever they stand: they need not be parsed.
///
/// A record is known again by its place in the store, or by its hash where many are left.
struct Pairing {
  /// How many records are in the table of hashes at once: it has 16 MiB then.
  private static let recordsPerPass = 600_000
  private static let mostTries = 64

  /// For each record of changed spans of the earlier dump its number in the later one; ``Change/none`` without one.
  private(set) var after: [UInt32]
  /// For each record of changed spans of the later dump its number in the earlier one; ``Change/none`` without one.
  private(set) var before: [UInt32]

  /// Nothing is paired.
  init(before: Int, after: Int) {
    self.after = [UInt32](repeating: Change.none, count: before)
    self.before = [UInt32](repeating: Change.none, count: after)
  }

  /// Pairs the records of changed spans.
  init(
    _ before: Side, _ after: Side, _ changed: [Alignment.Segment], leastForHashes: Int
  ) throws(Failure) {
    let old = Self.pieces(before, changed.map(\.before))
    let new = Self.pieces(after, changed.map(\.after))
    self.init(before: old.last?.end ?? 0, after: new.last?.end ?? 0)
    pairByPlace(before, old, after, new)
    let left = (self.after.count { $0 == Change.none }, self.before.count { $0 == Change.none })
    if min(left.0, left.1) >= leastForHashes { try pairByHash(before, old, after, new, left.0) }
  }

  /// Equal bytes of which two states decided otherwise are compared as different records.
  mutating func partTakenOtherwise(_ old: Side, _ new: Side, _ changed: [Alignment.Segment]) {
    guard let oldPatch = old.patch, let newPatch = new.patch else { return }
    var (oldCursor, newCursor) = (PatchCursor(oldPatch), PatchCursor(newPatch))
    let newPieces = Self.pieces(new, changed.map(\.after))
    for piece in Self.pieces(old, changed.map(\.before)) {
      for number in 0..<piece.end - piece.place where after[piece.place + number] != Change.none {
        let other = Int(after[piece.place + number])
        if oldCursor.tag(at: piece.ordinal + number).tag.isTaken == newCursor.tag(at: other).tag.isTaken {
          continue
        }
        // The last piece that begins no later has it.
        var (low, high) = (0, newPieces.count)
        while low < high {
          let middle = (low + high) / 2
          if newPieces[middle].ordinal <= other { low = middle + 1 } else { high = middle }
        }
        let newPiece = newPieces[low - 1]
        before[newPiece.place + other - newPiece.ordinal] = Change.none
        after[piece.place + number] = Change.none
      }
    }
  }

  /// The records of a span that changed.
  struct Piece {
    var span: Int
    /// The number of its first record in the dump, and among the records of all changed spans.
    var ordinal: Int
    var place: Int
    var end: Int
  }

  static func pieces(_ side: Side, _ ranges: [Range<Int>]) -> [Piece] {
    var pieces: [Piece] = []
    var place = 0
    for range in ranges {
      for span in range where side.manifest.spans[span].records > 0 {
        let count = Int(side.manifest.spans[span].records)
        pieces.append(
          Piece(span: span, ordinal: side.firstRecord[span], place: place, end: place + count))
        place += count
      }
    }
    return pieces
  }

  // MARK: - By place

  private mutating func pairByPlace(_ before: Side, _ old: [Piece], _ after: Side, _ new: [Piece]) {
    var numbers: [String: UInt32] = [:]
    for (number, object) in before.manifest.objects.enumerated() { numbers[object.key] = UInt32(number) }
    let objects = after.manifest.objects.map { numbers[$0.key] }
    struct Stored {
      var object: UInt32
      var first: UInt32
      var piece: Int
    }
    var stored: [Stored] = []
    for (index, piece) in old.enumerated() {
      let span = before.manifest.spans[piece.span]
      if span.kind == .block {
        stored.append(.init(object: span.object, first: span.firstRecord, piece: index))
      }
    }
    stored.sort { ($0.object, $0.first) < ($1.object, $1.first) }
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
        defer { index += 1 }
        if stored[index].object != object { continue }
        let other = old[stored[index].piece]
        let from = max(stored[index].first, span.firstRecord)
        let to = min(stored[index].first + UInt32(other.end - other.place), end)
        if from >= to { continue }
        for record in from..<to {
          pair(
            other, Int(record - stored[index].first), piece, Int(record - span.firstRecord))
        }
      }
    }
  }

  private mutating func pair(_ old: Piece, _ oldNumber: Int, _ new: Piece, _ newNumber: Int) {
    let (oldPlace, newPlace) = (old.place + oldNumber, new.place + newNumber)
    guard after[oldPlace] == Change.none, before[newPlace] == Change.none else { return }
    after[oldPlace] = UInt32(new.ordinal + newNumber)
    before[newPlace] = UInt32(old.ordinal + oldNumber)
  }

  // MARK: - By hash

  private mutating func pairByHash(
    _ old: Side, _ oldPieces: [Piece], _ new: Side, _ newPieces: [Piece], _ left: Int
  ) throws(Failure) {
    let passes = UInt64((left + Self.recordsPerPass - 1) / Self.recordsPerPass)
    for pass in 0..<passes {
      var table = HashTable(capacity: left / Int(passes) + left / Int(passes) / 16 + 64)
      try Self.forEachHash(old, oldPieces, unlessPaired: after) { piece, number, hash in
        if passes > 1, (hash >> 40) % passes != pass { return }
        table.insert(hash, old: UInt32(piece.ordinal + number), place: UInt32(piece.place + number))
      }
      var pairs = self
      try Self.forEachHash(new, newPieces, unlessPaired: before) { piece, number, hash in
        if passes > 1, (hash >> 40) % passes != pass { return }
        guard let found = table.take(hash) else { return }
        pairs.before[piece.place + number] = found.old
        pairs.after[Int(found.place)] = UInt32(piece.ordinal + number)
      }
      self = pairs
    }
  }

  private static func forEachHash(
    _ side: Side, _ pieces: [Piece], unlessPaired paired: [UInt32],
    _ body: (Piece, Int, UInt64) -> Void
  ) throws(Failure) {
    var bytes = ByteBuffer()
    for piece in pieces where side.manifest.spans[piece.span].kind == .block {
      bytes.truncate()
      try side.blocks.appendHashes(of: side.manifest.spans[piece.span], to: &bytes)
      for number in 0..<piece.end - piece.place where paired[piece.place + number] == Change.none {
        body(
          piece, number,
          unsafe UInt64(littleEndian: bytes.bytes.loadUnaligned(fromByteOffset: number * 8, as: UInt64.self)))
      }
    }
  }
}

/// Records by hash: an open-addressed table. The hashes are random already.
private struct HashTable {
  private struct Slot {
    var hash: UInt64
    var old: UInt32
    var place: UInt32
  }

  private static let longest = 64
  private static let free = Slot(hash: 0, old: Change.none, place: 0)
  private var slots: [Slot]
  private let mask: Int

  init(capacity: Int) {
    var size = 64
    while size < capacity + capacity / 2 { size *= 2 }
    mask = size - 1
    slots = [Slot](repeating: Self.free, count: size)
  }

  /// Leaves the record out if so many have the same hash, or the table is so full, that looking on would take long.
  mutating func insert(_ hash: UInt64, old: UInt32, place: UInt32) {
    for step in 0..<Self.longest {
      let slot = (Int(truncatingIfNeeded: hash) &+ step) & mask
      if slots[slot].old == Change.none {
        slots[slot] = Slot(hash: hash, old: old, place: place)
        return
      }
    }
  }

  /// The first record of this hash that was not taken yet.
  mutating func take(_ hash: UInt64) -> (old: UInt32, place: UInt32)? {
    for step in 0..<Self.longest {
      let slot = (Int(truncatingIfNeeded: hash) &+ step) & mask
      if slots[slot].old == Change.none { return nil }
      if slots[slot].hash == hash, slots[slot].place != Change.none {
        defer { slots[slot].place = Change.none }
        return (slots[slot].old, slots[slot].place)
      }
    }
    return nil
  }
}
