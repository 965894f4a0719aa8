import ArgumentParser
import Basics
import FeedSources
import Invocation
import Stages

/// Takes a dump of a feed's source and keeps what the store does not have yet.
@main struct Fetch: Function {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Take a dump of a feed's source and keep what the store does not have yet.",
    discussion: "Prints one CloudEvent, which is the input of dedupe.",
    version: Software.version)

  @OptionGroup var common: CommonOptions

  @Option(help: "Read the dump from this file (- is standard input) instead of the feed's source.")
  var input: String?

  @Option(help: "When the dump was true, for dated dumps: after the newest one, not in the future.")
  var observedAt: Instant?

  @Option(help: "The CloudEvent that asked for the run, as a file or - : the same event is the same run.")
  var event: String?

  @Flag(
    help:
      "Read the source although earlier reads failed, it refused the credentials, or the settings are new: for a person, once."
  )
  var tryAgain = false

  func run(in call: Call) throws {
    let loaded = try call.loadFeed()
    let context = try call.context(for: loaded, create: true)
    var request = FetchStage.Request(feed: loaded.feed, source: try call.request(for: loaded))
    if let input {
      request.source = try call.request(for: input, like: loaded.feed)
      request.isOwnSource = false
    }
    request.observedAt = observedAt
    request.insists = tryAgain
    request.longestDelay = call.longestDelay
    request.trigger = try event.map { try call.trigger($0) }
    let sources = call.sources
    let stage = FetchStage(context) { (source) throws(Failure) in try sources.open(source) }
    try call.emit(stage.run(request))
  }
}
