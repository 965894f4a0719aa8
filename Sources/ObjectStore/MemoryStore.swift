public import Basics
import Synchronization

/// A store that is gone with its process: for tests, simulations and trial runs.
///
/// Its clock stands still until it is set, and its versions are a counter. It refuses what a directory refuses,
/// so that no test passes here that fails there.
public final class MemoryStore: ObjectStore {
  fileprivate struct Object {
    let bytes: [UInt8]
    let version: String
    let modified: Instant
  }

  private struct State {
    var objects: [ObjectKey: Object] = [:]
    var time: Instant
    var changes = 0
  }

  public let location: String
  public let isRemote: Bool
  private let state: Mutex<State>

  /// An empty store whose clock stands at `time`.
  /// - Parameter isRemote: whether it says of itself that it is far away.
  public init(
    location: String = "memory:", time: Instant = Instant(seconds: 1_700_000_000), isRemote: Bool = false
  ) {
    self.location = location
    self.isRemote = isRemote
    state = Mutex(State(time: time))
  }

  /// Another store that has the same objects, and the same time.
  public func copy() -> MemoryStore {
    let copy = MemoryStore(location: location, isRemote: isRemote)
    let state = state.withLock { $0 }
    copy.state.withLock { $0 = state }
    return copy
  }

  /// Sets the store's clock.
  public func setTime(_ time: Instant) { state.withLock { $0.time = time } }

  /// Moves the store's clock on.
  public func advance(bySeconds seconds: Double) {
    state.withLock { $0.time = $0.time.advanced(bySeconds: seconds) }
  }

  public func now() throws(StoreError) -> Instant { state.withLock { $0.time } }

  /// Not to be opened by anybody: ``location`` and the key.
  public func uri(of key: ObjectKey) -> String { location + key.description }

  public func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo { try find(key).info }

  public func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    let (object, info) = try find(key)
    let wanted = range ?? 0..<info.size
    guard wanted.lowerBound >= 0, wanted.upperBound <= info.size else {
      throw .outside(wanted, size: info.size, key: key)
    }
    return MemoryReader(key, bytes: object.bytes, info: info, range: wanted)
  }

  public func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    MemoryWriter(store: self, key: key, condition: condition)
  }

  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    try state.withLock { (state) throws(StoreError) in
      guard let found = state.objects[key]?.version else { throw .absent(key) }
      if let version, version != found { throw .refused(key, wanted: .version(version), found: found) }
      state.objects[key] = nil
    }
  }

  public func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    if limit < 1 { throw StoreError(.invalid, key: prefix, "a page holds at least one key, not \(limit)") }
    return state.withLock { state in
      let found = state.objects.filter { key, _ in
        key.description.utf8.starts(with: prefix.utf8)
          && (after.map { $0.utf8.lexicographicallyPrecedes(key.description.utf8) } ?? true)
      }
      let entries = found.sorted { $0.key < $1.key }.prefix(limit).map {
        (key: $0.key, size: $0.value.bytes.count)
      }
      return ListPage(entries: entries, more: found.count > limit)
    }
  }

  private func find(_ key: ObjectKey) throws(StoreError) -> (object: Object, info: ObjectInfo) {
    try state.withLock { (state) throws(StoreError) in
      guard let object = state.objects[key] else { throw .absent(key) }
      return (object, Self.info(object, state.time))
    }
  }

  fileprivate func replace(
    _ key: ObjectKey, by bytes: [UInt8], if condition: WriteCondition
  ) throws(StoreError) -> Written {
    try state.withLock { (state) throws(StoreError) in
      let found = state.objects[key]?.version
      if found == nil {
        for other in state.objects.keys where key.isFolder(of: other) || other.isFolder(of: key) {
          throw .collides(key, with: other.description)
        }
      }
      guard condition.holds(for: found) else { throw .refused(key, wanted: condition, found: found) }
      state.changes += 1
      let object = Object(bytes: bytes, version: "v\(state.changes)", modified: state.time)
      state.objects[key] = object
      return Written(Self.info(object, state.time))
    }
  }

  private static func info(_ object: Object, _ time: Instant) -> ObjectInfo {
    ObjectInfo(
      size: object.bytes.count, version: object.version, lastModified: object.modified,
      storeTime: max(time, object.modified))
  }
}

extension ObjectKey {
  fileprivate func isFolder(of other: ObjectKey) -> Bool {
    let (folder, key) = (description.utf8, other.description.utf8)
    return key.count > folder.count && key.starts(with: folder)
      && key[key.index(key.startIndex, offsetBy: folder.count)] == UInt8(ascii: "/")
  }
}

private final class MemoryReader: ObjectReader {
  let info: ObjectInfo
  private let key: ObjectKey
  private let bytes: [UInt8]
  private var rest: Range<Int>

  init(_ key: ObjectKey, bytes: [UInt8], info: ObjectInfo, range: Range<Int>) {
    self.key = key
    self.bytes = bytes
    self.info = info
    rest = range
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
    let count = min(buffer.count, rest.count)
    unsafe buffer.copyBytes(from: bytes[rest.lowerBound..<rest.lowerBound + count])
    rest = rest.lowerBound + count..<rest.upperBound
    return count
  }

  func move(to range: Range<Int>) throws(StoreError) {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      throw .outside(range, size: bytes.count, key: key)
    }
    rest = range
  }
}

private final class MemoryWriter: ObjectWriter {
  private let store: MemoryStore
  private let key: ObjectKey
  private let condition: WriteCondition
  private var bytes: [UInt8] = []
  private var isOver = false

  init(store: MemoryStore, key: ObjectKey, condition: WriteCondition) {
    self.store = store
    self.key = key
    self.condition = condition
  }

  func write(_ more: UnsafeRawBufferPointer) throws(StoreError) {
    if isOver { throw .committedAlready(key) }
    unsafe bytes.append(contentsOf: more)
  }

  func copy(from source: ObjectKey, range: Range<Int>) throws(StoreError) {
    if isOver { throw .committedAlready(key) }
    try copyByReading(store, from: source, range: range)
  }

  func commit() throws(StoreError) -> Written {
    if isOver { throw .committedAlready(key) }
    isOver = true
    return try store.replace(key, by: bytes, if: condition)
  }
}
