import Basics
import CloudStore
public import ObjectStore
import Synchronization

/// A store in front of another that notes every operation for which a cloud store needs a request.
///
/// Creating an object costs nothing before its commit. Ranges are read as ``CloudStore`` reads them: what is short is
/// had at once, what begins soon after another is read over the same connection.
public final class CountingStore: StoreInFront {
  public let base: any ObjectStore
  private let entries = Mutex<[String]>([])

  /// Notes what is asked of `store`.
  public init(_ store: any ObjectStore) { base = store }

  /// The operations in order, such as `commit feed/head.json`.
  public var log: [String] { entries.withLock { $0 } }

  fileprivate func note(_ operation: String, _ key: String) {
    entries.withLock { $0.append("\(operation) \(key)") }
  }

  public var isRemote: Bool { true }

  public func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo {
    note("info", key.description)
    return try base.info(key)
  }

  public func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    try reader(key, range)
  }

  fileprivate func reader(_ key: ObjectKey, _ range: Range<Int>?) throws(StoreError) -> CountingReader {
    note("open", "\(key)\(range.map { " \($0)" } ?? "")")
    return CountingReader(try base.open(key, range: range), self, key, range)
  }

  public func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    CountingWriter(try base.create(key, if: condition), self, key)
  }

  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    note("delete", key.description)
    try base.delete(key, ifVersion: version)
  }

  public func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    note("list", prefix)
    return try base.list(prefix: prefix, after: after, limit: limit)
  }

  // The time is not counted: a cloud store knows it from any answer.
}

/// Needs requests when a reader of ``CloudStore`` does.
private final class CountingReader: ObjectReader {
  var runsOn = false
  private let reader: any ObjectReader
  private let store: CountingStore
  private let key: ObjectKey
  private let sizes = CloudSizes()
  /// What can be read without another request; if it is not in memory, in ascending order.
  private var left: Range<Int>
  private var isHeld: Bool
  private var rest: Range<Int>
  private var follows = false

  init(_ reader: any ObjectReader, _ store: CountingStore, _ key: ObjectKey, _ range: Range<Int>?) {
    self.reader = reader
    self.store = store
    self.key = key
    rest = range ?? 0..<reader.info.size
    left = rest
    isHeld = rest.count <= sizes.atOnce
  }

  var info: ObjectInfo { reader.info }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
    if unsafe !rest.isEmpty && !buffer.isEmpty { request() }
    let count = unsafe try reader.read(into: buffer)
    pass(count)
    return count
  }

  func move(to range: Range<Int>) throws(StoreError) {
    try reader.move(to: range)
    place(at: range)
  }

  /// As if a range were read.
  func take(_ range: Range<Int>) {
    place(at: range)
    if !range.isEmpty { request() }
    pass(range.count)
  }

  private func place(at range: Range<Int>) {
    let ahead = range.lowerBound - rest.upperBound
    follows = ahead >= 0 && ahead < sizes.skip
    rest = range
    let gap = range.lowerBound - left.lowerBound
    if !isHeld, !range.isEmpty, gap < 0 || gap >= sizes.skip { left = range.lowerBound..<range.lowerBound }
  }

  private func request() {
    if left.contains(rest.lowerBound) { return }
    left = rest.lowerBound..<(runsOn || follows ? info.size : rest.upperBound)
    isHeld = !runsOn && left.count <= sizes.atOnce
    store.note("go on", "\(key) \(left)")
  }

  private func pass(_ count: Int) {
    rest = rest.lowerBound + count..<rest.upperBound
    if !isHeld { left = min(rest.lowerBound, left.upperBound)..<left.upperBound }
  }
}

private final class CountingWriter: ObjectWriter {
  /// From here on a range is copied within the store.
  private static let long = 5 << 20
  private let writer: any ObjectWriter
  private let store: CountingStore
  private let key: ObjectKey
  private var source: (key: ObjectKey, reader: CountingReader)?

  init(_ writer: any ObjectWriter, _ store: CountingStore, _ key: ObjectKey) {
    self.writer = writer
    self.store = store
    self.key = key
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) { unsafe try writer.write(bytes) }

  func copy(from other: ObjectKey, range: Range<Int>) throws(StoreError) {
    try writer.copy(from: other, range: range)
    if range.count >= Self.long { return store.note("copy", "\(other) \(range)") }
    if let source, source.key == other {
      source.reader.runsOn = true
      return source.reader.take(range)
    }
    let isEarly = !range.isEmpty && range.lowerBound < CloudSizes().skip
    let reader = try store.reader(other, isEarly ? nil : range)
    reader.take(range)
    source = (other, reader)
  }

  func commit() throws(StoreError) -> Written {
    store.note("commit", key.description)
    return try writer.commit()
  }
}
