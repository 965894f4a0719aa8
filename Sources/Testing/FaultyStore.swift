public import Basics
public import ObjectStore
import Synchronization

/// A store in front of another on which a process dies, or an answer is lost, at an operation chosen by number.
///
/// To try every crash: run once with no fault, read ``operations``, then run for each number from 1 to it.
/// Counted are info, open, create, commit, delete, list and now; reads and writes of an open object are not, but
/// fail too once the process is dead.
public final class FaultyStore: ObjectStore {
  /// What happens at the chosen operation.
  public enum Fault: Sendable, CaseIterable {
    /// The process dies before it: it does not take place, and neither does any later one.
    case before
    /// The process dies after it: it takes place, its answer is lost, and no later one takes place.
    case after
    /// A commit or delete takes place, but its answer is lost (``StoreError/Kind/ambiguous``), once. Other
    /// operations are untouched.
    case ambiguous
    /// A commit or delete does not take place, and nobody can tell (``StoreError/Kind/ambiguous``), once.
    case ambiguousAndLost
  }

  /// What the message of every error begins with that this store makes up.
  public static let mark = "simulated fault"

  private struct State {
    var log: [String] = []
    var dead: String?
    var fired = false
    var copied = 0
  }

  private let store: any ObjectStore
  private let target: Int
  private let fault: Fault
  private let state = Mutex(State())

  /// - Parameter target: the number of the operation, from 1; 0: none.
  public init(_ store: any ObjectStore, at target: Int = 0, _ fault: Fault = .before) {
    self.store = store
    self.target = target
    self.fault = fault
  }

  /// How many operations were counted.
  public var operations: Int { state.withLock { $0.log.count } }
  /// The operations in order, such as `commit feed/head.json`.
  public var log: [String] { state.withLock { $0.log } }
  /// Whether the fault took place.
  public var fired: Bool { state.withLock { $0.fired } }

  /// How many bytes were copied from object to object.
  public var copiedBytes: Int { state.withLock { $0.copied } }

  public var location: String { store.location }
  public var isRemote: Bool { store.isRemote }
  public func uri(of key: ObjectKey) -> String { store.uri(of: key) }

  public func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo {
    try count("info", key.description) { () throws(StoreError) in try store.info(key) }
  }

  public func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    try count("open", key.description) { () throws(StoreError) in
      FaultyReader(try store.open(key, range: range), self, key)
    }
  }

  public func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    try count("create", key.description) { () throws(StoreError) in
      FaultyWriter(try store.create(key, if: condition), self, key)
    }
  }

  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    try count("delete", key.description, changes: true) { () throws(StoreError) in
      try store.delete(key, ifVersion: version)
    }
  }

  public func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    try count("list", prefix) { () throws(StoreError) in
      try store.list(prefix: prefix, after: after, limit: limit)
    }
  }

  public func now() throws(StoreError) -> Instant {
    try count("now", "") { () throws(StoreError) in try store.now() }
  }

  fileprivate func noteCopy(_ count: Int) { state.withLock { $0.copied += count } }

  /// Throws if the process is dead.
  fileprivate func live(_ key: String) throws(StoreError) {
    if let dead = state.withLock({ $0.dead }) { throw StoreError(.unavailable, key: key, dead) }
  }

  fileprivate func count<Result>(
    _ name: String, _ key: String, changes: Bool = false, _ work: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try live(key)
    let (fires, said) = state.withLock { state in
      state.log.append(key.isEmpty ? name : "\(name) \(key)")
      let fires = state.log.count == target && (changes || fault == .before || fault == .after)
      let said = "\(Self.mark) at operation \(state.log.count) (\(name) \(key))"
      if fires {
        state.fired = true
        if fault == .before || fault == .after { state.dead = said + ": the process is dead" }
      }
      return (fires, said)
    }
    guard fires else { return try work() }
    switch fault {
    case .before: try live(key)
    case .after:
      _ = try? work()
      try live(key)
    case .ambiguous:
      // A write that was refused has an answer, and it is not lost: only a done deed is in doubt.
      _ = try work()
    case .ambiguousAndLost: break
    }
    throw StoreError(.ambiguous, key: key, "\(said): the answer was lost")
  }
}

private final class FaultyReader: ObjectReader {
  private let reader: any ObjectReader
  private let store: FaultyStore
  private let key: ObjectKey

  init(_ reader: any ObjectReader, _ store: FaultyStore, _ key: ObjectKey) {
    self.reader = reader
    self.store = store
    self.key = key
  }

  var info: ObjectInfo { reader.info }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
    try store.live(key.description)
    return unsafe try reader.read(into: buffer)
  }

  func move(to range: Range<Int>) throws(StoreError) {
    try store.live(key.description)
    try reader.move(to: range)
  }
}

private final class FaultyWriter: ObjectWriter {
  private let writer: any ObjectWriter
  private let store: FaultyStore
  private let key: ObjectKey

  init(_ writer: any ObjectWriter, _ store: FaultyStore, _ key: ObjectKey) {
    self.writer = writer
    self.store = store
    self.key = key
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    try store.live(key.description)
    unsafe try writer.write(bytes)
  }

  func copy(from source: ObjectKey, range: Range<Int>) throws(StoreError) {
    try store.live(key.description)
    try writer.copy(from: source, range: range)
    store.noteCopy(range.count)
  }

  func commit() throws(StoreError) -> Written {
    try store.count("commit", key.description, changes: true) { () throws(StoreError) in try writer.commit() }
  }
}
