public import Basics
import Coordination
import Dedupe
import History
import ObjectStore

extension HistoryQuery {
  /// What each run did, the oldest first; at most `limit` of the newest.
  public func runs(limit: Int, to sink: any RowSink) throws(Failure) {
    var events: [RunEvent] = []
    for name in newest(try context.runs.names(), limit) {
      if let event = try context.runs.lastAnswer(name) { events.append(event) }
    }
    events.sort { ($0.data.validFrom, $0.time) < ($1.data.validFrom, $1.time) }
    for event in events.suffix(limit) { try sink.row(fields(event)) }
  }

  /// What became of the last run, if it failed: only the lock tells of it. For a person.
  public func lastFailure() throws(Failure) -> String? {
    guard let lock = try context.lock.read()?.0, let trouble = lock.trouble,
      lock.state == .released || lock.state == .stopped
    else { return nil }
    return
      "the last run, \(lock.run), failed at \(lock.stage) (exit \(trouble.code)): \(trouble.message)"
  }

  /// Of the names of runs, in order, those among which the newest so many are.
  func newest(_ names: [String], _ limit: Int) -> [String] {
    // Names of runs begin with their time, but for those that a trigger named.
    let timed = names.filter { $0.utf8.first.map { (48...57).contains($0) } ?? false }
    var first = max(0, timed.count - limit)
    // Names of one second are in no order.
    while first > 0, first < timed.count, timed[first - 1].prefix(16) == timed[first].prefix(16) {
      first -= 1
    }
    return names.filter { !($0.utf8.first.map { (48...57).contains($0) } ?? false) } + timed[first...]
  }

  private func fields(_ event: RunEvent) -> [Field] {
    let report = event.data
    func number(_ name: String, _ value: Int?) -> Field { Field(name, json: value.map { "\($0)" } ?? "null") }
    func text(_ name: String, _ value: String?) -> Field {
      value.map { Field(name, $0) } ?? Field(name, json: "null")
    }
    func names(_ columns: [String]?) -> String? {
      columns.flatMap { $0.isEmpty ? nil : $0.joined(separator: ", ") }
    }
    return [
      text("run", report.run), text("valid_from", report.validFrom.description),
      text("stage", report.stage.rawValue), text("outcome", report.outcome.rawValue),
      number("entry", report.seq), number("records", report.counts?.current),
      number("inserted", report.counts?.inserted), number("updated", report.counts?.updated),
      number("deleted", report.counts?.deleted), number("bad", report.counts?.bad),
      number("duplicates", report.counts?.duplicates), number("conflicts", report.counts?.conflicts),
      number("bytes", report.dump?.bytes), number("written", report.dump?.packBytes),
      text("columns_added", names(report.columns?.added)),
      text("columns_removed", names(report.columns?.removed)),
      text("quarantine", report.quarantine?.object), text("message", report.message),
    ]
  }
}
