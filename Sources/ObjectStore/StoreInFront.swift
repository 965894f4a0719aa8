public import Basics

/// A store in front of another one: whatever it does not say itself is the other one's.
public protocol StoreInFront: ObjectStore {
  /// The store behind.
  var base: any ObjectStore { get }
}

/// Everything is passed on.
extension StoreInFront {
  public var location: String { base.location }
  public var isRemote: Bool { base.isRemote }
  public func uri(of key: ObjectKey) -> String { base.uri(of: key) }

  public func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo { try base.info(key) }

  public func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    try base.open(key, range: range)
  }

  public func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    try base.create(key, if: condition)
  }

  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    try base.delete(key, ifVersion: version)
  }

  public func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    try base.list(prefix: prefix, after: after, limit: limit)
  }

  public func now() throws(StoreError) -> Instant { try base.now() }
}

/// The writer of a ``StoreInFront``: whatever it does not say itself is done by the one behind.
public protocol WriterInFront: ObjectWriter {
  /// The writer behind.
  var base: any ObjectWriter { get }
}

/// Everything is passed on.
extension WriterInFront {
  public func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) { unsafe try base.write(bytes) }

  public func copy(from key: ObjectKey, range: Range<Int>) throws(StoreError) {
    try base.copy(from: key, range: range)
  }

  public func commit() throws(StoreError) -> Written { try base.commit() }
}

/// A writer of which only the commit is another.
public final class CommitInFront: WriterInFront {
  public let base: any ObjectWriter
  private let body: (any ObjectWriter) throws(StoreError) -> Written

  /// - Parameter body: commits what the writer behind has.
  public init(_ base: any ObjectWriter, _ body: @escaping (any ObjectWriter) throws(StoreError) -> Written) {
    self.base = base
    self.body = body
  }

  public func commit() throws(StoreError) -> Written { try body(base) }
}
