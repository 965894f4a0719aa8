public import Basics

/// A store of objects by key: a directory, S3, Google Cloud Storage.
///
/// Every backend behaves the same: the conformance suite in `Sources/Testing` is the definition.
/// Calls block; a function does one thing, so it has nothing else to do meanwhile. All calls are safe from
/// several threads at once. A key is `a/b/c`: see ``ObjectKey``.
public protocol ObjectStore: Sendable {
  /// How people name this store: `./store`, `s3://bucket/prefix`.
  var location: String { get }

  /// Whether each operation is a request to somebody else, which is waited and paid for.
  var isRemote: Bool { get }

  /// The URI under which a query engine on the same machine or cloud finds an object: an absolute path,
  /// `s3://…`, `gs://…`.
  func uri(of key: ObjectKey) -> String

  /// What is known of an object, with the store's own time.
  /// - Throws: ``StoreError/Kind/notFound`` if there is none.
  func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo

  /// Opens an object, or a range of its bytes, for reading.
  /// What is read is of one version, however long the reading takes.
  /// - Throws: ``StoreError/Kind/notFound`` if there is none; ``StoreError/Kind/invalid`` if the range does
  ///   not lie within the object.
  func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader

  /// Begins an object whose bytes come bit by bit. Nothing is to be seen under the key before
  /// ``ObjectWriter/commit()``, which also judges the condition.
  func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter

  /// Removes an object.
  /// - Throws: ``StoreError/Kind/notFound`` if there is none; ``StoreError/Kind/preconditionFailed`` if
  ///   `version` is given and the object is of another.
  func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError)

  /// A page of the keys that begin with `prefix` (a string prefix, not a folder), in ascending order of their
  /// UTF-8, at most `limit`, all greater than `after`.
  ///
  /// Never stale: once a write or a removal was answered, every listing that begins afterwards shows it, whoever asks. A
  /// directory does that, S3 (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel>) and
  /// Google Cloud Storage (<https://cloud.google.com/storage/docs/consistency>). What is answered page by page is no moment:
  /// of what changes meanwhile it shows the one or the other.
  func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage

  /// The store's own time: what ``ObjectInfo/lastModified`` of an object written now would be.
  func now() throws(StoreError) -> Instant
}

/// What must hold for a write to take place.
public enum WriteCondition: Hashable, Sendable {
  /// No condition: whatever is there is replaced. Only for objects that nobody else writes.
  case none
  /// There is no object under this key yet.
  /// If there is one: ``StoreError/Kind/preconditionFailed``.
  case absent
  /// The object is of this version (``ObjectInfo/version``).
  /// If it is of another, or is gone: ``StoreError/Kind/preconditionFailed``.
  case version(String)
}

/// What a store tells of an object.
public struct ObjectInfo: Hashable, Sendable {
  /// Its length in bytes.
  public var size: Int
  /// Differs whenever the object was replaced; opaque. Some stores derive it from the content, so an object
  /// that is replaced must never repeat its bytes.
  public var version: String
  /// When it was written, by the store's clock.
  public var lastModified: Instant
  /// The store's clock when it answered: the only time that ``lastModified`` may be compared with.
  public var storeTime: Instant

  /// Puts the four together.
  public init(size: Int, version: String, lastModified: Instant, storeTime: Instant) {
    self.size = size
    self.version = version
    self.lastModified = lastModified
    self.storeTime = storeTime
  }
}

/// An object being read, from front to back.
public protocol ObjectReader: AnyObject {
  /// What the store told of the object when it was opened (`size` is the whole object's).
  var info: ObjectInfo { get }
  /// Reads up to `buffer.count` bytes; 0 at the end.
  /// - Throws: ``StoreError/Kind/unavailable`` if the connection broke or the object came short.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
  /// Goes on with another range of the same version.
  /// - Throws: ``StoreError/Kind/invalid`` if the range does not lie within the object.
  func move(to range: Range<Int>) throws(StoreError)
}

/// An object being written. Dropping it without a commit leaves nothing behind.
public protocol ObjectWriter: AnyObject {
  /// Appends bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError)
  /// Appends a range of another object of the same store, one that is never replaced: where the store can, without
  /// its bytes passing through this process.
  /// - Throws: ``StoreError/Kind/notFound`` if there is none; ``StoreError/Kind/invalid`` if the range does
  ///   not lie within the object. In both cases nothing was appended.
  func copy(from key: ObjectKey, range: Range<Int>) throws(StoreError)
  /// Makes the object appear under its key, durably and all at once. To be called once.
  /// - Throws: ``StoreError/Kind/preconditionFailed`` if the condition does not hold: nothing was changed;
  ///   ``StoreError/Kind/ambiguous`` if the answer was lost: read back and see whether yours is there.
  func commit() throws(StoreError) -> Written
}

/// What a store tells of an object that it has just taken. When it was written is known to ``ObjectStore/info(_:)``:
/// not every store says so in its answer to a write.
public struct Written: Hashable, Sendable {
  /// Its length in bytes.
  public var size: Int
  /// As ``ObjectInfo/version``.
  public var version: String
  /// The store's clock when it answered.
  public var storeTime: Instant

  /// Puts the three together.
  public init(size: Int, version: String, storeTime: Instant) {
    self.size = size
    self.version = version
    self.storeTime = storeTime
  }

  /// Without what only a look at the object tells.
  public init(_ info: ObjectInfo) {
    self.init(size: info.size, version: info.version, storeTime: info.storeTime)
  }
}

/// A page of a listing.
public struct ListPage: Sendable {
  /// The keys with their sizes, in order.
  public var entries: [(key: ObjectKey, size: Int)]
  /// Whether there are more after the last of them.
  public var more: Bool

  /// Puts the two together.
  public init(entries: [(key: ObjectKey, size: Int)], more: Bool) {
    self.entries = entries
    self.more = more
  }
}
