import Basics
import History
import ObjectStore

/// What is wrong on purpose: around the store as a process sees it, under it, or with what is passed on.
struct Bent {
  typealias Bend = (any ObjectStore, Process, World) -> any ObjectStore

  /// Between the functions and what may happen to their operations: as if the functions were wrong.
  var above: Bend?
  /// Beyond it: as if the store were wrong.
  var below: Bend?
  /// Events, before they are delivered.
  var event: ((RunEvent, World) -> RunEvent)?
  /// Whether the source is told the tag of what was read last, recorded or not.
  var tag = false
}

/// A store some of whose operations are other ones.
final class BentStore: StoreInFront, @unchecked Sendable {
  /// A write that is about to land.
  struct Write {
    var key: ObjectKey
    var condition: WriteCondition
    var bytes: [UInt8]
    var path: String { key.description.split(separator: "/", maxSplits: 1).last.map(String.init) ?? "" }
  }

  let base: any ObjectStore
  var onInfo: ((ObjectInfo, ObjectKey) -> ObjectInfo)?
  /// What is read instead; nil: what is there. Or it throws.
  var onOpen: ((ObjectKey) throws(StoreError) -> ([UInt8], ObjectInfo)?)?
  var onWrite: ((Write) throws(StoreError) -> Written)?
  var onList: ((ListPage) -> ListPage)?
  /// Whether a removal takes place; it is said to have in any case.
  var mayDelete: ((ObjectKey) -> Bool)?
  var onNow: ((Instant) -> Instant)?

  init(_ store: any ObjectStore) { base = store }

  /// What is there.
  func put(_ write: Write) throws(StoreError) -> Written {
    try base.put(write.key, write.bytes, if: write.condition)
  }

  func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo {
    let info = try base.info(key)
    return onInfo?(info, key) ?? info
  }

  func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    if let (bytes, info) = try onOpen?(key) { return BentReader(bytes, info, range) }
    guard let onInfo else { return try base.open(key, range: range) }
    let (bytes, info) = try base.get(key)
    return BentReader(bytes, onInfo(info, key), range)
  }

  func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    onWrite == nil ? try base.create(key, if: condition) : BentWriter(self, key, condition)
  }

  func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    let page = try base.list(prefix: prefix, after: after, limit: limit)
    return onList?(page) ?? page
  }

  func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    if mayDelete?(key) ?? true { try base.delete(key, ifVersion: version) }
  }

  func now() throws(StoreError) -> Instant {
    let now = try base.now()
    return onNow?(now) ?? now
  }
}

private final class BentReader: ObjectReader {
  let info: ObjectInfo
  private let bytes: [UInt8]
  private var rest: Range<Int>

  init(_ bytes: [UInt8], _ info: ObjectInfo, _ range: Range<Int>?) {
    self.bytes = bytes
    self.info = info
    rest = range ?? 0..<bytes.count
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
    let count = min(buffer.count, rest.count)
    unsafe buffer.copyBytes(from: bytes[rest.lowerBound..<rest.lowerBound + count])
    rest = rest.lowerBound + count..<rest.upperBound
    return count
  }
  func move(to range: Range<Int>) throws(StoreError) { rest = range }
}

private final class BentWriter: ObjectWriter {
  private let store: BentStore
  private let key: ObjectKey
  private let condition: WriteCondition
  private var bytes: [UInt8] = []

  init(_ store: BentStore, _ key: ObjectKey, _ condition: WriteCondition) {
    self.store = store
    self.key = key
    self.condition = condition
  }

  func write(_ more: UnsafeRawBufferPointer) throws(StoreError) { unsafe bytes.append(contentsOf: more) }
  func copy(from other: ObjectKey, range: Range<Int>) throws(StoreError) {
    try copyByReading(store.base, from: other, range: range)
  }
  func commit() throws(StoreError) -> Written {
    let write = BentStore.Write(key: key, condition: condition, bytes: bytes)
    guard let onWrite = store.onWrite else { return try store.put(write) }
    return try onWrite(write)
  }
}
