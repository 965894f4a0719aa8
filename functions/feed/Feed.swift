import ArgumentParser
import Basics
import Invocation

/// What is done with feed files.
@main struct Feed: FunctionGroup {
  static let configuration = CommandConfiguration(
    commandName: "feed", abstract: "Begin a feed.", version: Software.version, subcommands: [Init.self])
}
