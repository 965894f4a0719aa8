import Basics
import Hashing
import History

/// The name under which settings are kept: the beginning of their SHA-256.
func settingsName(_ bytes: [UInt8]) -> String { String(hex(SHA256.digest(bytes)).prefix(32)) }

/// The id of a run that a trigger asked for: the same trigger always means the same run.
func runID(trigger source: String, id: String) -> String {
  let parts = [UInt8](String(source.utf8.count).utf8) + [58] + Array(source.utf8) + Array(id.utf8)
  return "t-" + String(hex(SHA256.digest(parts)).prefix(24))
}

/// The id of a run that nobody named: sorts by time, and is random besides.
func runID(at time: Instant, randomness: any Randomness) -> String {
  "\(time.compact)-\(randomness.name(bytes: 4))"
}

extension RunEvent {
  /// Makes sure that the stage before was called.
  /// - Throws: ``Failure/Kind/usage`` if the run is not that far.
  func require(_ outcome: Outcome, for stage: Stage, doneBy before: Stage) throws(Failure) {
    let order: [Outcome] = [.fetched, .found, .recorded]
    guard let here = order.firstIndex(of: data.outcome), let there = order.firstIndex(of: outcome),
      here < there
    else { return }
    throw Failure(
      .usage,
      "run \(data.run) is only \(data.outcome.rawValue): call \(before.rawValue) before \(stage.rawValue)")
  }
}
