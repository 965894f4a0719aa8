import Basics
import Blocks
import Records

/// Records that were paired by their hash are stored anew, but their keys are known.
extension ChangeFinder {
  /// How many keys of the earlier dump are held at once: 4 bytes each.
  private static var keysAtOnce: Int { 2_000_000 }

  mutating func gatherPairedKeys() throws(Failure) {
    guard isComparable, hasKeys, let before, let source = before.keys else { return }
    let pieces = Pieces(after, alignment.segments.filter { !$0.isSame }.map(\.after))
    let pairing = pairing
    var isNeeded = false
    for piece in pieces where !isNeeded && gatherer.wants(after.manifest.spans[piece.span]) {
      for place in piece.place..<piece.end where pairing.before[place] != Change.none { isNeeded = true }
    }
    if !isNeeded { return }
    var gatherer = gatherer
    self.gatherer = KeyGatherer(after.manifest, known: after.manifest.objects)
    var span = 0
    while span < before.manifest.spans.count {
      let start = before.firstRecord[span]
      let keys = try source.keys(of: before, from: &span, atMost: Self.keysAtOnce)
      for piece in pieces where gatherer.wants(after.manifest.spans[piece.span]) {
        for place in piece.place..<piece.end where pairing.before[place] != Change.none {
          let number = Int(pairing.before[place]) - start
          guard keys.indices.contains(number) else { continue }
          gatherer.note(keys[number], after.manifest.spans[piece.span], number: place - piece.place)
        }
      }
    }
    self.gatherer = gatherer
  }
}

extension KeySource {
  /// The short keys of the records of some spans, about so many of them; 0 where one is not known.
  fileprivate func keys(of side: Side, from span: inout Int, atMost most: Int) throws(Failure) -> [UInt32] {
    var end = span
    let start = side.firstRecord[span]
    repeat { end += 1 } while end < side.manifest.spans.count && side.firstRecord[end + 1] - start <= most
    var keys = [UInt32](repeating: 0, count: side.firstRecord[end] - start)
    var bytes = ByteBuffer()
    for index in span..<end where side.manifest.spans[index].kind == .block {
      bytes.truncate()
      guard try appendKeys(of: side.manifest.spans[index], in: side.manifest, to: &bytes) else { continue }
      for number in 0..<Int(side.manifest.spans[index].records) {
        keys[side.firstRecord[index] - start + number] = unsafe UInt32(
          littleEndian: bytes.bytes.loadUnaligned(fromByteOffset: number * 4, as: UInt32.self))
      }
    }
    span = end
    return keys
  }
}
