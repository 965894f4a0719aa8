import ArgumentParser
import Basics
import Invocation
import Stages

/// Asks a feed's history.
@main struct Query: Function {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Ask a feed's history.",
    discussion: "Times are RFC 3339, such as 2026-11-21T07:00:00Z or 2026-11-21; now is the store's time.",
    version: Software.version)

  @OptionGroup var common: CommonOptions

  @Option(help: "The records as they were at this time.")
  var asOf: String?

  @Option(help: "With --as-of: as it was known at this time.")
  var knownAt: String?

  @Option(parsing: .upToNextOption, help: "What differs between two times.")
  var diff: [String] = []

  @Option(help: "All versions of the record with this key; once for each part of the key.")
  var key: [String] = []

  @Flag(
    help:
      "What each run did that came to an answer, refused ones too. Of runs that failed only the last is known, and told on standard error; see audit."
  )
  var runs = false

  @Flag(help: "What the feed occupies in the store, by kind of object; with --runs: by run.")
  var storage = false

  @Option(help: "With --runs: at most so many of the newest.")
  var limit = 50

  @Option(help: "The dump of this run, byte for byte.")
  var dump: String?

  @Option(help: "jsonl, csv or table; a table on a terminal, else jsonl.")
  var format: RowFormat?

  func validate() throws {
    let asked = [asOf != nil, !diff.isEmpty, !key.isEmpty, runs || storage, dump != nil].filter { $0 }.count
    guard asked == 1 else {
      throw ValidationError("Give one of --as-of, --diff, --key, --runs, --storage, --dump.")
    }
    guard diff.isEmpty || diff.count == 2 else { throw ValidationError("--diff takes two times: FROM TO.") }
    guard knownAt == nil || asOf != nil else { throw ValidationError("--known-at goes with --as-of.") }
    guard limit > 0 else { throw ValidationError("--limit takes a number above 0.") }
  }

  func run(in call: Call) throws {
    let context = try call.context(for: call.loadFeed(), create: false)
    let query = HistoryQuery(context)
    func time(_ text: String) throws(Failure) -> Instant { try call.time(text, context) }
    if let dump {
      try unsafe query.dump(dump) { (bytes) throws(Failure) in try unsafe call.print(bytes) }
      return try call.finish()
    }
    var remark: String?
    try call.show(format) { (sink) throws(Failure) in
      if let asOf {
        let known = try knownAt.map { (text) throws(Failure) in try time(text) }
        try query.asOf(try time(asOf), knownAt: known, to: sink)
      } else if !diff.isEmpty {
        try query.difference(try time(diff[0]), try time(diff[1]), to: sink)
      } else if storage {
        try runs ? query.storageByRun(limit: limit, to: sink) : query.storage(to: sink)
      } else if runs {
        try query.runs(limit: limit, to: sink)
      } else {
        remark = try query.versions(ofKey: key, to: sink)
      }
    }
    if let remark { call.log.warning(remark) }
    if runs, !storage, let failure = try query.lastFailure() { call.log.warning(failure) }
  }
}
