import Basics
import Blocks
import Dedupe
import Hashing
import Records
import StrandlineTesting
import Testing

/// Chains of dumps, compared with the model after each.
@Suite struct ChainTests {
  /// How much of what is hard to reach was reached, over all chains of a test.
  struct Reached {
    var runs = 0
    var withKnownSpans = 0
    var decidedInKnownSpans = 0
    var promotions = 0
    var contested = 0
    var pairs = 0
    var demoted = 0
    var movedRejects = 0
    var keysKnown = 0
  }

  struct State {
    var side: Side
    var model: Model
  }

  static func birth(_ entry: Int) -> Instant { Instant(seconds: Int64(entry) * 1000) }
  static func recorded(_ entry: Int) -> Instant { Instant(seconds: Int64(entry) * 1000 + 7) }

  @Test(arguments: [ColumnRule.nonEmpty, .all, .none]) func everyStateIsTheModels(rule: ColumnRule) throws {
    var reached = Reached()
    for seed in 0..<110 {
      let states = try chain(seed, rule, &reached)
      try comparePairs(states, rule, seed, &reached)
    }
    #expect(reached.withKnownSpans * 3 > reached.runs, "\(reached)")
    #expect(reached.decidedInKnownSpans > 40 && reached.promotions > 20, "\(reached)")
    #expect(reached.contested > 1000 && reached.pairs > 100 && reached.demoted > 20, "\(reached)")
    #expect(reached.movedRejects > 20 && reached.keysKnown > 1000, "\(reached)")
  }

  private func chain(_ seed: Int, _ rule: ColumnRule, _ reached: inout Reached) throws -> [State] {
    var generator = SplitMix64(seed)
    var feed = Feed(&generator)
    let packs = Packs()
    var states: [State] = []
    for entry in 1...7 {
      let dump = feed.dump
      let manifest = try packs.record(
        dump, feed.format, base: states.last?.side.manifest, as: "packs/\(entry)"
      )
      .manifest
      var side = Side(
        manifest: manifest, reading: feed.reading, patch: nil, blocks: BlockReader(manifest, from: packs))
      let keys = Keys(feed.reading.keyReading(rule), after: states.last?.side.keys as? Keys)
      var model = Model(dump, feed.reading, rule, entry: entry)
      try #require(model.rows.count == manifest.recordCount)
      var expected: [Model.Difference] = []
      if let last = states.last?.model {
        let (changes, same) = Model.compare(last, model, rule)
        expected = changes
        model.inherit(from: last, same)
      }

      var options = ChangeFinder.Options()
      options.columns = rule
      options.entry = entry
      options.validFrom = Self.birth(entry)
      if generator.oneIn(2) { options.leastForHashes = generator.pick([1, 10, 100]) }
      if generator.oneIn(3) { options.recordsPerPass = feed.rows.count < 100 ? 7 : 97 }
      options.recordsWaiting = options.recordsPerPass == 7 ? 5 : 40
      var finder = ChangeFinder(before: states.last?.side, after: side, options: options)
      let findings = try finder.find()
      keys.note(findings.keys)
      let run = Run(
        findings: findings, before: states.last, side: side, model: model, seed: seed, entry: entry)
      run.checkPatch(rule)
      run.checkChanges(expected)
      run.checkCounts(expected)
      try run.checkLines(expected)
      try run.checkRejects(&reached)
      reached.runs += 1
      reached.contested += model.contested.count

      // As it is stored: read again, and the newest entry has its time by then.
      var patch = try Patch(decoding: findings.patch.encoded())
      for index in patch.births.indices where patch.births[index].recordedAt == nil {
        patch.births[index].recordedAt = Self.recorded(entry)
      }
      side.patch = patch
      side.keys = keys
      states.append(State(side: side, model: model))
      feed.edit(&generator)
    }
    reached.keysKnown += states.reduce(0) { $0 + (($1.side.keys as? Keys)?.asked.known ?? 0) }
    return states
  }

  /// Any two states, in any order, both decided.
  private func comparePairs(_ states: [State], _ rule: ColumnRule, _ seed: Int, _ reached: inout Reached)
    throws
  {
    var generator = SplitMix64(seed + 1_000_000)
    for _ in 0..<5 {
      let (first, second) = (generator.pick(states), generator.pick(states))
      var options = ChangeFinder.Options()
      options.columns = rule
      if generator.oneIn(3) { options.recordsPerPass = 53 }
      options.recordsWaiting = options.recordsPerPass == 53 ? 20 : 1000
      var finder = ChangeFinder(before: first.side, after: second.side, options: options)
      let findings = try finder.find()
      let expected = Model.compare(first.model, second.model, rule).changes
      let run = Run(
        findings: findings, before: first, side: second.side, model: second.model, seed: seed, entry: 0)
      run.checkChanges(expected)
      run.checkCounts(expected)
      try run.checkLines(expected)
      #expect(findings.rejects.isEmpty && findings.patch.runs == second.side.patch?.runs)
      reached.pairs += 1
      let aligned = Alignment(first.side.manifest.spans, second.side.manifest.spans)
      if first.side.reading == second.side.reading, run.decisionsDiffer(aligned) { reached.demoted += 1 }
    }
  }
}
