import Basics
import Glibc
import ObjectStore
import StrandlineTesting

/// Lets one of several threads run at a time and hands over at operations of a store, as a seed says: every
/// interleaving can be had, and had again.
@safe final class Baton: @unchecked Sendable {
  private let turns: UnsafeMutablePointer<sem_t>
  private let count: Int
  private var live: [Int]
  private var random: SplitMix64
  private let atTurn: (inout SplitMix64) -> Void

  /// - Parameter atTurn: what happens to the world at an operation, before it takes place.
  init(threads count: Int, seed: UInt64, atTurn: @escaping (inout SplitMix64) -> Void) {
    self.count = count
    self.atTurn = atTurn
    live = Array(0..<count)
    random = SplitMix64(seed: seed)
    unsafe turns = .allocate(capacity: count)
    for index in 0..<count { unsafe sem_init(turns + index, 0, 0) }
  }

  deinit {
    for index in 0..<count { unsafe sem_destroy(turns + index) }
    unsafe turns.deallocate()
  }

  /// Runs a body on each thread until all are done.
  func run(_ body: @escaping @Sendable (Int) -> Void) {
    unsafe sem_post(turns + Int.random(in: 0..<count, using: &random))
    onThreads(count) { [self] index in
      unsafe sem_wait(turns + index)
      body(index)
      live.removeAll { $0 == index }
      if let next = live.randomElement(using: &random) { unsafe sem_post(turns + next) }
    }
  }

  /// The thread is about to do something that others can see.
  fileprivate func turn(_ thread: Int) {
    atTurn(&random)
    guard Int.random(in: 0..<3, using: &random) == 0, let next = live.randomElement(using: &random),
      next != thread
    else { return }
    unsafe sem_post(turns + next)
    unsafe sem_wait(turns + thread)
  }
}

/// A store as one thread sees it.
final class TurnStore: ObjectStore {
  private let store: any ObjectStore
  private let baton: Baton
  private let thread: Int

  init(_ store: any ObjectStore, _ baton: Baton, _ thread: Int) {
    self.store = store
    self.baton = baton
    self.thread = thread
  }

  var location: String { store.location }
  var isRemote: Bool { store.isRemote }
  func uri(of key: ObjectKey) -> String { store.uri(of: key) }
  func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo {
    baton.turn(thread)
    return try store.info(key)
  }
  func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    baton.turn(thread)
    return try store.open(key, range: range)
  }
  func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    TurnWriter(try store.create(key, if: condition), self)
  }
  func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    baton.turn(thread)
    try store.delete(key, ifVersion: version)
  }
  func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    baton.turn(thread)
    return try store.list(prefix: prefix, after: after, limit: limit)
  }
  func now() throws(StoreError) -> Instant {
    baton.turn(thread)
    return try store.now()
  }
  fileprivate func commits() { baton.turn(thread) }
}

private final class TurnWriter: ObjectWriter {
  private let writer: any ObjectWriter
  private let store: TurnStore

  init(_ writer: any ObjectWriter, _ store: TurnStore) {
    self.writer = writer
    self.store = store
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) { unsafe try writer.write(bytes) }
  func copy(from key: ObjectKey, range: Range<Int>) throws(StoreError) {
    try writer.copy(from: key, range: range)
  }
  func commit() throws(StoreError) -> Written {
    store.commits()
    return try writer.commit()
  }
}
