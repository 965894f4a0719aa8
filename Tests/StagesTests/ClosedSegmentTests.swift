import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Closed segments stay few, and nothing of them is lost.
@Suite struct ClosedSegmentTests {
  /// - Parameter runs: how many changed something after the first.
  private func world(
    fanIn: Int, runs: Int, after each: (World, [Table]) throws -> Void = { _, _ in }
  ) throws -> (World, [Table]) {
    let world = try World(World.plain + "\npublish: { grace: 0s }\n")
    world.mergedSegments = fanIn
    var tables = [first]
    try world.tick(first.csv)
    for run in 0..<runs {
      let table = (tables.last ?? first).changing([run % 40], to: "run \(run)")
      #expect(try world.tick(table.csv).data.outcome == .published)
      tables.append(table)
      try each(world, tables)
    }
    return (world, tables)
  }

  private func closed(_ world: World) throws -> [Pointer.Part] {
    try #require(try Pointer.read(world.folder)).pointer.closed
  }

  /// 40 runs in tiers of three: a few of each of four tiers.
  @Test func areFewWhateverTheNumberOfRuns() throws {
    let (world, tables) = try world(fanIn: 3, runs: 40) { (world, tables) in
      let closed = try closed(world)
      #expect(closed.count <= 11)
      #expect(closed.reduce(0) { $0 + $1.rows } == tables.count - 1, "each run closed a version")
      #expect(Set(closed.map(\.object)).count == closed.count)
    }
    try world.check(tables, "merged")
    #expect(try closed(world).map { $0.tier ?? 0 }.max() == 3)
    // What was merged is gone, once the next publication has seen that its grace is over.
    let named = Set(try closed(world).map(\.object))
    try world.tick(first.csv)
    let there = try listing(world.store).keys.filter { $0.contains("published/closed/") }
    #expect(there.count <= named.count + 4, "\(there.sorted())")
    #expect(try world.tick().data.outcome == .unchanged)
  }

  /// The rows of the runs that stand are cut out of what was merged with others.
  @Test(arguments: 1...12) func aRewindCutsThem(_ target: Int) throws {
    let (world, _) = try world(fanIn: 3, runs: 0)
    var history = InForce(world, [:])
    history.recorded(first, try world.entries())
    var tables = [first]
    func tick(_ table: Table) throws {
      try world.tick(table.csv)
      history.recorded(table, try world.entries())
    }
    for run in 0..<11 {
      tables.append(tables[run].changing([run], to: "run \(run)"))
      try tick(tables[run + 1])
    }
    try world.rewind(to: .entry(target))
    history.rewound(to: target, to: try world.entries())
    try history.check("back to entry \(target)")
    #expect(try closed(world).reduce(0) { $0 + $1.rows } >= target - 1)
    // And on from there.
    for run in 0..<4 {
      try tick(tables[target - 1].changing([20 + run], to: "again \(run)"))
      try history.check("back to entry \(target), run \(run)")
    }
  }

  /// What is damaged is not merged, so that nobody believes it: it stays what its sum tells of, and others go on.
  @Test func aDamagedOneStays() throws {
    let (world, _) = try world(fanIn: 4, runs: 4)
    let part = try closed(world)[1]
    try damage(part, in: world)
    for run in 0..<5 { try world.tick(first.changing([9], to: "next \(run)").csv) }
    let after = try closed(world)
    #expect(after[1].object == part.object && after[1].sha256 == part.sha256)
    #expect(after.map { $0.tier ?? 0 } == [0, 0, 0, 0, 1, 0])
  }

  /// What stood before a rewind cannot be cut out of what is damaged: all is made anew from history.
  @Test func aRewindIntoADamagedOne() throws {
    let (world, _) = try world(fanIn: 3, runs: 0)
    var history = InForce(world, [:])
    history.recorded(first, try world.entries())
    for run in 0..<4 {
      let table = first.changing([run], to: "run \(run)")
      try world.tick(table.csv)
      history.recorded(table, try world.entries())
    }
    #expect(try closed(world).map { $0.tier ?? 0 } == [1, 0])
    try damage(closed(world)[0], in: world)
    try world.rewind(to: .entry(3))
    history.rewound(to: 3, to: try world.entries())
    try history.check("back into what is damaged")
  }

  private func damage(_ part: Pointer.Part, in world: World) throws {
    let key = try ObjectKey("cases/\(part.object)")
    var bytes = try world.store.get(key).bytes
    bytes[bytes.count / 2] ^= 1
    try world.store.delete(key, ifVersion: nil)
    try world.store.put(key, bytes, if: .absent)
  }

  /// Nothing is written again that is long, or whose like is long.
  @Test func longOnesStay() throws {
    let (world, tables) = try world(fanIn: 3, runs: 3)
    world.longestMerged = 16 << 10
    let all = (tables.last ?? first).changing(Array(0..<40), to: String(repeating: "long ", count: 200))
    try world.tick(all.csv)
    // This one closes what was long.
    try world.tick(first.csv)
    let objects = try closed(world).map(\.object)
    #expect(try closed(world).map { $0.tier ?? 0 } == [1, 0, 0])
    #expect(try closed(world)[2].bytes > 16 << 10)
    for run in 0..<4 { try world.tick(first.changing([run], to: "short").csv) }
    #expect(try closed(world).map(\.object).prefix(3) == objects[...])
    #expect(try closed(world).map { $0.tier ?? 0 } == [1, 0, 0, 1, 0])
  }
}
