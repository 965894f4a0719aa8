import ArgumentParser
import Basics
import History
import Invocation
import Stages

/// Finds what changed between the last state and a dump.
@main struct Dedupe: Function {
  static let configuration = CommandConfiguration(
    commandName: "dedupe",
    abstract: "Find what changed between the last state and a dump.",
    discussion: """
      Reads the event of fetch and prints one that is the input of snapshot. With --before and --input it \
      compares two files instead, needs no store, and prints the changes as JSON Lines.
      """,
    version: Software.version)

  @OptionGroup var common: CommonOptions
  @OptionGroup var origin: EventOptions

  @Option(help: "Take the dump of this run although it was refused.")
  var accept: String?

  @Flag(help: "Let the key be another than before.")
  var rekey = false

  @Option(help: "Compare two files: the earlier dump.")
  var before: String?

  @Option(help: "Compare two files: the later dump; - is standard input.")
  var input: String?

  func validate() throws {
    guard (before == nil) == (input == nil) else {
      throw ValidationError("--before and --input go together: the earlier and the later dump.")
    }
  }

  func run(in call: Call) throws {
    if let before, let input { return try compare(before, input, in: call) }
    var options = DedupeStage.Options()
    options.rekey = rekey
    let event: RunEvent
    if let accept {
      let context = try call.context(for: call.loadFeed(), create: false)
      event = try DedupeStage(context, options: options).accept(accept)
    } else {
      let (fetched, context) = try call.event(origin, before: .dedupe)
      event = try DedupeStage(context, options: options).run(fetched)
    }
    try call.emit(event)
    if event.data.outcome == .refused {
      let kind = event.data.code.flatMap { Failure.Kind(rawValue: Int32($0)) } ?? .badData
      throw Failure(
        kind, "run \(event.data.run) was refused, history is untouched: \(event.data.message ?? "")")
    }
  }

  private func compare(_ before: String, _ input: String, in call: Call) throws {
    let feed = try call.loadFeed().feed
    let comparison = FileComparison(feed, randomness: call.randomness)
    let (old, new) = (try call.input(before, like: feed), try call.input(input, like: feed))
    let summary = try unsafe comparison.compare(
      before: old, after: new, write: { (line) throws(Failure) in try unsafe call.print(line) },
      reject: { (line) throws(Failure) in
        call.log.warning(unsafe String(decoding: line.dropLast(), as: UTF8.self))
      })
    try call.finish()
    call.log.info(summary)
  }
}
