import ArgumentParser
import Damage
import Glibc
import StrandlineTesting
import Synchronization

/// Damages stores in many places, one by one: every place has to be noticed, and the object named.
@main struct Flips: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "flips")

  @Option(help: "How many places to try.") var trials = 10_000
  @Option(help: "The seed of the first; a trial follows from its seed alone.") var first: UInt64 = 0
  @Option(help: "How many at once.") var jobs = 2
  @Flag(help: "Say of each trial what was done and who noticed.") var verbose = false

  func run() throws {
    let all = try Trials()
    let next = Mutex(0)
    let summary = Mutex(Summary())
    onThreads(jobs) { _ in
      while true {
        let number = next.withLock { next in
          defer { next += 1 }
          return next
        }
        guard number < trials else { return }
        let seed = first + UInt64(number)
        do {
          let outcome = try all.run(seed: seed)
          let tried = summary.withLock { summary in
            summary.add(seed, outcome)
            return summary.tried
          }
          if let wrong = outcome.wrong { say("seed \(seed): \(outcome.what): \(wrong)") }
          if verbose { say("seed \(seed): \(outcome.what): \(outcome.notice)") }
          if tried % 1000 == 0 { say("\(tried) tried, from seed \(first) on") }
        } catch {
          say("seed \(seed): \(error)")
        }
      }
    }
    let found = summary.withLock { $0 }
    for line in found.lines { print(line) }
    if found.tried == trials, found.wrong.isEmpty {
      return print("\(found.tried) places: none is overlooked")
    }
    print("\(found.wrong.count + trials - found.tried) of \(trials) are not as they should be")
    throw ExitCode.failure
  }

  /// At once, although the end is far.
  private func say(_ line: String) {
    print(line)
    fflush(nil)
  }
}
