import Basics
import FeedFile

/// What a run's events say of it, and what went wrong.
struct Summary {
  private static let counts = ["inserted", "updated", "deleted"]
  /// Said only if there are any.
  private static let losses = ["bad", "conflicts"]

  private var outcome: String?
  private var found: [String: String] = [:]
  /// What the last event says to a person.
  private(set) var message: String?
  private var problems: [String] = []
  private var notes: [String] = []
  private var isDry = false
  /// The exit code that the run ends with.
  private(set) var code: Int32 = 0

  /// Takes outcome, counts and message from the `data` of the last line of `output`, a CloudEvent; later stages
  /// win.
  mutating func read(_ output: [UInt8]) {
    guard let line = output.split(separator: UInt8(ascii: "\n")).last(where: { $0.count > 1 }),
      let data = (try? Node(reading: Array(line), name: "event"))?["data"]
    else { return }
    if let text = data["outcome"]?.text { outcome = text }
    message = data["message"]?.text
    if data["dry"]?.text == "true" { isDry = true }
    for name in Self.counts + Self.losses {
      if let text = data["counts"]?[name]?.text { found[name] = text }
    }
  }

  /// Notes what went wrong; the worst code counts.
  mutating func fail(_ code: Int32, _ message: String, endsRun: Bool = true) {
    problems.append(message)
    self.code = max(self.code, code)
    if endsRun { outcome = "failed" }
  }

  /// Notes that the runner was told to stop: no fault of the feed.
  mutating func interrupt(_ message: String) {
    problems.append(message)
    outcome = "interrupted"
  }

  /// Adds what is no problem.
  mutating func note(_ text: String) { notes.append(text) }

  /// `2026-11-21T07:18:00Z cases published inserted=3 updated=2 deleted=1 4.2s`, and what there is to say.
  func line(feed: String, start: Instant, seconds: Double, log: String?) -> String {
    var line = "\(Instant(seconds: start.microseconds / 1_000_000)) \(feed)"
    line += " \(outcome ?? "done")\(isDry ? " (dry run)" : "")"
    for name in Self.counts {
      if let count = found[name] { line += " \(name)=\(count)" }
    }
    for name in Self.losses {
      if let count = found[name], count != "0" { line += " \(name)=\(count)" }
    }
    let tenths = Int((seconds * 10).rounded())
    line += " \(tenths / 10).\(tenths % 10)s"
    if problems.isEmpty, let message { line += "; \(message)" }
    for problem in problems + notes { line += "; \(problem)" }
    if let log, !problems.isEmpty { line += "; log: \(log)" }
    return line
  }

  /// What an exit code means to a person.
  static func meaning(_ code: Int32) -> String {
    switch Failure.Kind(rawValue: code) {
    case .usage: "wrong call"
    case .badData: "bad data"
    case .unavailable: "cannot be reached"
    case .software: "a defect"
    case .tryAgain: "try again"
    case .settings: "wrong settings"
    case nil: "unexpected"
    }
  }
}
