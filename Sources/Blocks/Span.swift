public import Hashing

/// A stretch of a dump whose bytes are kept in an object of the store, and where.
public struct Span: Sendable {
  /// What the bytes are.
  public enum Kind: UInt8, Sendable {
    /// Whole records, cut where the content says so.
    case block = 0
    /// Bytes of no record: a byte-order mark, a JSON document's beginning and end.
    case literal = 1
    /// CSV's header record.
    case header = 2
    /// A stretch of a record that is too long to be taken; the first stretch counts as the record.
    case oversized = 3
  }

  /// What the bytes are.
  public var kind: Kind
  /// By which the bytes are known again.
  public var fingerprint: Fingerprint
  /// How many bytes.
  public var length: UInt32
  /// How many records begin in it.
  public var records: UInt32
  /// How many line feeds are in it.
  public var lines: UInt32
  /// Which object holds it: a position in ``Manifest/objects``.
  public var object: UInt32
  /// Where the compressed frame that holds it begins in the object.
  public var frameOffset: UInt64
  /// How long that frame is in the object; 0: the bytes themselves stand there, uncompressed.
  public var frameLength: UInt32
  /// Where the bytes begin in the decompressed frame.
  public var offset: UInt32
  /// Of a block: the number of its first record among all records that the object holds.
  public var firstRecord: UInt32

  /// Puts them together.
  public init(
    kind: Kind, fingerprint: Fingerprint, length: UInt32, records: UInt32, lines: UInt32, object: UInt32,
    frameOffset: UInt64, frameLength: UInt32, offset: UInt32, firstRecord: UInt32
  ) {
    self.kind = kind
    self.fingerprint = fingerprint
    self.length = length
    self.records = records
    self.lines = lines
    self.object = object
    self.frameOffset = frameOffset
    self.frameLength = frameLength
    self.offset = offset
    self.firstRecord = firstRecord
  }

  /// The numbers of its records among those of its object.
  public var storedRecords: Range<Int> { Int(firstRecord)..<Int(firstRecord) + Int(records) }

  /// Whether the other span stands for the same bytes in the same role.
  public func isSame(as other: Span) -> Bool {
    fingerprint == other.fingerprint && length == other.length && kind == other.kind
      && records == other.records
  }
}

/// An object that holds blocks.
public struct StoredObject: Hashable, Sendable {
  /// How many record hashes are in a page.
  public static let pageRecords = 1 << 16
  /// The length of a page in bytes, but of the last one.
  public static let pageSize = pageRecords * 8
  /// How many pages follow each other at most.
  public static let pagesTogether = 4

  /// Its key under the feed's folder.
  public var key: String
  /// Where the pages of record hashes begin in it: eight bytes for each record of its blocks, as they are stored.
  public var pages: [Int]

  /// Puts the two together.
  public init(key: String, pages: [Int] = []) {
    self.key = key
    self.pages = pages
  }
}

/// A dump as a list of spans: their concatenation is the dump, byte for byte.
public struct Manifest: Sendable {
  /// The stretches in dump order.
  public var spans: [Span]
  /// The objects that hold their bytes.
  public var objects: [StoredObject]
  /// What the fingerprints are keyed with.
  public var fingerprinter: Fingerprinter

  /// Puts the three together.
  public init(spans: [Span], objects: [StoredObject], fingerprinter: Fingerprinter) {
    self.spans = spans
    self.objects = objects
    self.fingerprinter = fingerprinter
  }

  /// How many bytes the dump has.
  public var byteCount: Int { spans.reduce(0) { $0 + Int($1.length) } }

  /// How many records the dump has, bad and blank ones included.
  public var recordCount: Int { spans.reduce(0) { $0 + Int($1.records) } }

  /// The same without objects that hold none of its bytes.
  public func withoutUnusedObjects() -> Manifest {
    var isUsed = [Bool](repeating: false, count: objects.count)
    for span in spans { isUsed[Int(span.object)] = true }
    if isUsed.allSatisfy({ $0 }) { return self }
    var numbers: [UInt32] = []
    var kept: [StoredObject] = []
    for (object, isUsed) in zip(objects, isUsed) {
      numbers.append(UInt32(kept.count))
      if isUsed { kept.append(object) }
    }
    var manifest = self
    manifest.objects = kept
    for index in spans.indices { manifest.spans[index].object = numbers[Int(spans[index].object)] }
    return manifest
  }

  /// Whether the other manifest is of the same dump. (Two manifests of one dump may be cut differently; then
  /// this says no, which costs time but nothing else.)
  public func isSameDump(as other: Manifest) -> Bool {
    fingerprinter.isSame(as: other.fingerprinter) && spans.count == other.spans.count
      && zip(spans, other.spans).allSatisfy { $0.isSame(as: $1) }
  }
}
