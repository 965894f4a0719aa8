import ArgumentParser
import Basics
import Invocation
import Stages

/// Says whether all is well with a feed, or with all feeds of a store.
@main struct Audit: Function {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Say whether all is well with a feed, or with all feeds of a store.",
    discussion: """
      With --store but no --feed, without any feed named, or with --all, it is about all feeds of the store. \
      --feed takes a feed file, or a feed's name with --store. \
      Exits with 65 if something needs a person, else with 0. \
      Notes in the store that it took place; --dry-run does not.
      """,
    version: Software.version)

  @OptionGroup var common: CommonOptions

  @Flag(help: "All feeds of the store, whatever feed is named.")
  var all = false

  @Flag(help: "Read everything that is named, from the head down, and compare it with its SHA-256.")
  var verify = false

  @Flag(
    help:
      "Audit nothing, but mark the store as one for rehearsals, where STRANDLINE_CHAOS may make functions fail."
  )
  var markStaging = false

  @Option(help: "How many of the newest runs are looked at.")
  var limit = 20

  @Option(help: "How often feeds are read whose settings have no schedule, such as 30m.")
  var every: String?

  @Option(help: "table, jsonl or prometheus; a table on a terminal, else jsonl.")
  var format: AuditFormat?

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit takes a number above 0.") }
  }

  func run(in call: Call) throws {
    if markStaging { return try call.markStaging() }
    var options = FeedAudit.Options()
    options.runs = limit
    options.verifies = verify
    options.zone = call.zoneIfPresent
    options.period = try call.seconds(every, "every")
    let place = try call.audited(all: all)
    var statuses: [FeedStatus] = []
    for feed in place.feeds {
      call.log.progress("audit", done: statuses.count, total: place.feeds.count)
      var audit = try FeedAudit(place.context(feed), options)
      statuses.append(try audit.run())
    }
    let seq = place.note(statuses)
    try call.show(statuses, as: format, seq: seq, time: place.now())
    let needy = statuses.filter(\.needsPerson)
    guard needy.isEmpty else {
      throw Failure(
        .badData,
        "\(needy.count) of \(statuses.count) feeds need a person: \(needy.map(\.feed).joined(separator: ", "))"
      )
    }
  }
}
