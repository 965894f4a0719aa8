import Blocks
import Dedupe
import Glibc
import StrandlineTesting
import Testing

/// Chains of tiny dumps that have everything in them that dumps should not have, compared with a slow model.
///
/// A case is a seed. One that failed is run again, with all its dumps printed, by
/// `STRANDLINE_HOSTILE_SEED=<seed> swift test -c release … --filter HostileTests`; how many cases there are is in
/// `STRANDLINE_HOSTILE_CASES`.
@Suite struct HostileTests {
  private static let shards = 20
  private static let cases = number("STRANDLINE_HOSTILE_CASES") ?? 100_000
  private static let replayed = number("STRANDLINE_HOSTILE_SEED")

  private static func number(_ name: String) -> Int? {
    unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) }
  }

  @Test(arguments: 0..<shards) func everyStateIsTheModels(shard: Int) {
    if Self.replayed != nil { return }
    LastWords.prepare()
    defer { LastWords.note(-1, of: shard) }
    var reached = Reached()
    var failures = 0
    for seed in stride(from: shard, to: Self.cases, by: Self.shards) where failures < 3 {
      if let failure = Self.failure(of: seed, shard, &reached) {
        failures += 1
        Issue.record("\(failure)")
      }
    }
    guard failures == 0, Self.cases >= 100_000 else { return }
    #expect(reached.recut == 0, "the same dump was cut otherwise")
    // So many cases are in a shard.
    #expect(reached.inStep > Self.cases / Self.shards / 6, "\(reached)")
    let few = reached.dumps / 40
    #expect(reached.manyBlocks > reached.dumps / 4 && reached.knownSpans > reached.dumps / 5, "\(reached)")
    #expect(reached.slices > few && reached.otherReadings > few && reached.oversized > few / 2, "\(reached)")
    #expect(reached.promotions > few && reached.conflicts > few && reached.rejects > few, "\(reached)")
  }

  /// A seed always gives the same chain.
  @Test func replay() throws {
    var reached = Reached()
    let seed = Self.replayed ?? 1
    var chain = Chain(seed: seed)
    defer {
      if Self.replayed != nil {
        for (place, dump) in chain.story.enumerated() { print("dump \(place + 1): \(dump)") }
        for (place, state) in chain.states.enumerated() {
          let spans = state.side.manifest.spans.map {
            "\($0.kind) \($0.length)/\($0.records) of \($0.object)"
          }
          print("state \(place + 1): \(spans.joined(separator: ", "))")
        }
      }
    }
    try chain.run(&reached)
    var again = Chain(seed: seed)
    try again.run(&reached)
    #expect(chain.dumps.map(\.bytes) == again.dumps.map(\.bytes))
  }

  /// What is wrong with a case, and the chain up to there.
  private static func failure(of seed: Int, _ shard: Int, _ reached: inout Reached) -> String? {
    LastWords.note(seed, of: shard)
    var chain = Chain(seed: seed)
    do {
      try chain.run(&reached)
      return nil
    } catch {
      let dumps = chain.story.map { String($0.prefix(500)) }.joined(separator: "\n")
      return "STRANDLINE_HOSTILE_SEED=\(seed), columns \(chain.rule): \(error)\n" + dumps
    }
  }
}
