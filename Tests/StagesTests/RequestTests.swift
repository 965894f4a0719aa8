import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// How many requests a run takes where every operation is one: a cloud bills them, and waits for each.
@Suite struct RequestTests {
  private let many = Table(0..<40_000)

  /// What all four functions ask of the store in a run.
  private func requests(of dump: [UInt8]?, in world: World) throws -> [String] {
    let store = CountingStore(world.store)
    try world.tick(dump, on: store)
    return store.log
  }

  @Test func anUnchangedDump() throws {
    let world = try World()
    try world.tick(many.csv)
    let log = try requests(of: nil, in: world)
    #expect(log.count <= 12, "\(log.joined(separator: "\n"))")
    print(log.count, log.joined(separator: "\n"))
  }

  @Test func aFewChanges() throws {
    let world = try World()
    try world.tick(many.csv)
    try world.tick(many.changing([7], to: "one").csv)
    let next = many.changing(Array(stride(from: 5, to: 40_000, by: 1000)), to: "another").removing([999])
    let log = try requests(of: next.csv, in: world)
    let parts = log.filter { $0.hasPrefix("commit") && $0.contains("/published/parts/") }.count
    #expect(log.count <= 24 + parts, "\(log.joined(separator: "\n"))")
    print(log.count, log.joined(separator: "\n"))
  }
}
