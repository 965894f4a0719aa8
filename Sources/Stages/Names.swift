import Basics
import Hashing

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
