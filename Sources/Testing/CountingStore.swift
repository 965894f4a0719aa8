public import Basics
public import ObjectStore
import Synchronization

/// A store in front of another that notes every operation for which a cloud store needs a request.
///
/// Creating an object costs nothing before its commit; going on reading another range is a request of its own.
public final class CountingStore: ObjectStore {
  private let store: any ObjectStore
  private let entries = Mutex<[String]>([])

  /// Notes what is asked of `store`.
  public init(_ store: any ObjectStore) { self.store = store }

  /// The operations in order, such as `commit feed/head.json`.
  public var log: [String] { entries.withLock { $0 } }

  fileprivate func note(_ operation: String, _ key: String) {
    entries.withLock { $0.append("\(operation) \(key)") }
  }

  public var location: String { store.location }
  public func uri(of key: ObjectKey) -> String { store.uri(of: key) }

  public func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo {
    note("info", key.description)
    return try store.info(key)
  }

  public func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    note("open", "\(key)\(range.map { " \($0)" } ?? "")")
    return CountingReader(try store.open(key, range: range), self, key)
  }

  public func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    CountingWriter(try store.create(key, if: condition), self, key)
  }

  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    note("delete", key.description)
    try store.delete(key, ifVersion: version)
  }

  public func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    note("list", prefix)
    return try store.list(prefix: prefix, after: after, limit: limit)
  }

  /// Not counted: a cloud store knows its time from any answer.
  public func now() throws(StoreError) -> Instant { try store.now() }
}

private final class CountingReader: ObjectReader {
  private let reader: any ObjectReader
  private let store: CountingStore
  private let key: ObjectKey

  init(_ reader: any ObjectReader, _ store: CountingStore, _ key: ObjectKey) {
    self.reader = reader
    self.store = store
    self.key = key
  }

  var info: ObjectInfo { reader.info }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
    unsafe try reader.read(into: buffer)
  }

  func move(to range: Range<Int>) throws(StoreError) {
    store.note("move", "\(key) \(range)")
    try reader.move(to: range)
  }
}

private final class CountingWriter: ObjectWriter {
  private let writer: any ObjectWriter
  private let store: CountingStore
  private let key: ObjectKey

  init(_ writer: any ObjectWriter, _ store: CountingStore, _ key: ObjectKey) {
    self.writer = writer
    self.store = store
    self.key = key
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) { unsafe try writer.write(bytes) }

  func copy(from source: ObjectKey, range: Range<Int>) throws(StoreError) {
    store.note("copy", "\(source) \(range)")
    try writer.copy(from: source, range: range)
  }

  func commit() throws(StoreError) -> Written {
    store.note("commit", key.description)
    return try writer.commit()
  }
}
