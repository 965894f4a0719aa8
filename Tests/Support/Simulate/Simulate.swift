import ArgumentParser
import Glibc
import Simulation
import StrandlineTesting
import Synchronization

/// Searches histories for counterexamples: from seeds, or every crash point there is.
@main struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "simulate")

  @Option(help: "How many seeds to try.") var seeds = 1000
  @Option(help: "The first of them.") var first: UInt64 = 0
  @Option(help: "How many at once.") var jobs = 2
  @Option(help: "Replay this one seed, and print its schedule.") var seed: UInt64?
  @Option(help: "Plant a fault, by its name.") var plant: String?
  @Flag(help: "Try every crash point of a pipeline, alone and in all pairs with another runner's.")
  var exhaustive = false

  private struct Found {
    var violations: [(name: String, violation: Violation)] = []
    var counts: [String: Int] = [:]
    var operations = 0
    var entries = 0
    var tried = 0

    mutating func add(_ name: String, _ verdict: Verdict) {
      if let violation = verdict.violation { violations.append((name, violation)) }
      counts.merge(verdict.counts, uniquingKeysWith: +)
      operations += verdict.operations
      entries += verdict.entries
      tried += 1
    }
  }

  func run() throws {
    let planted = try plant.map { name in
      guard let fault = PlantedFault.allCases.first(where: { "\($0)" == name }) else {
        throw ValidationError("no such fault; there are \(PlantedFault.allCases.map { "\($0)" })")
      }
      return fault
    }
    if let seed {
      let verdict = Simulation.run(seed: seed, planted: planted, traced: true)
      for line in verdict.schedule { print(line) }
      print("seed \(seed): \(verdict.violation.map { "\($0)" } ?? "everything holds")")
      if verdict.violation != nil { throw ExitCode.failure }
      return
    }
    let shared = Shared()
    if exhaustive {
      let all = Exhaustive.cases()
      print("\(all.count) cases: \(Exhaustive.summary(all))")
      search(all.count, shared) { ("\(all[$0])", Exhaustive.run(all[$0])) }
    } else {
      search(seeds, shared) { number in
        let seed = first + UInt64(number)
        return ("seed \(seed)", Simulation.run(seed: seed, planted: planted))
      }
    }
    try report(shared.found.withLock { $0 })
  }

  private func search(
    _ count: Int, _ shared: Shared, _ run: @escaping @Sendable (Int) -> (String, Verdict)
  ) {
    onThreads(jobs) { _ in
      while let number = shared.take(below: count) {
        let (name, verdict) = run(number)
        shared.add(name, verdict)
      }
    }
  }

  /// What the threads share.
  private final class Shared: Sendable {
    let next = Atomic(0)
    let found = Mutex(Found())

    func take(below count: Int) -> Int? {
      let number = next.add(1, ordering: .relaxed).oldValue
      return number < count ? number : nil
    }

    func add(_ name: String, _ verdict: Verdict) {
      let tried = found.withLock { found in
        found.add(name, verdict)
        return found.tried
      }
      if let violation = verdict.violation { Simulate.say("\(name): \(violation)") }
      if tried % 5000 == 0 { Simulate.say("\(tried) tried") }
    }
  }

  /// At once, although the end is far.
  private static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
  }

  private func report(_ found: Found) throws {
    print("\(found.tried) histories, \(found.operations) operations, \(found.entries) entries")
    for (what, count) in found.counts.sorted(by: { $0.key < $1.key }) { print("  \(count)\t\(what)") }
    if found.violations.isEmpty { return print("everything holds") }
    print("\(found.violations.count) do not hold; the first: \(found.violations[0].name)")
    throw ExitCode.failure
  }
}
