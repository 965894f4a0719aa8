import Basics
import ObjectStore
import StrandlineTesting

/// Lets one of several threads run at a time and hands over at operations of a store, as a seed says: every
/// interleaving can be had, and had again.
final class Baton: @unchecked Sendable {
  private let turns: TakingTurns
  private var random: SplitMix64
  private let atTurn: (inout SplitMix64) -> Void

  /// - Parameter atTurn: what happens to the world at an operation, before it takes place.
  init(threads count: Int, seed: UInt64, atTurn: @escaping (inout SplitMix64) -> Void) {
    self.atTurn = atTurn
    turns = TakingTurns(threads: count)
    random = SplitMix64(seed: seed)
  }

  /// Runs a body on each thread until all are done.
  func run(_ body: @escaping @Sendable (Int) -> Void) {
    turns.run(next: { [self] live in random.pick(live) }, body)
  }

  /// The thread is about to do something that others can see.
  fileprivate func turn(_ thread: Int) {
    atTurn(&random)
    if random.oneIn(3), !turns.live.isEmpty { turns.pass(from: thread, to: random.pick(turns.live)) }
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
