import ArgumentParser
import Basics
import History
import Invocation
import Stages

/// Make readers see the newest state.
@main struct Publish: Function {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Make readers see the newest state.",
    discussion:
      "Reads the event of snapshot. Whatever the event, what is still to be published is published.",
    version: Software.version)

  @OptionGroup var common: CommonOptions
  @OptionGroup var origin: EventOptions

  func run(in call: Call) throws {
    let (event, context) = try call.event(origin, before: .publish)
    try call.emit(PublishStage(context).run(event))
  }
}
