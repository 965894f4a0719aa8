import ArgumentParser
import Invocation

/// What is done with feed files.
@main struct Feed: FunctionGroup {
  static let configuration = CommandConfiguration(
    commandName: "feed", abstract: "Begin a feed.", subcommands: [Init.self])
}
