public import Basics
public import Blocks
import Hashing

/// Where the keys of stored records are kept, short: 32 bits of each key's fingerprint, in the order in which an
/// object stores its records. 0 stands for a key that is not known.
///
/// A short key only says which records may have a key: they are looked at then. So one that is not known costs time
/// and nothing else. (One that is wrong hides its record; so whoever keeps them has to keep them well.)
public protocol KeySource: AnyObject {
  /// How the keys are read: ``Reading/keyReading(_:)``.
  var keyReading: String { get }
  /// Appends the short keys of a block's records, four bytes each, little-endian.
  /// - Returns: false if the object's keys are not known; nothing is appended then.
  func appendKeys(of span: Span, in manifest: Manifest, to output: inout ByteBuffer) throws(Failure) -> Bool
}

/// The keys of the records of one object, for a ``KeySource`` to keep.
public struct ObjectKeys: Sendable {
  /// The object's key in the store.
  public var object: String
  /// The short keys in the order of its records.
  public var keys: [UInt32]

  /// Puts the two together.
  public init(object: String, keys: [UInt32]) {
    self.object = object
    self.keys = keys
  }

  /// Appends some of them as they are stored: four bytes a key, little-endian.
  public func append(_ range: Range<Int>, to out: inout ByteBuffer) {
    for key in keys[range] {
      unsafe withUnsafeBytes(of: key.littleEndian) { unsafe out.append($0) }
    }
  }
}

extension Fingerprint {
  /// Of a key: 32 bits of it, never 0.
  var short: UInt32 { max(1, UInt32(truncatingIfNeeded: high)) }
}

/// A set of short keys that is asked a million times: a few bits of each are looked at first.
struct ShortKeys {
  private static let mask: UInt32 = 0xFFFF
  private var bits = [UInt64](repeating: 0, count: Int(mask + 1) / 64)
  private var keys: Set<UInt32> = []

  init(_ keys: some Sequence<UInt32>) {
    for key in keys {
      self.keys.insert(key)
      bits[Int(key & Self.mask) / 64] |= 1 << UInt64(key & 63)
    }
  }

  var isEmpty: Bool { keys.isEmpty }

  @inline(__always)
  func contains(_ key: UInt32) -> Bool {
    bits[Int(key & Self.mask) / 64] & 1 << UInt64(key & 63) != 0 && keys.contains(key)
  }
}

/// Gathers the short keys of records in objects that have none yet.
struct KeyGatherer {
  private let manifest: Manifest
  private let isWanted: [Bool]
  private var keys: [[UInt32]]
  /// How many records of each object there are, as far as the dump has them.
  private var counts: [Int]

  /// Of the objects of `manifest` that are not among the earlier ones.
  init(_ manifest: Manifest, known: [StoredObject]) {
    self.manifest = manifest
    let known = Set(known.map(\.key))
    isWanted = manifest.objects.map { !known.contains($0.key) }
    keys = manifest.objects.map { _ in [] }
    counts = manifest.objects.map { _ in 0 }
    for span in manifest.spans where span.kind == .block {
      counts[Int(span.object)] = max(counts[Int(span.object)], span.storedRecords.upperBound)
    }
  }

  /// Notes the short key of the record with this number in a span.
  mutating func note(_ key: UInt32, _ span: Span, number: Int) {
    guard wants(span) else { return }
    let (object, place) = (Int(span.object), Int(span.firstRecord) + number)
    if keys[object].isEmpty { keys[object] = [UInt32](repeating: 0, count: counts[object]) }
    keys[object][place] = key
  }

  /// Whether keys of this span's records are wanted.
  func wants(_ span: Span) -> Bool { span.kind == .block && isWanted[Int(span.object)] }

  /// What is known now.
  func gathered() -> [ObjectKeys] {
    zip(manifest.objects, keys).filter { !$0.1.isEmpty }.map { ObjectKeys(object: $0.0.key, keys: $0.1) }
  }

  /// The same where the short keys of all records of the dump are at hand, in dump order.
  mutating func gathered(_ all: [UInt32], _ side: Side) -> [ObjectKeys] {
    let spans = manifest.spans
    let isStoredInOrder = zip(spans, side.firstRecord).allSatisfy { span, first in
      span.records == 0 || (span.kind == .block && span.object == 0 && Int(span.firstRecord) == first)
    }
    if isStoredInOrder, let object = manifest.objects.first, isWanted[0] {
      return [ObjectKeys(object: object.key, keys: all)]
    }
    for (span, first) in zip(spans, side.firstRecord) {
      for number in 0..<Int(span.records) { note(all[first + number], span, number: number) }
    }
    return gathered()
  }
}
