import Damage
import Testing

/// A store that is damaged anywhere is noticed and the object named, or every answer is right all the same: `make flips`
/// tries more places.
@Suite struct FlipTests {
  private static let trials: UInt64 = 120

  @Test func nothingDamagedIsBelieved() throws {
    let trials = try Trials()
    var summary = Summary()
    var notices: Set<Trials.Notice> = []
    for seed in 0..<Self.trials {
      let outcome = try trials.run(seed: seed)
      summary.add(seed, outcome)
      notices.insert(outcome.notice)
      if let wrong = outcome.wrong { Issue.record("seed \(seed): \(outcome.what): \(wrong)") }
    }
    #expect(notices == Set(Trials.Notice.allCases), "\(summary.lines.joined(separator: "\n"))")
    #expect(summary.lines.count > 20, "not every kind of object was met")
  }

  /// The same seed is the same damage.
  @Test func aSeedIsATrial() throws {
    let trials = try Trials()
    for seed in 0..<5 as Range<UInt64> {
      let (one, other) = (try trials.run(seed: seed), try trials.run(seed: seed))
      #expect(one.what == other.what && one.notice == other.notice, "seed \(seed)")
    }
  }
}
