import Basics
import ObjectStore

extension CloudWriter {
  /// Copies a long range within the store, and reads a short one: a part has a least length, and three requests for
  /// a few bytes bring nothing.
  func copy(from other: ObjectKey, range: Range<Int>) throws(StoreError) {
    try checkOpen()
    try readWhole()
    if try isWhole(other, range) { return }
    guard let fill = fill(before: range.count) else { return try copyByReading(other, range) }
    let rest = range.lowerBound + fill..<range.upperBound
    let pieces = (rest.count + store.sizes.copy - 1) / store.sizes.copy
    // The first piece says whether there is such a range, unless there are more than one.
    if fill > 0 || pieces > 1 || range.lowerBound < 0 { try checkRange(other, range) }
    if fill > 0 { try copyByReading(other, range.lowerBound..<rest.lowerBound) }
    try flush()
    for piece in 0..<pieces {
      let lower = rest.lowerBound + rest.count / pieces * piece
      let upper = piece == pieces - 1 ? rest.upperBound : lower + rest.count / pieces
      do throws(StoreError) {
        try append(upper - lower, "copy a part") { (part, upload) throws(ServiceError) in
          try store.service.copy(part, from: other, range: lower..<upper, of: upload)
        }
      } catch {
        // Something was appended already.
        throw fill > 0 || piece > 0 ? fail(error) : error
      }
    }
  }

  /// How many bytes of a range have to be read, so that what is in memory is a part and the rest can be copied.
  /// Nil if all have to be.
  private func fill(before count: Int) -> Int? {
    let rules = store.service.uploads
    // Parts that have to be multiples would not fit to where ranges begin.
    guard rules.copies, !rules.endsWithLastPart, rules.multiple == 1 else { return nil }
    let fill = buffer.isEmpty ? 0 : max(0, rules.leastPart - buffer.count)
    // Late parts are long, so that none is missing in the end.
    let least = number <= rules.mostParts / 10 ? rules.leastPart : store.sizes.part(number, rules)
    return count - fill >= max(1, least) ? fill : nil
  }

  private func checkRange(_ other: ObjectKey, _ range: Range<Int>) throws(StoreError) {
    let size: Int
    if let source, source.key == other {
      size = source.reader.info.size
    } else {
      size = try store.info(other).size
    }
    guard range.lowerBound >= 0, range.upperBound <= size else {
      throw .outside(range, size: size, key: other)
    }
  }

  /// Ranges of one object that follow each other are read over one connection.
  func copyByReading(_ other: ObjectKey, _ range: Range<Int>) throws(StoreError) {
    let reader: CloudReader
    if let source, source.key == other {
      reader = source.reader
      reader.runsOn = true
      try reader.move(to: range)
    } else {
      // One that begins early is read from the front, for others will follow.
      let isEarly = !range.isEmpty && (0..<store.sizes.skip).contains(range.lowerBound)
      reader = try store.reader(other, range: isEarly ? nil : range)
      source = (other, reader)
      if isEarly { try reader.move(to: range) }
    }
    let piece = min(range.count, 256 << 10)
    var scratch = ByteBuffer(capacity: piece)
    while true {
      scratch.truncate()
      let read: Int
      do {
        read = unsafe try scratch.append(atMost: piece) { (room) throws(StoreError) in
          unsafe try reader.read(into: room)
        }
      } catch {
        throw fail(error)
      }
      if read == 0 { return }
      unsafe try write(scratch.bytes)
    }
  }
}
