import Basics
import Blocks
import Hashing
import Records

/// A dump without one before it: all is new, and only records whose key another one may have are looked at twice.
extension ChangeFinder {
  mutating func findFirst() throws(Failure) -> Findings {
    let shorts = if let look { take(look) } else { try readAll() }
    let repeated = Self.repeated(shorts)
    if !repeated.isEmpty {
      let count = shorts.count { repeated.contains($0) && $0 != 0 }
      let passes = UInt64(max(1, (count + options.recordsPerPass - 1) / options.recordsPerPass))
      for pass in 0..<passes { try settleRepeated(shorts, repeated, pass: pass, of: passes) }
    }
    findings.keys = gatherer.gathered(shorts, after)
    return try finish()
  }

  /// Reads every record once: decides what is taken as if no key came twice, and returns the short keys, 0 where a
  /// record has none.
  private mutating func readAll() throws(Failure) -> [UInt32] {
    let parser = EntryParser(after.parser(blanks: blanks, ignored: ignored), after.manifest.fingerprinter)
    let look = FirstLook(parser, after.manifest.fingerprinter, entry: options.entry)
    for index in after.manifest.spans.indices {
      try unsafe after.forEachRecord(in: index..<index + 1) { (_, bytes, oversized) throws(Failure) in
        unsafe look.take(bytes, oversized: oversized)
      }
    }
    return take(look.found)
  }

  private mutating func take(_ found: FirstLook.Found) -> [UInt32] {
    first = found.patch
    findings.rejects = found.rejects
    findings.counts.inserted = found.shorts.count { $0 != 0 }
    return found.shorts
  }

  /// Decides on the records whose short key comes more than once and whose key falls to this pass.
  private mutating func settleRepeated(
    _ shorts: [UInt32], _ repeated: ShortKeys, pass: UInt64, of passes: UInt64
  ) throws(Failure) {
    var parser = EntryParser(after.parser(blanks: blanks, ignored: ignored), after.manifest.fingerprinter)
    var entries: [Entry] = []
    for index in after.manifest.spans.indices {
      let numbers = after.firstRecord[index]..<after.firstRecord[index + 1]
      guard shorts[numbers].contains(where: { $0 != 0 && repeated.contains($0) }) else { continue }
      try unsafe after.forEachRecord(in: index..<index + 1) { (ordinal, bytes, _) throws(Failure) in
        guard shorts[ordinal] != 0, repeated.contains(shorts[ordinal]) else { return }
        guard unsafe parser.parse(bytes) == .record, parser.key.high % passes == pass else { return }
        entries.append(
          Entry(
            key: parser.key, content: parser.content(), first: UInt32(ordinal), second: UInt32(ordinal),
            origin: .known, wasTaken: false))
      }
    }
    // Counted as inserted once already.
    findings.counts.inserted -= entries.count
    entries.sort(by: Entry.precedes)
    settleAll(entries)
  }

  /// The short keys that come more than once. They are sorted part by part, to keep memory low.
  static func repeated(_ shorts: [UInt32]) -> ShortKeys {
    let candidates = sharing(shorts)
    var found: [UInt32] = []
    let parts = UInt32(max(1, candidates.count >> 20))
    var part: [UInt32] = []
    for number in 0..<parts {
      part.removeAll(keepingCapacity: true)
      for key in candidates where parts == 1 || key % parts == number { part.append(key) }
      radixSort(&part)
      for index in part.indices.dropFirst() where part[index] == part[index - 1] { found.append(part[index]) }
    }
    return ShortKeys(found)
  }

  /// The short keys whose first bits are another's too: only they can come more than once. A table of bits that stays in
  /// the processor's cache tells most others apart, which spares sorting them.
  private static func sharing(_ shorts: [UInt32]) -> [UInt32] {
    var shift: UInt32 = 16
    while shift > 7, 1 << (32 - shift) < shorts.count * 8 { shift -= 1 }
    var once = [UInt64](repeating: 0, count: 1 << (26 - shift))
    var again = once
    for key in shorts where key != 0 {
      let place = key >> shift
      let (word, bit) = (Int(place >> 6), 1 as UInt64 &<< UInt64(place & 63))
      again[word] |= once[word] & bit
      once[word] |= bit
    }
    let shared = again
    return shorts.filter { key in
      let place = key >> shift
      return key != 0 && shared[Int(place >> 6)] & (1 &<< UInt64(place & 63)) != 0
    }
  }
}

/// Sorts numbers in three passes over 11 bits each.
private func radixSort(_ keys: inout [UInt32]) {
  var other = [UInt32](repeating: 0, count: keys.count)
  for shift in [UInt32(0), 11, 22] {
    var places = [Int](repeating: 0, count: 2049)
    for key in keys { places[Int(key >> shift & 2047) + 1] += 1 }
    for bucket in 1...2048 { places[bucket] += places[bucket - 1] }
    for key in keys {
      let bucket = Int(key >> shift & 2047)
      other[places[bucket]] = key
      places[bucket] += 1
    }
    swap(&keys, &other)
  }
}
