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
final class TurnStore: StoreInFront {
  let base: any ObjectStore
  private let baton: Baton
  private let thread: Int

  init(_ store: any ObjectStore, _ baton: Baton, _ thread: Int) {
    base = store
    self.baton = baton
    self.thread = thread
  }

  func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo {
    baton.turn(thread)
    return try base.info(key)
  }
  func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    baton.turn(thread)
    return try base.open(key, range: range)
  }
  func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    CommitInFront(try base.create(key, if: condition)) { [baton, thread] (writer) throws(StoreError) in
      baton.turn(thread)
      return try writer.commit()
    }
  }
  func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    baton.turn(thread)
    try base.delete(key, ifVersion: version)
  }
  func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    baton.turn(thread)
    return try base.list(prefix: prefix, after: after, limit: limit)
  }
  func now() throws(StoreError) -> Instant {
    baton.turn(thread)
    return try base.now()
  }
}
