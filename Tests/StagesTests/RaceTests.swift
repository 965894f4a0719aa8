import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Several schedulers at once, operation by operation: leases expire, processes die, answers are lost, the source
/// moves on.
@Suite struct RaceTests {
  private static let threads = 3

  @Test(arguments: 0..<8) func historyStaysRight(_ part: UInt64) throws {
    for seed in part * 60..<part * 60 + 60 { try race(seed) }
  }

  private func race(_ seed: UInt64) throws {
    let why = "seed \(seed)"
    var tables = [first, second, third]
    var random = SplitMix64(seed: seed)
    for number in 0..<3 {
      let ids = (0..<4).map { _ in Int.random(in: 0..<40, using: &random) }
      tables.append(
        tables[tables.count - 1].changing(ids, to: "text \(number) of \(seed)").removing([200 + number]))
    }
    // In half of them parts go as soon as they may.
    let settings = World.plain + (seed % 2 == 0 ? "\npublish: { grace: 0s }\n" : "\n")
    @safe nonisolated(unsafe) let world = try World(settings, seed: seed, isRemote: seed % 4 < 2)
    world.leastPart = seed % 2 == 0 ? 2 << 10 : nil
    world.dump = tables[0].csv
    var sent = 0
    let isCalm = seed % 3 == 0
    let baton = Baton(threads: Self.threads, seed: seed) { random in
      if Int.random(in: 0..<40, using: &random) == 0, sent < tables.count - 1 {
        sent += 1
        world.dump = tables[sent].csv
      }
      // A process that sleeps for longer than its lease.
      if !isCalm, Int.random(in: 0..<60, using: &random) == 0 { world.store.advance(bySeconds: 70) }
    }
    let faults = (0..<Self.threads * 3).map { _ in
      (
        at: isCalm ? 0 : Int.random(in: 1..<120, using: &random),
        fault: FaultyStore.Fault.allCases[Int.random(in: 0..<4, using: &random)]
      )
    }
    baton.run { thread in
      for round in 0..<3 {
        let (at, fault) = faults[thread * 3 + round]
        do throws(Failure) {
          try world.tick(on: FaultyStore(TurnStore(world.store, baton, thread), at: at, fault))
        } catch {
          #expect([.tryAgain, .unavailable].contains(error.kind), "\(why): \(error)")
        }
      }
    }
    try settle(world, why)
    // Which dumps were recorded is a matter of luck; that they are in order, each once, is not.
    var recorded: [Table] = []
    var rest = tables[...]
    for head in try world.entries() {
      let bytes = try world.dump(of: head.run)
      guard let place = rest.firstIndex(where: { $0.csv == bytes }) else {
        Issue.record("\(why): entry \(head.seq) is out of order")
        return
      }
      recorded.append(rest[place])
      rest = rest[(place + 1)...]
    }
    #expect(recorded.last?.csv == world.dump, "\(why): the last dump")
    try world.check(recorded, why)
  }

  private func settle(_ world: World, _ why: String) throws {
    world.store.advance(bySeconds: World.beyondAll)
    for _ in 0..<6 where try world.tick().data.outcome == .unchanged { return }
    Issue.record("\(why): it never ends")
  }
}
