import Basics
import Dedupe
import FeedFile
import History
import Records

/// The brakes: what makes a run be refused, with what to do about it.
struct Guards {
  let feed: Feed
  /// The run, which can be accepted; nil where two files are compared, or nothing is kept.
  let run: String?
  /// How people name the feed.
  var address = FeedAddress()

  private var guards: Feed.Guards { feed.guards }

  /// What is wrong with a dump before its records are looked at; nil if nothing is.
  func refusal(before dump: RunReport.Dump, isAccepted: Bool) -> Failure? {
    // What is expected says more than what is found to be wrong.
    if !isAccepted, let unexpected = dump.unexpected {
      return refusal(
        "the dump is not what is expected: \(unexpected)", setting: "the field named here otherwise")
    }
    if let refusal = refusal(header: dump.header, broken: dump.broken) { return refusal }
    return isAccepted ? nil : refusal(early: dump.early)
  }

  /// What is wrong with how a dump ends; nil if nothing is.
  func refusal(early: String?) -> Failure? {
    guard let early, guards.truncated == .refuse else { return nil }
    return refusal("the dump seems to have been cut off: \(early)", setting: "guards.truncated to accept")
  }

  /// Whether the key is another than before.
  func refusal(key before: [String]?) -> Failure? {
    guard let before, before != feed.key else { return nil }
    return Failure(
      .settings,
      "the key changed from \(before) to \(feed.key): that would close every record's history; change it back"
        + (run.map { ", or: \(address.accept($0, rekey: true))" } ?? ""))
  }

  /// What is wrong with a dump's records; nil if nothing is, or nothing that a person who accepted it does not know.
  func refusal(of quarantined: Quarantined, isAccepted: Bool) throws(Failure) -> Failure? {
    let counts = quarantined.findings.counts
    if let refusal = try refusal(unusable: counts, quarantined) { return refusal }
    return isAccepted ? nil : try refusal(after: counts, quarantined)
  }

  /// What is wrong if no record at all can be taken, mostly a key that is not theirs; nil if any can. Nobody means to empty
  /// a feed in that way, so it cannot be accepted.
  private func refusal(
    unusable counts: Counts, _ quarantined: Quarantined
  ) throws(Failure) -> Failure? {
    guard counts.records > 0, counts.bad == counts.records, guards.empty == .refuse else { return nil }
    return Failure(
      .badData,
      "\(try bad(counts, quarantined)). Mend the source\(try setting(quarantined)). There would be no record left, so this "
        + "cannot be accepted")
  }

  /// Which setting may be wrong if no record can be taken; empty if none is known.
  private func setting(_ quarantined: Quarantined) throws(Failure) -> String {
    // No key was looked for where a database has no record to give, nor in what is no text.
    let reasons = try quarantined.reasons()
    if quarantined.isExplained, reasons == [.notAnObject] {
      return " or source.redis.values in the feed file"
    }
    if reasons == [.invalidUTF8] { return "" }
    return feed.key.isEmpty ? "" : " or `key` (\(feed.key.joined(separator: ", "))) in the feed file"
  }

  private func refusal(
    after counts: Counts, _ quarantined: Quarantined
  ) throws(Failure) -> Failure? {
    if counts.records == 0 {
      return guards.empty == .accept
        ? nil : refusal("the dump has no records\(place)", setting: "guards.empty to accept")
    }
    if guards.bad.isExceeded(by: counts.bad, of: counts.records) {
      return refusal(try bad(counts, quarantined), setting: "guards.bad higher")
    }
    if guards.duplicates.isExceeded(by: counts.conflicts, of: counts.records) {
      let first = try quarantined.words(isConflict: true).map { " (\($0))" } ?? ""
      return refusal(
        "\(counts.conflicts) of \(counts.records) records have a key that another record with other content has "
          + "(guards.duplicates allows \(guards.duplicates)): is `key` right?\(first)",
        setting: "guards.duplicates higher")
    }
    if !feed.key.isEmpty, guards.repeated.isExceeded(by: counts.duplicates, of: counts.records) {
      return refusal(
        "\(counts.duplicates) of \(counts.records) records are there twice (guards.repeated allows \(guards.repeated))"
      )
    }
    if counts.deleted >= guards.goneAtLeast, guards.gone.isExceeded(by: counts.deleted, of: counts.before) {
      return refusal(
        "\(counts.deleted) of \(counts.before) records are gone (guards.gone allows \(guards.gone))")
    }
    return nil
  }

  /// Where records were looked for; empty where they can be nowhere else.
  private var place: String {
    let record = feed.source.conversion.record.map { "/\($0)" }.joined()
    return record.isEmpty ? "" : ": it is XML without an element \(record), as source.record has it"
  }

  private func bad(_ counts: Counts, _ quarantined: Quarantined) throws(Failure) -> String {
    let first = try quarantined.words(isConflict: false).map { ": \($0)" } ?? ""
    var advice = ""
    if feed.source.conversion.encoding == nil, feed.source.database == nil,
      try quarantined.reasons().contains(.invalidUTF8)
    {
      advice = "; set source.encoding if the dump is in another encoding than UTF-8"
    }
    return
      "\(counts.bad) of \(counts.records) records are bad (guards.bad allows \(guards.bad))\(first)\(advice)"
  }

  private func refusal(_ problem: String, setting: String? = nil) -> Failure {
    var advice: [String] = []
    if let run { advice.append(address.accept(run)) }
    if let setting { advice.append("set \(setting)") }
    let hint = advice.isEmpty ? "" : "; if it is right all the same: " + advice.joined(separator: ", or ")
    return Failure(.badData, problem + hint)
  }
}
