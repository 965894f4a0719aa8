import Basics
import Coordination
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Two runs at once, stage by stage.
@Suite struct OverlapTests {
  /// All orders in which two chains of four stages can be run: which of the two is next.
  static let orders: [[Int]] = (0..<256).map { bits in (0..<8).map { bits >> $0 & 1 } }
    .filter { $0.reduce(0, +) == 4 }

  /// How far the clock moves before each stage: not at all, beyond a hand-over's grace.
  @Test(arguments: [1.0, 61, 200], [false, true])
  func oneOfTwoWins(_ seconds: Double, _ sourceMoves: Bool) throws {
    for order in Self.orders {
      let why = "order \(order.map(String.init).joined()), \(seconds) s"
      let world = try World()
      try world.tick(first.csv)
      world.dump = second.csv
      var events: [RunEvent?] = [nil, nil]
      var stages = [0, 0]
      var published = 0
      var reads = 0
      for chain in order {
        defer { stages[chain] += 1 }
        if stages[chain] > 0, events[chain] == nil { continue }
        world.store.advance(bySeconds: seconds)
        let before = world.bodies
        do {
          events[chain] =
            if let event = events[chain] {
              try world.run(Stage.allCases[stages[chain]], event)
            } else { try world.fetch() }
        } catch {
          #expect(error.kind == .tryAgain, "\(why): \(error)")
          events[chain] = nil
        }
        if world.bodies > before {
          reads += 1
          if sourceMoves { world.dump = third.csv }
        }
      }
      for event in events where event?.data.outcome == .published { published += 1 }
      #expect(published >= 1, "\(why): nobody won")
      try settle(world, why)
      try world.check(sourceMoves ? [first, second, third] : [first, second], why)
    }
  }

  @Test func aRunThatWasThoughtDeadChangesNothing() throws {
    let world = try World()
    try world.tick(first.csv)
    world.dump = second.csv
    // Its fetch takes so long that it is taken for dead, and another run begins and ends.
    let slow = Interposed(world.store) { key in key.hasSuffix("/fetch.json") }
    slow.action = {
      world.store.advance(bySeconds: 200)
      #expect(throws: Never.self) { try world.tick(third.csv) }
    }
    let failure = #expect(throws: Failure.self) { try world.fetch(on: slow, trigger: ("timer", "1")) }
    #expect(failure?.kind == .tryAgain)
    let before = try listing(world.store)
    // Its trigger comes again: it has an answer, but its base is no longer the head.
    let event = try world.fetch(trigger: ("timer", "1"))
    #expect(event.data.outcome == .fetched)
    let answer = try world.goOn(from: event)
    #expect(answer.data.outcome == .superseded)
    #expect(answer.data.message?.contains("another run was faster") == true)
    #expect(try world.dump(of: event.data.run) == second.csv)
    let changed = try listing(world.store).filter { before[$0.key] != $0.value }.keys
    #expect(Set(changed) == ["cases/lock.json", "cases/runs/\(event.data.run)/dedupe.json"])
    try world.check([first, third], "superseded")
  }

  /// A stage is taken for dead; the run is gone on with, and another one recorded, before it wakes up.
  @Test(arguments: ["/dedupe.json", "changes/", "keys/", "head.json", "heads/", "/snapshot.json"])
  func aStageThatWasThoughtDeadChangesNothing(_ part: String) throws {
    let world = try World()
    try world.tick(first.csv)
    world.dump = second.csv
    world.store.advance(bySeconds: 60)
    let slow = Interposed(world.store) { $0.contains(part) }
    let fetched = try world.fetch()
    slow.action = {
      world.store.advance(bySeconds: 200)
      #expect(throws: Never.self) {
        #expect(try world.tick().data.outcome == .published)
        try world.tick(third.csv)
        world.store.advance(bySeconds: 200)
      }
    }
    let failure = #expect(throws: Failure.self) {
      let found = try world.run(.dedupe, fetched, on: slow)
      _ = try world.run(.snapshot, found, on: slow)
    }
    #expect(failure?.kind == .tryAgain, "\(String(describing: failure))")
    #expect(slow.fired)
    try world.check([first, second, third], "zombie at \(part)")
    #expect(try world.tick().data.outcome == .unchanged)
  }

  @Test(
    arguments: ["parts/", "closed/", "current.jsonl", "current.manifest", "pointer.json"], [false, true])
  func anOldPublisherNeverUndoesANewerOne(_ part: String, _ isRemote: Bool) throws {
    let world = try World(isRemote: isRemote)
    try world.tick(first.csv)
    world.dump = second.csv
    world.store.advance(bySeconds: 60)
    var event = try world.fetch()
    for stage in [Stage.dedupe, .snapshot] { event = try world.run(stage, event) }
    let slow = Interposed(world.store) { $0.contains(part) }
    slow.action = {
      world.store.advance(bySeconds: 200)
      #expect(throws: Never.self) {
        #expect(try world.tick().data.outcome == .published)
        try world.tick(third.csv)
      }
    }
    let failure = #expect(throws: Failure.self) { _ = try world.run(.publish, event, on: slow) }
    #expect(failure?.kind == .tryAgain, "\(String(describing: failure))")
    #expect(slow.fired)
    try world.check([first, second, third], "old publisher at \(part)")
    #expect(try world.run(.publish, event).data.outcome == .published)
    try world.check([first, second, third], "its event again")
  }

  private func settle(_ world: World, _ why: String) throws {
    world.store.advance(bySeconds: World.beyondAll)
    for _ in 0..<5 where try world.tick().data.outcome == .unchanged { return }
    Issue.record("\(why): it never ends")
  }
}

/// Does something once, before a commit of a chosen object: as if the process had slept there.
final class Interposed: ObjectStore {
  @safe nonisolated(unsafe) var action: () -> Void = {}
  @safe nonisolated(unsafe) private(set) var fired = false
  private let store: any ObjectStore
  private let isChosen: @Sendable (String) -> Bool

  init(_ store: any ObjectStore, _ isChosen: @escaping @Sendable (String) -> Bool) {
    self.store = store
    self.isChosen = isChosen
  }

  var location: String { store.location }
  var isRemote: Bool { store.isRemote }
  func uri(of key: ObjectKey) -> String { store.uri(of: key) }
  func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo { try store.info(key) }
  func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    try store.open(key, range: range)
  }
  func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    InterposedWriter(self, key, try store.create(key, if: condition))
  }
  func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    try store.delete(key, ifVersion: version)
  }
  func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    try store.list(prefix: prefix, after: after, limit: limit)
  }
  func now() throws(StoreError) -> Instant { try store.now() }

  fileprivate func commits(_ key: ObjectKey) {
    guard !fired, isChosen(key.description) else { return }
    fired = true
    action()
  }
}

private final class InterposedWriter: ObjectWriter {
  private let store: Interposed
  private let key: ObjectKey
  private let writer: any ObjectWriter

  init(_ store: Interposed, _ key: ObjectKey, _ writer: any ObjectWriter) {
    self.store = store
    self.key = key
    self.writer = writer
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) { unsafe try writer.write(bytes) }
  func copy(from key: ObjectKey, range: Range<Int>) throws(StoreError) {
    try writer.copy(from: key, range: range)
  }
  func commit() throws(StoreError) -> Written {
    store.commits(key)
    return try writer.commit()
  }
}
