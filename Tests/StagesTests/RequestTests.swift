import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// How many requests a run takes where every operation is one: a cloud bills them, and waits for each.
@Suite struct RequestTests {
  private let many = Table(0..<40_000)
  /// As on S3, where nothing is written for BigQuery.
  private static let settings = World.plain + "\npublish: { lists: never }\n"

  /// What all four functions ask of the store in a run.
  private func requests(of dump: [UInt8]?, in world: World) throws -> [String] {
    let store = CountingStore(world.store)
    try world.tick(dump, on: store)
    return store.log
  }

  @Test func anUnchangedDump() throws {
    let world = try World(Self.settings)
    try world.tick(many.csv)
    let log = try requests(of: nil, in: world)
    #expect(log.count <= 7, "\(log.joined(separator: "\n"))")
    // Whether a source takes the credentials costs nothing.
    world.secret = "s3cret"
    for _ in 0..<2 {
      let log = try requests(of: nil, in: world)
      #expect(log.count <= 7, "\(log.joined(separator: "\n"))")
    }
  }

  /// A manifest is read in its base and at most four packs, however many runs there were since.
  @Test func anUnchangedDumpOfALongGeneration() throws {
    let world = try World(World.plain + "\npublish: { current: never }\n")
    var table = Table(0..<400)
    try world.tick(table.csv)
    for depth in 1...239 {
      table = table.changing([depth], to: "run \(depth)")
      let event = try world.tick(table.csv)
      #expect(event.data.dump?.depth == depth)
      // Of 85, 170 and 239 no digit in base 4 is 0: they have the most ancestors there can be.
      guard [1, 5, 21, 63, 85, 170, 239].contains(depth) else { continue }
      let log = try requests(of: nil, in: world)
      #expect(log.count <= 12, "depth \(depth): \(log.joined(separator: "\n"))")
    }
  }

  @Test func aFirstRun() throws {
    let log = try requests(of: many.csv, in: try World(Self.settings))
    #expect(log.count <= 29, "\(log.joined(separator: "\n"))")
  }

  /// Budgets are without the published files that are hit: `current.jsonl`, which large feeds do not have, and parts.
  @Test func changesInOnePlace() throws {
    let world = try World(Self.settings)
    try world.tick(many.csv)
    try world.tick(many.changing([7], to: "one").csv)
    let next = many.changing(Array(20_000..<20_080), to: "another")
    let log = try requests(of: next.csv, in: world)
    #expect(log.count { !$0.contains("published/parts/") && !$0.contains("current.jsonl") } <= 27)
    #expect(log.count <= 31, "\(log.joined(separator: "\n"))")
  }

  /// Each run changes 0.2% of the rows, all over, and some of them in blocks that the run before changed.
  @Test func changesAllOver() throws {
    let world = try World(Self.settings)
    var table = many
    try world.tick(table.csv)
    table = table.changing(Array(stride(from: 5, to: 40_000, by: 500)), to: "one")
    try world.tick(table.csv)
    table = table.changing(Array(stride(from: 217, to: 40_000, by: 503)), to: "two").removing([999])
    let log = try requests(of: table.csv, in: world)
    #expect(log.count { !$0.contains("published/parts/") && !$0.contains("current.jsonl") } <= 28)
    // No part is read for it.
    #expect(log.count { $0.contains("published/parts/") } <= 3)
    #expect(log.count <= 32, "\(log.joined(separator: "\n"))")
  }
}
