import Basics
import Dedupe
import Records

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
    let (line, message, _) = try writer.words(for: first, isExplained: isExplained)
    return "the first is in line \(line) of the dump: \(message)"
      + (place.map { "; the quarantine is \($0)" } ?? "")
  }

  /// Why the first records could not be read, each reason once: enough of them to tell what to do.
  func reasons() throws(Failure) -> Set<BadRecord.Reason> {
    var writer = RejectWriter(dump)
    var reasons: Set<BadRecord.Reason> = []
    for reject in findings.rejects.lazy.filter({ $0.winner == nil }).prefix(Self.looked) {
      reasons.insert(try writer.words(for: reject, isExplained: isExplained).reason)
    }
    return reasons
  }

  private static let looked = 100
}
