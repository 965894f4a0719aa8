import ArgumentParser
import Basics
import History
import Invocation
import Stages

/// Add what dedupe found to the feed's timeline, all at once or not at all.
@main struct Snapshot: Function {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Add what dedupe found to the feed's timeline, all at once or not at all.",
    discussion: "Reads the event of dedupe and prints one that is the input of publish.",
    version: Software.version)

  @OptionGroup var common: CommonOptions
  @OptionGroup var origin: EventOptions

  func run(in call: Call) throws {
    let (event, context) = try call.event(origin, before: .snapshot)
    try call.emit(SnapshotStage(context).run(event))
  }
}
