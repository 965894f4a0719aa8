import Basics
import FeedFile
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

@Suite struct ReplayTests {
  private let good = Table(0..<60)

  private func replay(_ world: World, into other: World, from: Int = 0, settings: Feed? = nil) throws
    -> [Replay.Comparison]
  {
    other.store.advance(bySeconds: 1_000_000)
    let replay = try Replay(from: world.process(), into: other.process())
    var comparisons: [Replay.Comparison] = []
    let runs = try replay.runs(from: nil, to: nil).dropFirst(from)
    try replay.take(Array(runs), settings: settings) { comparisons.append($0) }
    return comparisons
  }

  /// Runs of every outcome.
  private func world() throws -> World {
    let world = try World(
      World.plain + "\nguards: { gone: 50%, gone_at_least: 5, bad: 50% }\n", location: "memory:one")
    try world.tick(good.csv)
    try world.tick(good.changing([1, 2], to: "two").csv)
    let refused = try world.tick(Table(0..<10).csv)
    #expect(refused.data.outcome == .refused)
    world.store.advance(bySeconds: 5)
    _ = try world.goOn(from: world.accept(refused.data.run))
    try world.tick(good.csv + Array("61,short\n".utf8))
    return world
  }

  @Test func comesToTheSame() throws {
    let (world, other) = (try world(), try World(location: "memory:two"))
    let comparisons = try replay(world, into: other)
    #expect(comparisons.count == 5)
    for comparison in comparisons { #expect(comparison.differences == [], "\(comparison.then.run)") }
    #expect(comparisons.map(\.now.outcome) == [.published, .published, .refused, .published, .published])
    let (then, now) = (try world.entries(), try other.entries())
    #expect(then.map(\.run) == now.map(\.run) && then.map(\.validFrom) == now.map(\.validFrom))
    for entry in then {
      #expect(try world.rows(asOf: entry.validFrom) == other.rows(asOf: entry.validFrom))
      #expect(try world.dump(of: entry.run) == other.dump(of: entry.run))
    }
    // Asked again, it answers as before and changes nothing.
    let before = try listing(other.store)
    #expect(try replay(world, into: other).map(\.differences).allSatisfy(\.isEmpty))
    #expect(try listing(other.store) == before)
  }

  @Test func whatIsAcceptedInVainAgainAndAgainComesInOrder() throws {
    let (world, other) = (try world(), try World(location: "memory:two"))
    var run = try world.tick(Array("<!DOCTYPE html>\n<html><body>Sorry</body></html>\n".utf8)).data.run
    for _ in 0..<2 { run = try world.accept(run).data.run }
    #expect(run.hasSuffix("-accepted-accepted"))
    let comparisons = try replay(world, into: other)
    #expect(comparisons.last?.then.run == run && comparisons.count == 8)
    #expect(comparisons.allSatisfy { $0.differences.isEmpty })
  }

  /// A listing may lag: the run that took the dump is listed, the refused one is not yet.
  @Test func aRefusedRunThatIsNotListedYetIsReplayedToo() throws {
    let (world, other) = (try world(), try World(location: "memory:two"))
    let refused = try #require(try RunLog(world.process().folder).names().last { $0.hasSuffix("-accepted") })
      .dropLast("-accepted".count)
    other.store.advance(bySeconds: 1_000_000)
    let lagging = Unlisted(world.store, "/runs/\(refused)/")
    let replay = try Replay(from: world.process(on: lagging), into: other.process())
    var comparisons: [Replay.Comparison] = []
    try replay.take(replay.runs(from: nil, to: nil), settings: nil) { comparisons.append($0) }
    #expect(comparisons.map(\.now.outcome) == [.published, .published, .refused, .published, .published])
    #expect(comparisons.allSatisfy { $0.differences.isEmpty } && lagging.hidden > 0)
  }

  /// What was refused meanwhile was compared with the entry before.
  @Test func whatIsAcceptedAfterANewerOneWasRefusedComesAfterThat() throws {
    let (world, other) = (try world(), try World(location: "memory:two"))
    let first = try world.tick(Table(0..<5).csv)
    for table in [Table(0..<5), Table(0..<4)] {
      #expect(try world.tick(table.csv).data.outcome == .refused)
    }
    _ = try world.goOn(from: world.accept(first.data.run))
    try world.tick(Table(0..<6).csv)
    let comparisons = try replay(world, into: other)
    #expect(
      comparisons.suffix(5).map(\.now.outcome) == [.refused, .refused, .refused, .published, .published])
    for comparison in comparisons { #expect(comparison.differences == [], "\(comparison.then.run)") }
  }

  /// Where blocks begin and end is another thing in another store, and with it which bad records are written down again.
  @Test func isTheSameWhereverBlocksEnd() throws {
    let world = try World(World.plain + "\nguards: { bad: 50% }\n", location: "memory:one")
    let bad = Array("900,short\n".utf8)
    try world.tick(Table(0..<400).csv + bad)
    for row in 380..<400 { try world.tick(Table(0..<400).changing([row], to: "two").csv + bad) }
    var quarantines: Set<[Bool]> = []
    for seed in 2..<8 as Range<UInt64> {
      let other = try World(seed: seed, location: "memory:two")
      let comparisons = try replay(world, into: other)
      #expect(comparisons.flatMap(\.differences) == [], "seed \(seed)")
      quarantines.insert(comparisons.map { $0.now.quarantine != nil })
    }
    #expect(quarantines.count > 1, "nothing was to be seen")
  }

  @Test func aStretchStandsOnWhatWasBefore() throws {
    let (world, other) = (try world(), try World(location: "memory:two"))
    let comparisons = try replay(world, into: other, from: 1)
    #expect(comparisons.map(\.differences) == [[], [], [], []])
    #expect(try other.entries().map(\.run).first?.hasSuffix("-base") == true)
  }

  @Test func otherSettingsShowWhatTheyWouldHaveDone() throws {
    let (world, other) = (try world(), try World(location: "memory:two"))
    let settings = try parse(feedFile: Array(World.plain.utf8), name: "other.yaml")
    let comparisons = try replay(world, into: other, from: 2, settings: settings)
    #expect(comparisons.count == 3)
    #expect(comparisons.first?.differences.first == "outcome: refused then, published now")
    #expect(comparisons.dropFirst().first?.now == comparisons.first?.now, "it need not be accepted")
  }

  @Test func whatWasTakenBackIsTakenBackAgain() throws {
    let world = try World(location: "memory:one")
    try world.tick(good.csv)
    let wrong = try world.tick(good.changing([3], to: "wrong").csv)
    try world.rewind(to: .before(run: wrong.data.run))
    try world.tick(good.changing([4], to: "right").csv)
    let other = try World(location: "memory:two")
    let comparisons = try replay(world, into: other)
    #expect(comparisons.map(\.differences) == [[], [], []])
    let last = try #require(try world.entries().last)
    #expect(try other.rows(asOf: last.validFrom) == world.rows(asOf: last.validFrom))
  }

  @Test func aRewindThatNoRunFollowedIsRepeatedToo() throws {
    let world = try World(location: "memory:one")
    try world.tick(good.csv)
    let wrong = try world.tick(good.changing([3], to: "wrong").csv)
    try world.rewind(to: .before(run: wrong.data.run))
    let other = try World(location: "memory:two")
    other.store.advance(bySeconds: 1_000_000)
    let replay = try Replay(from: world.process(), into: other.process())
    try replay.take(replay.runs(from: nil, to: nil), isUpToNow: true, settings: nil) { _ in }
    #expect(try other.rows(asOf: other.store.now()) == good.rows)
  }

  @Test func intoItsOwnStoreItIsRefused() throws {
    let world = try world()
    let failure = #expect(throws: Failure.self) { try replay(world, into: world) }
    #expect(failure?.kind == .usage)
  }
}

/// A store that does not list some objects, though they are there.
private final class Unlisted: StoreInFront {
  @safe nonisolated(unsafe) private(set) var hidden = 0
  let base: any ObjectStore
  private let what: String

  init(_ store: any ObjectStore, _ what: String) { (base, self.what) = (store, what) }

  func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    let page = try base.list(prefix: prefix, after: after, limit: limit)
    let listed = page.entries.filter { !$0.key.description.contains(what) }
    hidden += page.entries.count - listed.count
    return ListPage(entries: listed, more: page.more)
  }
}
