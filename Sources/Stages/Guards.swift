import Basics
import Dedupe
import FeedFile
import History
import Records

/// The brakes: what makes a run be refused, with what to do about it.
enum Guards {
  private static let acceptHint = "if it is right all the same: dedupe --accept RUN"

  /// What is wrong with a dump before its records are looked at; nil if nothing is.
  static func refusal(before dump: RunReport.Dump, _ feed: Feed, isAccepted: Bool) -> String? {
    if let refusal = refusal(header: dump.header, broken: dump.broken, feed) { return refusal }
    if let early = dump.early, !isAccepted, feed.guards.truncated == .refuse {
      return "the dump seems to have been cut off: \(early); \(acceptHint), or set guards.truncated to accept"
    }
    return nil
  }

  /// What is wrong with a dump as a whole; nil if nothing is.
  static func refusal(header: [String], broken: String?, _ feed: Feed) -> String? {
    if let broken { return "the dump cannot be read: \(broken)" }
    if case .csv(delimiter: _) = feed.source.format {
      if header.isEmpty {
        return "the dump is empty: it has not even a header; look at the source"
      }
      if header[0].first(where: { !$0.isWhitespace }) == "<" {
        return "the dump looks like HTML or XML, not like CSV (it begins with \"\(header[0].prefix(40))\"); "
          + "look at what the source sends"
      }
      let missing = feed.key.filter { !header.contains($0) }
      if !missing.isEmpty {
        return
          "the key column \(missing.map { "\"\($0)\"" }.joined(separator: ", ")) is missing from the header; "
          + "the dump has: \(header.joined(separator: ", ")). Mend the source, or `key` in the feed file"
      }
    }
    return nil
  }

  /// What is wrong with a dump's records; nil if nothing is.
  static func refusal(after counts: Counts, _ feed: Feed) -> String? {
    let guards = feed.guards
    if counts.records == 0 {
      return guards.empty == .accept
        ? nil : "the dump has no records; \(acceptHint), or set guards.empty to accept"
    }
    if guards.bad.isExceeded(by: counts.bad, of: counts.records) {
      return "\(counts.bad) of \(counts.records) records are bad (guards.bad allows \(guards.bad)): "
        + "see the quarantine; \(acceptHint)"
    }
    if guards.duplicates.isExceeded(by: counts.conflicts, of: counts.records) {
      return
        "\(counts.conflicts) of \(counts.records) records have a key that another record with other content "
        + "has (guards.duplicates allows \(guards.duplicates)): is `key` right? \(acceptHint)"
    }
    if counts.deleted >= guards.goneAtLeast, guards.gone.isExceeded(by: counts.deleted, of: counts.before) {
      return "\(counts.deleted) of \(counts.before) records are gone (guards.gone allows \(guards.gone)); "
        + acceptHint
    }
    return nil
  }
}
