import Basics
import Dedupe

/// What is told of records that were not taken when a dump is refused because of them.
struct Quarantined {
  let findings: Findings
  let dump: Side
  /// Where all of them are; nil if that is nowhere.
  let place: String?
  /// Whether the source says in a record's place why it cannot give it.
  let isExplained: Bool

  /// Where the first one is and what is wrong with it, and where all are; nil if there is none that was not known before.
  /// - Parameter isConflict: of those whose key another record has, not of those that cannot be read.
  func words(isConflict: Bool) throws(Failure) -> String? {
    guard let first = findings.rejects.first(where: { ($0.winner != nil) == isConflict }) else { return nil }
    var writer = RejectWriter(dump)
    let (line, message) = try writer.words(for: first, isExplained: isExplained)
    return "the first is in line \(line) of the dump: \(message)"
      + (place.map { "; the quarantine is \($0)" } ?? "")
  }
}
