public import Basics
public import Blocks
public import Dedupe
import Hashing
import ObjectStore

/// The short keys of stored records: one object in `keys/` for each object that holds blocks and each way to read keys.
///
/// What it holds follows from the blocks; two attempts may only differ in which keys they did not look at.
public final class KeyStore: KeySource {
  public let keyReading: String
  private let folder: FeedFolder
  private let suffix: String
  private let ranges: PackRanges
  private struct Place {
    var object: String
    var path: String
    var length: Int
  }
  private var places: [String: Place] = [:]
  private var last: Place?

  /// The keys of a feed's records as they are read by these settings and this header.
  public init(_ folder: FeedFolder, _ reading: Reading, _ columns: ColumnRule) {
    self.folder = folder
    keyReading = reading.keyReading(columns)
    // All of it: who writes into a feed without key columns chooses their names.
    suffix = hex(SHA256.digest(Array(keyReading.utf8)))
    ranges = PackRanges(folder)
  }

  private func path(_ object: String) -> String { "keys/\(object).\(suffix)" }

  public func appendKeys(
    of span: Span, in manifest: Manifest, to output: inout ByteBuffer
  ) throws(Failure) -> Bool {
    let place = try place(manifest.objects[Int(span.object)].key)
    let range = Int(span.firstRecord) * 4..<span.storedRecords.upperBound * 4
    guard range.upperBound <= place.length else { return false }
    try ranges.read(place.path, range: range, to: &output)
    return true
  }

  /// Where an object's keys are, and how many bytes of them; asked of the store once.
  private func place(_ object: String) throws(Failure) -> Place {
    if let last, last.object == object { return last }
    var place = places[object]
    if place == nil {
      let path = path(object)
      place = Place(object: object, path: path, length: try ranges.sizeIfPresent(path) ?? 0)
      places[object] = place
    }
    last = place
    return place ?? Place(object: object, path: "", length: 0)
  }

  /// Keeps keys; returns what is known of the objects.
  @discardableResult public func store(_ keys: [ObjectKeys]) throws(Failure) -> [ObjectRef] {
    var stored: [ObjectRef] = []
    for object in keys where object.keys.contains(where: { $0 != 0 }) {
      let writer = try folder.create(path(object.object))
      var out = ByteBuffer(capacity: 64 << 10)
      for start in stride(from: 0, to: object.keys.count, by: 16 << 10) {
        object.append(start..<min(start + 16 << 10, object.keys.count), to: &out)
        try unsafe writer.write(out.bytes)
        out.truncate()
      }
      do { stored.append(try writer.commit()) } catch {
        // Another attempt was faster.
        guard try folder.infoIfPresent(path(object.object)) != nil else { throw error }
      }
    }
    return stored
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
