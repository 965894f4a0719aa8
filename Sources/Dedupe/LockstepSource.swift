import Basics
import Blocks
import Hashing
import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The two files as objects, and the hashes of the records that are in one of them only.
final class LockstepSource: RangeSource {
  private let files: [any DumpFile]
  /// Of each file's records, those of the later one by number.
  var hashes: [[UInt64]] = [[], []]
  /// From which record of the earlier file on the hashes from a place on are.
  private var stretches: [(record: Int, place: Int)] = []

  init(_ files: [any DumpFile]) { self.files = files }

  /// The hashes that are added next are those of the earlier file's records from this one on.
  func noteChanged(from record: Int) { stretches.append((record, hashes[0].count)) }

  func read(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    let before = output.count
    let file = files[object == Lockstep.names[0] ? 0 : 1]
    try file.read(range, to: &output)
    guard output.count - before == range.count else {
      throw Failure(.tryAgain, "\(file.name) became shorter while it was being read")
    }
  }

  func readHashes(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    let isOld = object == Lockstep.names[0]
    var start = range.lowerBound / 8
    if isOld {
      var (low, high) = (0, stretches.count)
      while low < high {
        let middle = (low + high) / 2
        if stretches[middle].record <= start { low = middle + 1 } else { high = middle }
      }
      guard low > 0 else { throw Failure(.software, "no hash was kept of record \(start)") }
      start += stretches[low - 1].place - stretches[low - 1].record
    }
    let own = start * 8..<start * 8 + range.count
    unsafe hashes[isOld ? 0 : 1].withUnsafeBytes {
      unsafe output.append(UnsafeRawBufferPointer(rebasing: $0[own]))
    }
  }
}

extension Reading {
  /// What looks records over that are read like this; nil: each has to be parsed.
  var survey: CSVSurvey? {
    guard case .csv(let delimiter) = format, delimiter != 0, !key.isEmpty else { return nil }
    var places: [Int] = []
    for name in key {
      // Names are the same if their bytes are.
      guard let place = header.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else { return nil }
      places.append(place)
    }
    return CSVSurvey(delimiter: delimiter, columns: header.count, key: places)
  }
}

/// How many of the first bytes are the same.
func commonPrefix(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
  let count = min(a.count, b.count)
  guard count > 0, let left = a.baseAddress, let right = b.baseAddress else { return 0 }
  var place = 0
  // A comparison does not say where it ended, so only of a stretch is it looked for.
  while place < count {
    let length = min(4096, count - place)
    if unsafe memcmp(left + place, right + place, length) != 0 { break }
    place += length
  }
  while place + 8 <= count {
    let difference =
      unsafe (left + place).loadUnaligned(as: UInt64.self)
      ^ (right + place).loadUnaligned(as: UInt64.self)
    if difference != 0 { return place + difference.littleEndian.trailingZeroBitCount / 8 }
    place += 8
  }
  while place < count, unsafe a[place] == b[place] { place += 1 }
  return place
}

/// How many line feeds are in it.
func lineFeeds(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
  UInt32(truncatingIfNeeded: unsafe bytes.count { $0 == 10 })
}
