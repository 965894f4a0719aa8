import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Fifty runners of one feed that are started at every tick, operation by operation: what comes of it is what comes of
/// one, and the source is read no more often.
@Suite struct CrowdTests {
  private static let runners = 50
  private static let ticks = 200
  private static let settings = """
    feed: cases
    source: { path: cases.csv, format: csv }
    key: id
    min_interval: 30s
    """

  /// What the source has at each tick: three times out of four something new.
  private static func dumps(_ seed: UInt64) -> [Table] {
    var random = SplitMix64(seed: seed)
    var table = Table(0..<120)
    var next = 1000
    return (0..<ticks).map { tick in
      switch random.below(8) {
      case 0...2: table = table.changing((0..<3).map { _ in random.below(120) }, to: "text of \(tick)")
      case 3, 4:
        table = table.adding(next..<next + 3, at: random.below(100))
        next += 3
      case 5: table.rows.remove(at: random.below(table.rows.count))
      default: break
      }
      return table
    }
  }

  /// - Parameter moves: whether time passes while they are at it.
  @Test(arguments: zip([UInt64(1), 2], [false, true]))
  func fiftyAreAsOne(_ seed: UInt64, _ moves: Bool) throws {
    let dumps = Self.dumps(seed)
    let alone = try World(Self.settings, seed: seed)
    @safe nonisolated(unsafe) let crowded = try World(Self.settings, seed: seed)
    @safe nonisolated(unsafe) var published = 0
    @safe nonisolated(unsafe) var refused = 0
    for (tick, dump) in dumps.enumerated() {
      alone.store.advance(bySeconds: 60)
      alone.dump = dump.csv
      _ = try chain(alone, on: nil)
      crowded.store.advance(bySeconds: 60)
      crowded.dump = dump.csv
      let before = crowded.bodies
      let baton = Baton(threads: Self.runners, seed: seed << 32 | UInt64(tick)) { random in
        if moves { crowded.store.advance(bySeconds: Double(random.below(100)) / 10000) }
      }
      baton.run { thread in
        do throws(Failure) {
          let outcome = try chain(crowded, on: TurnStore(crowded.store, baton, thread))
          if outcome == .published { published += 1 }
        } catch {
          #expect(error.kind == .tryAgain, "tick \(tick): \(error)")
          refused += 1
        }
      }
      #expect(crowded.bodies - before == 1, "tick \(tick): the source was read so often")
    }
    let entries = try crowded.entries()
    #expect(published == entries.count, "each entry is of one runner")
    #expect(refused > Self.ticks * 20, "only \(refused) had to stand back: nobody was in anybody's way")
    #expect(entries.count > Self.ticks / 2)
    if !moves { #expect(entries.map(\.validFrom) == (try alone.entries()).map(\.validFrom)) }
    #expect(try history(crowded) == history(alone))
    var states = dumps
    for number in states.indices.dropFirst().reversed() where states[number] == states[number - 1] {
      states.remove(at: number)
    }
    try crowded.check(states, "seed \(seed)")
    // Nothing is left over of those that stood back.
    for folder in ["runs/", "heads/", "changes/", "settings/", "quarantine/"] {
      #expect(try count(crowded, folder) == count(alone, folder), "objects in \(folder)")
    }
  }

  private func count(_ world: World, _ folder: String) throws -> Int {
    try listing(world.store).keys.count { $0.hasPrefix("cases/\(folder)") }
  }

  /// A runner's way through all functions.
  private func chain(_ world: World, on store: (any ObjectStore)?) throws(Failure) -> Outcome {
    var event = try world.fetch(on: store)
    for stage in [Stage.dedupe, .snapshot, .publish] { event = try world.run(stage, event, on: store) }
    return event.data.outcome
  }

  /// All that readers see, with numbers of entries where times are: the current rows in their order, those that are over
  /// in any.
  private func history(_ world: World) throws -> [String] {
    let pointer = try #require(try Pointer.read(world.folder)?.pointer)
    var (valid, recorded) = (["null": "null"], [String: String]())
    for head in try world.entries() {
      valid["\"\(head.validFrom)\""] = "\(head.seq)"
      recorded["\"\(head.recordedAt)\""] = "\(head.seq)"
    }
    func rows(_ parts: [Pointer.Part]) throws -> [String] {
      try parts.flatMap { part in
        try String(decoding: world.folder.get(part.object), as: UTF8.self).split(separator: "\n").map {
          line in
          // {"valid_from":"…","valid_to":…,"recorded_at":"…",…}
          let fields = line.split(separator: ",", maxSplits: 3)
          func entry(_ place: Int, _ known: [String: String]) throws -> String {
            let time = fields[place].drop { $0 != ":" }.dropFirst()
            return try #require(known[String(time)], "no entry is of \(time)")
          }
          return try "\(entry(0, valid)) \(entry(1, valid)) \(entry(2, recorded)) \(fields[3])"
        }
      }
    }
    return try rows(pointer.current) + rows(pointer.closed).sorted()
  }
}
