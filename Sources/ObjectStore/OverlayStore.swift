public import Basics
import Synchronization

/// A store in front of another that takes all writes: what is behind it is only read.
///
/// It has the clock, the names and the addresses of the store behind it. Conditions of writes are judged over both. What
/// is written and what is deleted stands in the store in front under `objects/` and `deleted/`, so that another process
/// can go on with it.
public final class OverlayStore: ObjectStore {
  /// A write that the store behind was spared.
  public struct Change: Hashable, Sendable {
    /// The object.
    public var key: ObjectKey
    /// Its length; nil if it was deleted.
    public var size: Int?
  }

  /// What is only read.
  public let base: any ObjectStore
  let top: any ObjectStore
  private let noted = Mutex<[Change]>([])
  /// By how many microseconds the clock behind is ahead of the one in front.
  private let ahead = Mutex<Int64?>(nil)

  /// - Parameters:
  ///   - base: is only read.
  ///   - top: takes what is written.
  public init(over base: any ObjectStore, writingTo top: any ObjectStore) {
    self.base = base
    self.top = top
  }

  /// What was written and deleted, in order.
  public var changes: [Change] { noted.withLock { $0 } }

  public var location: String { base.location }
  public var isRemote: Bool { base.isRemote }
  public func uri(of key: ObjectKey) -> String { base.uri(of: key) }
  public func now() throws(StoreError) -> Instant { try base.now() }

  public func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo {
    if let info = try written(key) { return info }
    return try visible(key) { (base) throws(StoreError) in try base.info(key) }
  }

  public func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    do {
      let reader = try top.open(Self.object(key), range: range)
      return OverlayReader(reader, info: try info(reader.info))
    } catch {
      if error.kind != .notFound { throw error }
    }
    return try visible(key) { (base) throws(StoreError) in try base.open(key, range: range) }
  }

  public func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    try OverlayWriter(self, key, condition)
  }

  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    let there = try info(key)
    if let version, version != there.version {
      throw .refused(key, wanted: .version(version), found: there.version)
    }
    if try baseVersion(key) != nil { try top.put(Self.tombstone(key), [], if: .none) }
    let own = version.flatMap { Self.ownVersion($0) }
    do {
      try top.delete(Self.object(key), ifVersion: own)
    } catch {
      if error.kind != .notFound { throw error }
    }
    note(Change(key: key, size: nil))
  }

  public func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    if limit < 1 { throw StoreError(.invalid, key: prefix, "a page holds at least one key, not \(limit)") }
    var mine = Listing(top, folder: "objects/", prefix: prefix, after: after)
    var theirs = Listing(base, folder: "", prefix: prefix, after: after)
    var page = ListPage(entries: [], more: false)
    var (first, second) = (try mine.next(), try theirs.next())
    while let entry = [first, second].compactMap({ $0 }).min(by: { $0.key < $1.key }) {
      let isMine = first?.key == entry.key
      var isHidden = false
      if !isMine { isHidden = try isDeleted(entry.key) }
      if !isHidden, page.entries.count == limit {
        page.more = true
        break
      }
      if !isHidden { page.entries.append(isMine ? first ?? entry : entry) }
      if second?.key == entry.key { second = try theirs.next() }
      if isMine { first = try mine.next() }
    }
    return page
  }

  // MARK: - Both

  fileprivate func note(_ change: Change) { noted.withLock { $0.append(change) } }

  fileprivate static func object(_ key: ObjectKey) throws(StoreError) -> ObjectKey {
    try ObjectKey("objects/\(key)")
  }

  private static func tombstone(_ key: ObjectKey) throws(StoreError) -> ObjectKey {
    try ObjectKey("deleted/\(key).gone")
  }

  /// Versions of the store in front look like none of the store behind.
  fileprivate static func ownVersion(_ version: String) -> String? {
    version.hasPrefix("dry ") ? String(version.dropFirst(4)) : nil
  }

  /// What was written under a key, if anything was.
  private func written(_ key: ObjectKey) throws(StoreError) -> ObjectInfo? {
    do { return try info(try top.info(Self.object(key))) } catch {
      if error.kind == .notFound { return nil }
      throw error
    }
  }

  /// The same as if the store behind had told it: its clock may be another.
  fileprivate func info(_ own: ObjectInfo) throws(StoreError) -> ObjectInfo {
    let now = try base.now()
    var modified = own.lastModified
    modified.microseconds += try difference(now)
    return ObjectInfo(
      size: own.size, version: "dry " + own.version, lastModified: min(modified, now), storeTime: now)
  }

  private func difference(_ now: Instant) throws(StoreError) -> Int64 {
    if let known = ahead.withLock({ $0 }) { return known }
    let difference = now.microseconds - (try top.now()).microseconds
    ahead.withLock { $0 = difference }
    return difference
  }

  private func isDeleted(_ key: ObjectKey) throws(StoreError) -> Bool {
    do { _ = try top.info(Self.tombstone(key)) } catch {
      if error.kind == .notFound { return false }
      throw error
    }
    return true
  }

  private func visible<R>(
    _ key: ObjectKey, _ look: (any ObjectStore) throws(StoreError) -> R
  ) throws(StoreError) -> R {
    if try isDeleted(key) { throw .absent(key) }
    return try look(base)
  }

  /// The version of an object of the store behind, unless it was deleted here.
  fileprivate func baseVersion(_ key: ObjectKey) throws(StoreError) -> String? {
    do { return try visible(key) { (base) throws(StoreError) in try base.info(key).version } } catch {
      if error.kind == .notFound { return nil }
      throw error
    }
  }
}

/// The keys of a store, one after the other.
private struct Listing {
  private let store: any ObjectStore
  private let folder: String
  private let prefix: String
  private var after: String?
  private var entries: ArraySlice<(key: ObjectKey, size: Int)> = []
  private var more = true

  init(_ store: any ObjectStore, folder: String, prefix: String, after: String?) {
    self.store = store
    self.folder = folder
    self.prefix = folder + prefix
    self.after = after.map { folder + $0 }
  }

  mutating func next() throws(StoreError) -> (key: ObjectKey, size: Int)? {
    if entries.isEmpty, more {
      let page = try store.list(prefix: prefix, after: after, limit: 1000)
      entries = page.entries[...]
      more = page.more
      after = page.entries.last?.key.description
    }
    guard let entry = entries.popFirst() else { return nil }
    return (try ObjectKey(String(entry.key.description.dropFirst(folder.count))), entry.size)
  }
}

private final class OverlayReader: ObjectReader {
  let info: ObjectInfo
  private let reader: any ObjectReader

  init(_ reader: any ObjectReader, info: ObjectInfo) {
    self.reader = reader
    self.info = info
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
    unsafe try reader.read(into: buffer)
  }

  func move(to range: Range<Int>) throws(StoreError) { try reader.move(to: range) }
}

private final class OverlayWriter: ObjectWriter {
  private let store: OverlayStore
  private let key: ObjectKey
  private let condition: WriteCondition
  private let writer: any ObjectWriter

  init(_ store: OverlayStore, _ key: ObjectKey, _ condition: WriteCondition) throws(StoreError) {
    self.store = store
    self.key = key
    self.condition = condition
    // What is replaced of the store behind was not written here yet.
    let own: WriteCondition =
      switch condition {
      case .none: .none
      case .absent: .absent
      case .version(let version): OverlayStore.ownVersion(version).map { .version($0) } ?? .absent
      }
    writer = try store.top.create(OverlayStore.object(key), if: own)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) { unsafe try writer.write(bytes) }

  func copy(from other: ObjectKey, range: Range<Int>) throws(StoreError) {
    try copyByReading(store, from: other, range: range)
  }

  func commit() throws(StoreError) -> Written {
    switch condition {
    case .none: break
    case .absent:
      if let found = try store.baseVersion(key) { throw .refused(key, wanted: condition, found: found) }
    case .version(let version) where OverlayStore.ownVersion(version) == nil:
      let found = try store.baseVersion(key)
      if found != version { throw .refused(key, wanted: condition, found: found) }
    case .version: break
    }
    let written = try writer.commit()
    store.note(.init(key: key, size: written.size))
    return Written(size: written.size, version: "dry " + written.version, storeTime: try store.base.now())
  }
}
