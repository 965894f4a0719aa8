public import Basics
public import Blocks
public import Dedupe
import Hashing
import ObjectStore

/// The short keys of stored records: one object in `keys/` for each object that holds blocks and each way to read keys.
///
/// What it holds follows from the blocks, so whoever writes it twice writes the same.
public final class KeyStore: KeySource {
  private let folder: FeedFolder
  private let suffix: String
  private let ranges: any RangeSource
  private var lengths: [String: Int] = [:]

  /// The keys of a feed's records as they are read by these settings and this header.
  public init(_ folder: FeedFolder, _ reading: Reading) {
    self.folder = folder
    suffix = String(hex(SHA256.digest(Array(reading.keyReading.utf8))).prefix(8))
    ranges = StateStore(folder).ranges()
  }

  private func path(_ object: String) -> String { "keys/\(object).\(suffix)" }

  public func appendKeys(
    of span: Span, in manifest: Manifest, to output: inout ByteBuffer
  ) throws(Failure) -> Bool {
    let object = manifest.objects[Int(span.object)].key
    if lengths[object] == nil { lengths[object] = try folder.infoIfPresent(path(object))?.size ?? 0 }
    let range = Int(span.firstRecord) * 4..<span.storedRecords.upperBound * 4
    guard let length = lengths[object], range.upperBound <= length else { return false }
    try ranges.read(path(object), range: range, to: &output)
    return true
  }

  /// Keeps keys.
  public func store(_ keys: [ObjectKeys]) throws(Failure) {
    for object in keys where object.keys.contains(where: { $0 != 0 }) {
      try folder.putNew(path(object.object), object.encoded)
    }
  }

  /// The keys of a dump's records as another manifest of the same dump stores them in its first object.
  public func keys(of old: Manifest, laidOutAs new: Manifest) throws(Failure) -> [ObjectKeys] {
    var known = ByteBuffer(capacity: old.recordCount * 4)
    for span in old.spans where span.kind == .block {
      if try appendKeys(of: span, in: old, to: &known) { continue }
      for _ in 0..<Int(span.records) * 4 { known.append(0 as UInt8) }
    }
    var keys: [UInt32] = []
    var record = 0
    for span in new.spans where span.kind == .block && span.object == 0 {
      // A block that comes again is stored once.
      let isFirst = Int(span.firstRecord) == keys.count
      for number in 0..<Int(span.records) where isFirst {
        keys.append(
          unsafe UInt32(
            littleEndian: known.bytes.loadUnaligned(
              fromByteOffset: (record + number) * 4, as: UInt32.self)))
      }
      record += Int(span.records)
    }
    return new.objects.prefix(1).map { ObjectKeys(object: $0.key, keys: keys) }
  }
}
