import ArgumentParser
import Basics
import Invocation
import Stages

/// Takes runs back, or puts back what was taken back.
@main struct Rewind: Function {
  static let configuration = CommandConfiguration(
    commandName: "rewind",
    abstract: "Take the newest runs of a feed back, or put back what was taken back.",
    discussion: """
      Without --confirm nothing is written: it shows which entries of the timeline would be taken back or put back, or \
      with --changes which records. With --confirm it prints the event that is the input of publish. Nothing is ever \
      removed: query --as-of TIME --known-at TIME shows what was known before. While the source still gives a dump that \
      was taken back, no run takes it again.
      """,
    version: Software.version)

  @OptionGroup var common: CommonOptions

  @Option(help: "Undo this run and all that came after it; a run of rewind, too.")
  var undo: String?

  @Option(
    help: "Go back to what was true at this time, as it is known now: RFC 3339, such as 2026-11-21T07:00:00Z."
  )
  var to: String?

  @Option(help: "Go back to how this entry of the timeline left it: a number, see query --runs.")
  var entry: Int?

  @Flag(help: "Show the records that would change.")
  var changes = false

  @Flag(help: "Do it.")
  var confirm = false

  @Option(help: "jsonl, csv or table; a table on a terminal, else jsonl.")
  var format: RowFormat?

  func validate() throws {
    guard [undo != nil, to != nil, entry != nil].filter({ $0 }).count == 1 else {
      throw ValidationError("Give one of --undo, --to, --entry.")
    }
    guard !(changes && confirm) else {
      throw ValidationError("--changes only shows: it does not go with --confirm.")
    }
  }

  func run(in call: Call) throws {
    let context = try call.context(for: call.loadFeed(), create: false)
    let stage = RewindStage(context)
    let target: RewindStage.Target =
      if let undo { .before(run: undo) } else if let to { .time(try call.time(to, context)) } else {
        .entry(entry ?? 0)
      }
    guard let plan = try stage.plan(target) else {
      return call.log.info("nothing to do: the feed is as that entry left it")
    }
    if confirm { return try call.emit(stage.run(plan)) }
    let (now, then) = plan.states
    try call.show(format) { (sink) throws(Failure) in
      if changes {
        try HistoryQuery(context).difference(from: now, to: then, to: sink)
      } else {
        for row in plan.rows { try sink.row(row) }
      }
    }
    call.log.info("would be done, with --confirm: \(plan.summary); \(try stage.changes(plan))")
  }
}
