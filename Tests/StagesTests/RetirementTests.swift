import Basics
import Coordination
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Parts that are out of use go, after their grace, and nothing else does.
@Suite struct RetirementTests {
  private func world(grace: String) throws -> World {
    let world = try World(World.plain + "\npublish: { grace: \(grace) }\n")
    world.leastPart = 2 << 10
    return world
  }

  private func pointer(_ world: World) throws -> Pointer {
    try #require(try Pointer.read(world.folder)?.pointer)
  }

  /// What is in `published/parts/`.
  private func parts(_ world: World) throws -> Set<String> {
    var names: Set<String> = []
    try world.store.forEach(prefix: "cases/published/parts/") { key, _ in
      names.insert(String(key.description.dropFirst("cases/".count)))
    }
    return names
  }

  private func named(_ pointer: Pointer) -> Set<String> {
    Set(pointer.current.flatMap { [$0.object, $0.layout?.object].compactMap { $0 } })
  }

  private func retired(_ pointer: Pointer) -> Set<String> {
    Set((pointer.retired ?? []).map(\.object))
  }

  @Test func partsStayForTheirGrace() throws {
    let world = try world(grace: "1h")
    try world.tick(first.csv)
    let one = try pointer(world)
    #expect(one.retired == nil)
    try world.tick(second.csv)
    let two = try pointer(world)
    let out = named(one).subtracting(named(two))
    #expect(!out.isEmpty && retired(two) == out)
    #expect(out.contains { $0.hasSuffix(".layout") })
    let since = try #require(two.retired?.first?.since)
    #expect(abs(since.seconds(since: try world.store.now())) < 5)
    #expect(try parts(world) == named(two).union(out))

    // 3540 seconds after, then more than an hour.
    world.store.advance(bySeconds: 3480 - 60)
    try world.tick(third.csv)
    #expect(try parts(world).isSuperset(of: out))
    #expect(try retired(pointer(world)).isSuperset(of: out))
    world.store.advance(bySeconds: 60)
    try world.tick(second.csv)
    let four = try pointer(world)
    #expect(try parts(world).isDisjoint(with: out))
    #expect(retired(four).isDisjoint(with: out) && !retired(four).isEmpty)
    #expect(try parts(world) == named(four).union(retired(four)))
    try world.check([first, second, third, second], "after parts were removed")
  }

  @Test func withoutGraceOnePublicationIsWaitedFor() throws {
    let world = try world(grace: "0s")
    var last: Pointer?
    for (number, table) in [first, second, third, first, second].enumerated() {
      try world.tick(table.csv)
      let next = try pointer(world)
      #expect(try parts(world) == named(next).union(retired(next)))
      if let last {
        #expect(try parts(world).isSuperset(of: named(last)), "readers of the last one are not cut off")
        #expect(retired(next) == named(last).subtracting(named(next)), "publication \(number)")
      }
      last = next
    }
    try world.check([first, second, third, first, second], "without grace")
  }

  /// A part that stands for long is in no list, and closed segments never are.
  @Test func whatIsNamedStays() throws {
    let world = try world(grace: "0s")
    var table = Table(0..<400)
    var tables: [Table] = []
    var kept = 0
    for run in 0..<12 {
      table = table.changing([100 + run, 101 + run], to: "run \(run)")
      tables.append(table)
      let before = try Pointer.read(world.folder)?.pointer
      try world.tick(table.csv)
      let after = try pointer(world)
      kept += before.map { named($0).intersection(named(after)).count } ?? 0
      #expect(try parts(world) == named(after).union(retired(after)))
      #expect(after.closed.count == run)
    }
    #expect(kept > 40)
    try world.check(tables, "parts that stand")
  }

  /// Processes die, and answers are lost, at every operation of a publication that removes parts.
  @Test(arguments: FaultyStore.Fault.allCases) func crashes(_ fault: FaultyStore.Fault) throws {
    func begin() throws -> (World, RunEvent) {
      let world = try world(grace: "0s")
      for table in [first, second] { try world.tick(table.csv) }
      return (world, try world.recorded(third.csv))
    }
    let (plain, event) = try begin()
    let counting = FaultyStore(plain.store)
    _ = try plain.run(.publish, event, on: counting)
    #expect(counting.log.contains { $0.hasPrefix("delete") })
    for number in 1...counting.operations {
      let (world, event) = try begin()
      let store = FaultyStore(world.store, at: number, fault)
      let why = "\(fault) at operation \(number) (\(counting.log[number - 1]))"
      let old = try pointer(world)
      _ = Result { () throws(Failure) in try world.run(.publish, event, on: store) }
      // Whichever pointer is there: all that it names is.
      let there = try pointer(world)
      #expect(try parts(world).isSuperset(of: named(there)), "\(why)")
      #expect(try parts(world).isSuperset(of: named(old)), "\(why): readers of the one before")
      world.store.advance(bySeconds: World.beyondAll)
      for table in [third, first, second, third] {
        world.dump = table.csv
        for _ in 0..<3 where try world.tick().data.outcome == .unchanged { break }
      }
      try world.check([first, second, third, first, second, third], why)
      // What was retired is gone, also what an answer was lost about. What a dead attempt wrote was never named.
      let end = try pointer(world)
      #expect(try parts(world).isDisjoint(with: retired(old)), "\(why)")
      #expect(try parts(world).isDisjoint(with: named(old).subtracting(named(end))), "\(why)")
      if fault == .ambiguous || fault == .ambiguousAndLost, !counting.log[number - 1].hasPrefix("commit") {
        #expect(try parts(world) == named(end).union(retired(end)), "\(why)")
      }
    }
  }

  /// Who may not delete publishes all the same, and says so.
  @Test func removalMayBeDenied() throws {
    let world = try world(grace: "0s")
    let store = Denying(world.store, deleting: { _ in true })
    for table in [first, second, third] {
      #expect(try world.tick(table.csv, on: store).data.outcome == .published)
    }
    try world.check([first, second, third], "undeletable")
    let waiting = try retired(pointer(world))
    #expect(try parts(world).isSuperset(of: waiting))
    try world.tick(first.csv)
    #expect(try parts(world).isDisjoint(with: waiting))
  }
}
