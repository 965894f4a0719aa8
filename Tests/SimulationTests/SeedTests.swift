import Simulation
import StrandlineTesting
import Testing

/// Histories from seeds: `make simulate` tries more of them, and `make simulate STRANDLINE_SEED=…` prints one.
@Suite struct SeedTests {
  private static let parts = 8
  private static let seeds: UInt64 = 2000

  @Test(arguments: 0..<parts) func everythingHolds(_ part: Int) {
    let size = Self.seeds / UInt64(Self.parts)
    var done = 0
    for seed in UInt64(part) * size..<UInt64(part + 1) * size {
      let verdict = Simulation.run(seed: seed)
      done += verdict.operations
      guard let violation = verdict.violation else { continue }
      let schedule = Simulation.run(seed: seed, traced: true).schedule.joined(separator: "\n")
      Issue.record("STRANDLINE_SEED=\(seed): \(violation)\n\(schedule)")
    }
    #expect(done > 10_000)
  }

  /// The same seed is the same history, whatever runs beside it.
  @Test func aSeedReplaysExactly() {
    for seed in 0..<20 as Range<UInt64> {
      let (one, other) = (Simulation.run(seed: seed), Simulation.run(seed: seed, traced: true))
      #expect(one.digest == other.digest && one.counts == other.counts, "seed \(seed)")
      #expect(!other.schedule.isEmpty, "seed \(seed)")
      #expect(other.schedule == Simulation.run(seed: seed, traced: true).schedule, "seed \(seed)")
    }
  }

  /// Whoever finds nothing may not have looked: what is wrong on purpose is found.
  @Test(arguments: PlantedFault.allCases) func aPlantedFaultIsFound(_ fault: PlantedFault) {
    for seed in 0..<Self.seeds {
      guard let violation = Simulation.run(seed: seed, planted: fault).violation else { continue }
      print("\(fault): seed \(seed) tells by \(violation.invariant): \(violation.invariant.rawValue)")
      return
    }
    Issue.record("not found in \(Self.seeds) seeds: \(fault.rawValue)")
  }
}

/// Every crash point of a pipeline of two runs alone, and some of the pairs with a second runner's: `make simulate` has all.
@Suite struct ExhaustiveTests {
  private static let every = 40

  @Test func everythingHolds() {
    let all = Exhaustive.cases()
    #expect(all.count > 10_000)
    let pairs = all.filter { $0.other != nil }
    let some =
      all.filter { $0.other == nil } + stride(from: 0, to: pairs.count, by: Self.every).map { pairs[$0] }
    for which in some {
      guard let violation = Exhaustive.run(which).violation else { continue }
      Issue.record(
        "\(which): \(violation)\n\(Exhaustive.run(which, traced: true).schedule.joined(separator: "\n"))")
    }
  }
}
