import Basics
import Coordination
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Crashes outside of a plain run: while a refused dump is accepted, while a run is gone on with, and while a
/// generation begins.
@Suite struct OtherCrashTests {
  private static let empty = Array("id,name,text\n".utf8)

  @Test(arguments: FaultyStore.Fault.allCases) func whileARefusedDumpIsAccepted(_ fault: FaultyStore.Fault)
    throws
  {
    var number = 0
    var fired = 0
    while number < 200 {
      number += 1
      let world = try World()
      try world.tick(first.csv)
      let refused = try world.tick(Self.empty)
      world.store.advance(bySeconds: 60)
      let store = FaultyStore(world.store, at: number, fault)
      var failed = false
      do throws(Failure) {
        let found = try DedupeStage(world.process(on: store)).accept(refused.data.run)
        _ = try world.goOn(from: found, on: store)
      } catch {
        failed = true
        #expect([.unavailable, .tryAgain].contains(error.kind), "\(error)")
      }
      if store.operations < number { break }
      guard store.fired else { continue }
      fired += 1
      let why = "\(fault) at operation \(number) (\(store.log[number - 1])) of accept"
      world.store.advance(bySeconds: World.beyondAll)
      // Whoever asked asks again; an interrupted run may have to be gone on with before.
      if failed {
        let reads = world.opens
        do throws(Failure) { _ = try world.goOn(from: world.accept(refused.data.run)) } catch {
          #expect(error.kind == .tryAgain, "\(why): \(error)")
          #expect(try world.tick().data.outcome == .published, "\(why)")
          #expect(world.opens == reads, "\(why): the source was read")
        }
      }
      let heads = try world.entries()
      #expect(heads.map(\.run).dropFirst() == [refused.data.run + "-accepted"], "\(why)")
      #expect(try world.rows(asOf: heads[heads.count - 1].validFrom).isEmpty, "\(why)")
      #expect(try Pointer.read(world.folder)?.pointer.seq == 2, "\(why)")
      #expect(try world.tick().data.outcome == .unchanged, "\(why)")
    }
    #expect(fired > 5 && number < 200)
  }

  /// Whoever accepts is told to end. What was recorded of it by then comes next, and never after something newer.
  @Test(arguments: [false, true]) func whoeverAcceptsIsToldToEnd(_ comesAfter: Bool) throws {
    var wasGoneOn = 0
    var number = 0
    while number < 100 {
      number += 1
      let world = try World()
      try world.tick(first.csv)
      let refused = try world.tick(Self.empty)
      world.dump = first.csv
      world.store.advance(bySeconds: 60)
      let telling = Telling(at: number, comesAfter)
      let context = try world.process(on: InterceptedStore(world.store) { telling.meet($0) })
      telling.interruption = context.interruption
      _ = Result { () throws(Failure) in try DedupeStage(context).accept(refused.data.run) }
      if telling.count < number { break }
      let why = "told \(comesAfter ? "after" : "before") operation \(number)"
      world.store.advance(bySeconds: World.beyondAll)
      let next = try world.tick()
      if next.data.run == refused.data.run + "-accepted" {
        wasGoneOn += 1
        #expect(try world.tick().data.outcome == .published, "\(why)")
      } else {
        #expect(next.data.outcome == .unchanged, "\(why)")
      }
      let heads = try world.entries().map(\.run)
      guard let late = try RunLog(world.folder).answer(refused.data.run + "-accepted", .dedupe) else {
        continue
      }
      _ = try world.goOn(from: late)
      #expect(try world.entries().map(\.run) == heads, "\(why)")
    }
    #expect(wasGoneOn > 0 && number < 100)
  }

  /// Two processes die one after the other, at operations that a seed chooses.
  @Test(arguments: 0..<4 as Range<UInt64>) func timeAndAgain(_ part: UInt64) throws {
    for seed in part * 50..<part * 50 + 50 {
      var random = SplitMix64(seed: seed)
      let world = try World(seed: seed)
      let tables = [first, second, third]
      for (number, table) in tables.enumerated() {
        world.dump = table.csv
        // No later dump comes before this one is recorded; until then processes die.
        for _ in 0..<100 where try world.entries().count == number {
          let at = Int.random(in: 1..<70, using: &random)
          let fault = FaultyStore.Fault.allCases[Int.random(in: 0..<4, using: &random)]
          world.store.advance(bySeconds: [30, 61, 200][Int.random(in: 0..<3, using: &random)])
          _ = Result { () throws(Failure) in try world.tick(on: FaultyStore(world.store, at: at, fault)) }
        }
      }
      world.store.advance(bySeconds: World.beyondAll)
      for _ in 0..<3 where try world.tick().data.outcome == .unchanged { break }
      try world.check(tables, "seed \(seed)")
    }
  }

  /// `current.jsonl` is replaced: that one of this length is there proves nothing.
  @Test func aFileOfTheSameLength() throws {
    let same = first.changing([5], to: String(repeating: "as it was at first! ", count: 8))
    for number in 1..<120 {
      let world = try World()
      try world.tick(first.csv)
      let store = FaultyStore(world.store, at: number, .ambiguousAndLost)
      _ = Result { () throws(Failure) in try world.tick(same.csv, on: store) }
      guard store.fired else { continue }
      world.store.advance(bySeconds: World.beyondAll)
      for _ in 0..<3 where try world.tick().data.outcome == .unchanged { break }
      try world.check([first, same], "no answer to operation \(number), \(store.log[number - 1])")
    }
  }

  @Test(arguments: [FaultyStore.Fault.before, .after, .ambiguous, .ambiguousAndLost])
  func whileAGenerationBegins(_ fault: FaultyStore.Fault) throws {
    let plainTable = Table(0..<12_000)
    func noise(_ seed: UInt64) -> Table {
      var random = SplitMix64(seed: seed)
      var table = plainTable
      // Some rows stay, or the dump would be a base by itself.
      for index in table.rows.indices.dropFirst(5000) {
        let letters = (0..<100).map { _ in UInt8.random(in: 97...122, using: &random) }
        table.rows[index]["text"] = String(decoding: letters, as: UTF8.self)
      }
      return table
    }
    let tables = [plainTable, noise(1)]
    let begin = { () throws -> World in
      let world = try World(World.plain + "\npublish: { current: never }\n")
      for table in tables.dropLast() { try world.tick(table.csv) }
      world.dump = tables[1].csv
      return world
    }
    let plain = try begin()
    let counting = FaultyStore(plain.store)
    try plain.tick(on: counting)
    let generation = try #require(plain.entries().last).generation
    #expect(generation.base.hasPrefix("bases/") && generation.packBytes == 0)
    // From the creation of the base to the head.
    let log = counting.log
    let bases = log.indices.filter { log[$0].contains("/bases/") && log[$0].hasPrefix("c") }
    let head = try #require(log.lastIndex { $0.hasPrefix("commit") && $0.hasSuffix("/head.json") })
    for number in [
      try #require(bases.first) + 1, try #require(bases.last) + 1, bases[bases.count - 1] + 3, head, head + 1,
    ] {
      let world = try begin()
      let store = FaultyStore(world.store, at: number, fault)
      _ = Result { () throws(Failure) in try world.tick(on: store) }
      world.store.advance(bySeconds: World.beyondAll)
      for _ in 0..<3 where try world.tick().data.outcome == .unchanged { break }
      let why = "\(fault) at operation \(number) (\(log[number - 1]))"
      let heads = try world.entries()
      #expect(heads.count == 2 && heads[1].generation.packBytes == 0, "\(why)")
      for (head, table) in zip(heads, tables) {
        #expect(try world.rows(asOf: head.validFrom) == table.rows, "\(why)")
        #expect(try world.dump(of: head.run) == table.csv, "\(why)")
      }
    }
  }
}

/// Tells a process to end at one of its operations on the store.
private final class Telling: @unchecked Sendable {
  var interruption: Interruption?
  private(set) var count = 0
  private let target: Int
  private let comesAfter: Bool

  init(at target: Int, _ comesAfter: Bool) {
    (self.target, self.comesAfter) = (target, comesAfter)
  }

  func meet(_ operation: StoreOperation) -> InterceptedStore.After? {
    guard !operation.isContinued else { return nil }
    count += 1
    guard count == target, let interruption else { return nil }
    if comesAfter { return { (_) in _ = interruption.fire() } }
    _ = interruption.fire()
    return nil
  }
}
