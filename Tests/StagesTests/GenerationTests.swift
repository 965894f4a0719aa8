import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

@Suite struct GenerationTests {
  @Test func sixtyRunsOfRandomEdits() throws {
    let seed: UInt64 = 11
    var random = SplitMix64(seed: seed)
    let noise = { (count: Int) -> String in
      String(decoding: (0..<count).map { _ in UInt8.random(in: 97...122, using: &random) }, as: UTF8.self)
    }
    let world = try World(World.plain + "\npublish: { current: never }\n", seed: seed)
    var table = Table(0..<2000)
    for index in table.rows.indices { table.rows[index]["text"] = noise(100) }
    var next = 2000
    var dumps: [(run: String, bytes: [UInt8])] = []
    for _ in 0..<60 {
      for _ in 0..<15 {
        table.rows[Int.random(in: 0..<table.rows.count, using: &random)]["text"] = noise(100)
      }
      for _ in 0..<3 { table.rows.remove(at: Int.random(in: 0..<table.rows.count, using: &random)) }
      for _ in 0..<3 {
        var row = Table(next..<next + 1).rows[0]
        row["text"] = noise(100)
        table.rows.insert(row, at: Int.random(in: 0...table.rows.count, using: &random))
        next += 1
      }
      let event = try world.tick(table.csv)
      #expect(event.data.outcome == .published)
      dumps.append((event.data.run, table.csv))
    }
    let heads = try world.entries()
    let bases = Set(heads.map(\.generation.base))
    #expect((3...30).contains(bases.count), "\(bases.count) bases")
    for (number, dump) in dumps.enumerated() {
      let store = FaultyStore(world.store)
      var bytes: [UInt8] = []
      try unsafe HistoryQuery(world.process(on: store)).dump(dump.run) { unsafe bytes.append(contentsOf: $0) }
      #expect(bytes == dump.bytes, "dump \(number)")
      let head = heads[number]
      let objects = Set(store.log.filter { $0.hasPrefix("open") && !$0.contains("/runs/") })
      // The packs between a state and its base, at most; its manifest in five.
      #expect(
        objects.count <= 1 + (head.state.depth == 0 ? 40 : head.state.depth), "dump \(number): \(objects)")

      let reading = FaultyStore(world.store)
      _ = try StateStore(FeedFolder(store: reading, feed: "cases")).manifest(head.state.manifest)
      #expect(reading.log.count <= 5)

      let sink = Rows()
      let laidOut = FaultyStore(world.store)
      try HistoryQuery(world.process(on: laidOut)).asOf(head.validFrom, to: sink)
      #expect(sink.rows.count == 2000)
      if head.state.depth == 0 {
        let objects = Set(laidOut.log.filter { $0.contains("/bases/") || $0.contains("/packs/") })
        #expect(objects.allSatisfy { $0.hasSuffix(head.generation.base) }, "a base is alone: \(objects)")
      }
    }
    for head in heads {
      #expect(head.generation.packBytes <= max(head.generation.baseBytes, 256 << 10), "entry \(head.seq)")
    }
  }
}
