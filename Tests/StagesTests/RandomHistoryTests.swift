import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Many runs of a feed in which rows come, change, go, move, and stand there twice.
@Suite struct RandomHistoryTests {
  @Test(arguments: 1...12 as ClosedRange<UInt64>, ["first", "last"])
  func historyIsWhatItWas(_ seed: UInt64, _ rule: String) throws {
    let settings =
      World.plain
      + "\nduplicates: \(rule)\nguards: { bad: 100%, gone: 100%, duplicates: 100%, empty: accept }\n"
    let world = try World(settings, seed: seed)
    var random = SplitMix64(seed: seed)
    var table = Table(0..<30)
    var tables: [Table] = []
    for run in 0..<16 {
      for _ in 0..<Int.random(in: 0..<6, using: &random) { edit(&table, run, &random) }
      let event = try world.tick(table.csv)
      if tables.last?.rows == table.rows {
        #expect(event.data.outcome == .unchanged, "seed \(seed), run \(run)")
      } else {
        #expect(event.data.outcome == .published, "seed \(seed), run \(run)")
        tables.append(table)
      }
      // Readers look now and then, and so do publications that have more than one entry to catch up with.
      if run % 5 == 4 { try world.check(tables, "seed \(seed), run \(run), \(rule)", keeps: rule) }
    }
    try world.check(tables, "seed \(seed), \(rule)", keeps: rule)
  }

  private func edit(_ table: inout Table, _ run: Int, _ random: inout SplitMix64) {
    let count = table.rows.count
    let place = count == 0 ? 0 : Int.random(in: 0..<count, using: &random)
    switch Int.random(in: 0..<7, using: &random) {
    case 0, 1: if count > 0 { table.rows[place]["text"] = "text \(Int.random(in: 0..<4, using: &random))" }
    case 2: if count > 0 { table.rows.remove(at: place) }
    case 3: table.rows.insert(Table(100 + run..<101 + run).rows[0], at: place)
    case 4:
      // The same key again, here or there, with the same content or another.
      guard count > 0 else { return }
      var row = table.rows[place]
      if Bool.random(using: &random) { row["text"] = "conflict \(run)" }
      table.rows.insert(row, at: Int.random(in: 0...count, using: &random))
    case 5: if count > 1 { table.rows.swapAt(place, Int.random(in: 0..<count, using: &random)) }
    default:
      guard count > 20 else { return }
      let start = Int.random(in: 0..<count - 10, using: &random)
      let moved = table.rows[start..<start + 10]
      table.rows.removeSubrange(start..<start + 10)
      table.rows.insert(contentsOf: moved, at: Int.random(in: 0...table.rows.count, using: &random))
    }
  }

  /// JSON Lines, with values that are no strings.
  @Test func jsonLines() throws {
    let world = try World(
      """
      feed: cases
      source: { path: cases.jsonl, format: jsonl }
      key: id
      guards: { gone: 100%, truncated: accept }
      """)
    let dumps = [
      "{\"id\":1,\"a\":[1,2]}\n{\"id\":2,\"valid_to\":\"x\"}\n", "{\"id\":2,\"valid_to\":\"y\"}\n{\"id\":3}",
    ]
    for dump in dumps { #expect(try world.tick(Array(dump.utf8)).data.outcome == .published) }
    let pointer = try #require(try Pointer.read(world.folder)?.pointer)
    #expect(pointer.columns.map(\.name) == ["id", "a", "valid_to_2"])
    #expect(pointer.columns.map(\.type) == ["JSON", "JSON", "STRING"])
    let current = try pointer.current.map { String(decoding: try world.folder.get($0.object), as: UTF8.self) }
    let times = try world.entries().map { ($0.validFrom.description, $0.recordedAt.description) }
    #expect(
      current == [
        "{\"valid_from\":\"\(times[1].0)\",\"valid_to\":null,\"recorded_at\":\"\(times[1].1)\",\"id\":2,\"valid_to_2\":\"y\"}\n"
          + "{\"valid_from\":\"\(times[1].0)\",\"valid_to\":null,\"recorded_at\":\"\(times[1].1)\",\"id\":3}\n"
      ])
    let sink = Rows()
    try world.query.versions(ofKey: ["2"], to: sink)
    #expect(sink.rows.count == 2)
    for (number, head) in try world.entries().enumerated() {
      #expect(try world.dump(of: head.run) == Array(dumps[number].utf8))
    }
  }
}
