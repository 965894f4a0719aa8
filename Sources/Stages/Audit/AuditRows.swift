import Basics
import Dedupe
import History

/// What an audit found out, as rows.
extension FeedStatus {
  /// How the feed stands: `ok`, `wait` or `act`.
  public var level: String {
    needsPerson ? "act" : findings.contains { $0.level == .wait } ? "wait" : "ok"
  }

  /// One row for the feed.
  public func summary(named: Bool) -> [Field] {
    var fields = named ? [Field("row", "feed")] : []
    fields += [
      Field("feed", feed), Field("level", level), text("last_run", runs.last?.data.run),
      text("outcome", runs.last?.data.outcome.rawValue), text("last_time", runs.last?.time.description),
      number("entry", head?.seq), number("published", published), number("records", head?.counts.current),
      number("quarantined", quarantine.objects), text("quarantine_run", quarantine.latest),
      text("lock", lock?.state), number("token", lock?.token), number("bytes", stored.bytes),
    ]
    if let verified {
      fields += [
        number("verified", verified.objects), number("verified_bytes", verified.bytes),
        number("uncovered", verified.uncovered),
      ]
    }
    return fields
  }

  /// A row for each run.
  public func rows(ofRuns named: Bool) -> [[Field]] {
    runs.map { event in
      let report = event.data
      let counts = report.counts
      return (named ? [Field("row", "run")] : []) + [
        Field("feed", feed), Field("run", report.run), Field("time", event.time.description),
        Field("stage", report.stage.rawValue), Field("outcome", report.outcome.rawValue),
        number("inserted", counts?.inserted), number("updated", counts?.updated),
        number("deleted", counts?.deleted),
        Field("seconds", json: report.work.map { "\($0.seconds)" } ?? "null"),
        number("requests", report.work?.requests?.values.reduce(0, +)),
        text("software", report.work?.software),
        text("settings", report.settings), text("acknowledges", report.work?.acknowledges?.id),
        text("message", report.message),
      ]
    }
  }

  /// A row for each finding.
  public func rows(ofFindings named: Bool) -> [[Field]] {
    findings.map { finding in
      (named ? [Field("row", "finding")] : []) + [
        Field("feed", feed), Field("level", finding.level.rawValue), Field("kind", finding.kind.rawValue),
        text("run", finding.run), text("object", finding.object), text("since", finding.since?.description),
        Field("message", finding.message),
      ]
    }
  }

  private func number(_ name: String, _ value: Int?) -> Field {
    Field(name, json: value.map { "\($0)" } ?? "null")
  }

  private func text(_ name: String, _ value: String?) -> Field {
    value.map { Field(name, $0) } ?? Field(name, json: "null")
  }
}
