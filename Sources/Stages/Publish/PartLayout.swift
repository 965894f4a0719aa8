import Basics
import Hashing
import History

/// Which bytes of a part are the rows of which span, so that a later part can take rows over. Those of all parts of a
/// publication stand in one object, one after the other.
///
/// Format: `STRROWS1`, then for each span with rows, in order, its key (two 8-byte numbers) and the length of its rows
/// (4 bytes), all little-endian.
struct PartLayout {
  private static let magic: StaticString = "STRROWS1"
  private static let entrySize = 20

  private(set) var keys: [RowKey] = []
  private(set) var lengths: [UInt32] = []

  /// Of no spans yet.
  init() {}

  mutating func append(_ key: RowKey, length: Int) {
    if key == .none { return }
    keys.append(key)
    // One that is too long makes the sum wrong: then the layout is not used.
    lengths.append(UInt32(clamping: length))
  }

  /// As it is stored.
  var encoded: [UInt8] {
    var out = ByteBuffer(capacity: 8 + keys.count * Self.entrySize)
    out.append(Self.magic)
    for index in keys.indices {
      out.append(keys[index])
      unsafe withUnsafeBytes(of: lengths[index].littleEndian) { unsafe out.append($0) }
    }
    return out.array()
  }

  /// Reads the layout of a part; nil if the part has none, or none that fits it.
  init?(of part: Pointer.Part, in known: KnownLayouts) {
    guard let ref = part.layout, let bytes = known.section(of: part).map(Array.init),
      hex(SHA256.digest(bytes)) == ref.sha256
    else { return nil }
    let header = Self.magic.utf8CodeUnitCount
    let isOurs = unsafe bytes.starts(
      with: UnsafeBufferPointer(start: Self.magic.utf8Start, count: Self.magic.utf8CodeUnitCount))
    guard isOurs, (bytes.count - header) % Self.entrySize == 0 else { return nil }
    let count = (bytes.count - header) / Self.entrySize
    keys.reserveCapacity(count)
    lengths.reserveCapacity(count)
    var sum = 0
    unsafe bytes.withUnsafeBytes { raw in
      for place in stride(from: header, to: bytes.count, by: Self.entrySize) {
        let high = unsafe raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        let low = unsafe raw.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)
        let length = unsafe raw.loadUnaligned(fromByteOffset: place + 16, as: UInt32.self)
        keys.append(RowKey(high: UInt64(littleEndian: high), low: UInt64(littleEndian: low)))
        lengths.append(UInt32(littleEndian: length))
        sum += Int(UInt32(littleEndian: length))
      }
    }
    guard sum == part.bytes else { return nil }
  }
}

/// The layouts of parts that were published before, as they are stored: each object is read once.
struct KnownLayouts {
  private var objects: [String: [UInt8]] = [:]

  /// None are known.
  init() {}

  init(of parts: [Pointer.Part], in folder: FeedFolder) throws(Failure) {
    for path in Set(parts.compactMap { $0.layout?.object }) {
      objects[path] = try folder.getIfPresent(path)?.bytes
    }
  }

  /// The bytes that are the layout of a part, if they are what they were; nil if there are none.
  func section(of part: Pointer.Part) -> ArraySlice<UInt8>? {
    guard let ref = part.layout, let all = objects[ref.object], ref.offset >= 0, ref.bytes >= 0,
      ref.offset <= all.count, ref.bytes <= all.count - ref.offset
    else { return nil }
    return all[ref.offset..<ref.offset + ref.bytes]
  }
}

/// A part's layout as it is to be stored. Of one that was stored before the digest is the one it had then.
struct LayoutSection {
  let bytes: ArraySlice<UInt8>
  let sha256: String
}
