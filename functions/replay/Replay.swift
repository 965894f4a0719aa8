import ArgumentParser
import Basics
import FeedFile
import History
import Invocation
import Stages

/// Takes runs through the functions again, into another store.
@main struct ReplayRuns: Function {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract:
      "Take runs of a feed through the functions again: into another store, or what went to quarantine.",
    discussion: """
      With --into: their dumps are in the store, so the source is not read, and nothing is written to the feed's own store. Each run is \
      read by the settings that it had, or by those of --settings; runs that were taken back are taken back again; corrections are not repeated. It shows \
      for each run what came of it then and now, and ends with 65 if that is not the same (unless settings were given).

      With --quarantine, once the feed file was mended: dumps are read again by it, from the first one on of which something \
      went to quarantine, and history is corrected from there on. What was known before can still be asked for. It prints the \
      event that is the input of publish.
      """,
    version: Software.version)

  @OptionGroup var common: CommonOptions

  @Option(help: "The other store: a directory, s3://bucket/prefix or gs://bucket/prefix.")
  var into: String?

  @Flag(help: "Take in what went to quarantine, by the settings of the feed file as it is now.")
  var quarantine = false

  @Option(help: "Only this run, and before it what it was compared with.")
  var run: String?

  @Option(help: "Runs whose dumps were true at this time or later: RFC 3339, such as 2026-11-21T07:00:00Z.")
  var from: String?

  @Option(help: "Runs whose dumps were true at this time or earlier.")
  var to: String?

  @Option(help: "A feed file by which all dumps are read.")
  var settings: String?

  @Option(help: "jsonl, csv or table; a table on a terminal, else jsonl.")
  var format: RowFormat?

  func validate() throws {
    guard (into == nil) == quarantine else { throw ValidationError("Give --into or --quarantine.") }
    guard run == nil || (from == nil && to == nil) else {
      throw ValidationError("--run goes without --from and --to.")
    }
    guard !quarantine || (run == nil && from == nil && to == nil && settings == nil) else {
      throw ValidationError("--quarantine goes without --run, --from, --to and --settings.")
    }
  }

  func run(in call: Call) throws {
    let loaded = try call.loadFeed()
    let origin = try call.context(for: loaded, create: false)
    if let into { return try replay(loaded, origin, into: into, call) }
    guard let event = try CorrectionStage(origin).run(loaded.feed) else {
      return call.log.info("nothing to do: nothing is in quarantine that was not read by this feed file")
    }
    try call.emit(event)
  }

  private func replay(
    _ loaded: Call.LoadedFeed, _ origin: StageContext, into: String, _ call: Call
  ) throws {
    let other = try settings.map { (path) throws(Failure) in try call.loadFeed(path) }
    if let other, other.feed.name != loaded.feed.name {
      throw Failure(.usage, "--settings is of feed \(other.feed.name), --feed of \(loaded.feed.name)")
    }
    let replay = try Replay(from: origin, into: call.context(for: loaded, in: into, create: true))
    func time(_ text: String?) throws(Failure) -> Instant? {
      try text.map { (text) throws(Failure) in try call.time(text, origin) }
    }
    var runs = try replay.runs(from: time(from), to: time(to))
    if let run { runs.removeAll { $0.report.run != run } }
    guard !runs.isEmpty else {
      throw Failure(.usage, "there are no such runs with dumps; query --runs lists the runs")
    }
    var comparisons: [Replay.Comparison] = []
    try replay.take(runs, isUpToNow: run == nil && to == nil, settings: other?.feed) {
      comparisons.append($0)
    }
    try call.show(format) { (sink) throws(Failure) in
      for comparison in comparisons { try sink.row(comparison.row) }
    }
    let differing = comparisons.filter { !$0.differences.isEmpty }.count
    call.log.info("\(runs.count) runs replayed into \(into), \(differing) with another outcome")
    if differing > 0, other == nil {
      throw Failure(
        .badData, "\(differing) of \(runs.count) runs came to something else than then: see `differences`")
    }
  }
}
