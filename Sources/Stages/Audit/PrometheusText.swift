public import Basics
import Dedupe
import History

/// What audits found out in Prometheus' text format
/// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
public enum PrometheusText {
  /// The metrics of some feeds.
  /// - Parameter seq: the audit's number, if it was noted.
  public static func page(_ statuses: [FeedStatus], seq: Int?, time: Instant) -> String {
    var page = ""
    func add(_ name: String, _ help: String, _ samples: [(labels: String, value: String)]) {
      if samples.isEmpty { return }
      page += "# HELP strandline_\(name) \(help)\n# TYPE strandline_\(name) gauge\n"
      for sample in samples { page += "strandline_\(name){\(sample.labels)} \(sample.value)\n" }
    }
    func each(_ name: String, _ help: String, _ value: (FeedStatus) -> String?) {
      add(name, help, statuses.compactMap { status in value(status).map { (feed(status), $0) } })
    }
    each("feed_ok", "1 if nobody is needed for the feed.") { $0.needsPerson ? "0" : "1" }
    add(
      "findings", "What the audit found, by kind and by who is to do something.",
      statuses.flatMap { status in
        Finding.Kind.allCases.flatMap { kind in
          Finding.Level.allCases.map { level in
            let count = status.findings.count { $0.kind == kind && $0.level == level }
            return (
              "\(feed(status)),kind=\"\(kind.rawValue)\",level=\"\(level.rawValue)\"", "\(count)"
            )
          }
        }.filter { !$0.0.hasSuffix("\"note\"") || $0.1 != "0" }
      })
    each("last_read_timestamp_seconds", "When the source was last read.") { $0.lastRead.map(seconds) }
    each("head_entry", "The number of the newest entry.") { $0.head.map { "\($0.seq)" } }
    each("published_entry", "The number of the entry that readers see.") { $0.published.map { "\($0)" } }
    each("head_recorded_timestamp_seconds", "When the newest entry was recorded.") {
      $0.head.map { seconds($0.recordedAt) }
    }
    each("records", "Records of the newest entry.") { $0.head.map { "\($0.counts.current)" } }
    each("lock_token", "The fencing token: it only grows.") { $0.lock.map { "\($0.token)" } }
    each("lock_age_seconds", "For how long the lock was not written, while somebody has it.") {
      $0.lock.flatMap { $0.state == "released" ? nil : "\($0.age)" }
    }
    each("quarantine_objects", "Objects in quarantine.") { "\($0.quarantine.objects)" }
    each("quarantine_bytes", "Bytes in quarantine.") { "\($0.quarantine.bytes)" }
    each("stored_bytes", "Bytes of the feed in the store.") { "\($0.stored.bytes)" }
    each("verified_objects", "Objects that are what is recorded of them.") {
      $0.verified.map { "\($0.objects)" }
    }
    page += "# HELP strandline_audit_timestamp_seconds When this audit took place, by the store's clock.\n"
    page += "# TYPE strandline_audit_timestamp_seconds gauge\n"
    page += "strandline_audit_timestamp_seconds \(seconds(time))\n"
    if let seq {
      page += "# HELP strandline_audits_total Audits that were noted in the store.\n"
      page += "# TYPE strandline_audits_total counter\nstrandline_audits_total \(seq)\n"
    }
    return page
  }

  private static func seconds(_ time: Instant) -> String { "\(Double(time.microseconds) / 1_000_000)" }

  private static func feed(_ status: FeedStatus) -> String {
    var text = ""
    for scalar in status.feed.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return "feed=\"\(text)\""
  }
}
