import Basics
import Blocks

/// Pairing records by their hashes.
extension Pairing {
  /// How many records are in the table of hashes at once: it has 16 MiB then.
  private static var recordsPerPass: Int { 600_000 }

  mutating func pairByHash(
    _ old: Side, _ oldPieces: Pieces, _ new: Side, _ newPieces: Pieces, _ left: Int
  ) throws(Failure) {
    let passes = UInt64((left + Self.recordsPerPass - 1) / Self.recordsPerPass)
    for pass in 0..<passes {
      var table = HashTable(capacity: left / Int(passes) + left / Int(passes) / 16 + 64)
      try Self.forEachHash(old, oldPieces) { ordinal, place, hash in
        guard passes == 1 || (hash >> 40) % passes == pass, isLeft(before: place) else { return }
        table.insert(hash, old: UInt32(ordinal), place: UInt32(place))
      }
      try Self.forEachHash(new, newPieces) { _, place, hash in
        guard passes == 1 || (hash >> 40) % passes == pass, isLeft(after: place) else { return }
        if let found = table.take(hash) { pair(old: Int(found.old), place: Int(found.place), new: place) }
      }
    }
  }

  private static func forEachHash(
    _ side: Side, _ pieces: Pieces, _ body: (_ ordinal: Int, _ place: Int, _ hash: UInt64) -> Void
  ) throws(Failure) {
    var bytes = ByteBuffer()
    for piece in pieces where side.manifest.spans[piece.span].kind == .block {
      bytes.truncate()
      try side.blocks.appendHashes(of: side.manifest.spans[piece.span], to: &bytes)
      for number in 0..<piece.end - piece.place {
        let hash = unsafe bytes.bytes.loadUnaligned(fromByteOffset: number * 8, as: UInt64.self)
        body(piece.ordinal + number, piece.place + number, UInt64(littleEndian: hash))
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
