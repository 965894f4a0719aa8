import ArgumentParser
import FeedFile
import Invocation

/// Proposes a feed file for a source, and shows what its first run would find.
struct Init: Function {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Propose a feed file for a source, and show what its first run would find.",
    discussion: """
      Reads the source once, and finds out how it is packed and laid out, and by which columns its records can be told \
      apart. Writes a feed file with reasons, and tries it without writing to any store.
      """)

  @Argument(help: "Where the dump is: https://…, http://…, s3://bucket/name, gs://bucket/name, or a file.")
  var source: String

  @Option(name: .shortAndLong, help: "Write the feed file here, instead of to standard output.")
  var output: String?

  @Flag(help: "Replace the feed file if it is there.")
  var force = false

  @Option(help: "The feed's name; else it is made of the source's.")
  var name: String?

  @Option(
    help:
      "Where history is to be kept: a directory, s3://bucket/prefix or gs://bucket/prefix; ./store beside the feed file, unless STRANDLINE_STORE is set."
  )
  var store: String?

  @Option(help: "The source is a pattern (dumps/*.csv): take the newest file, or the last by name.")
  var take: Taken?

  @Option(
    help:
      "A field of source.auth, such as user=reader, password_env=VARIABLE, bearer_env=VARIABLE or method=ntlm; one for each. Secrets are named, never given."
  )
  var auth: [String] = []

  @Option(help: "How long the call may take, such as 5m. Environment: STRANDLINE_DEADLINE.")
  var deadline: String?

  @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.")
  var quiet = false

  var common: CommonOptions { CommonOptions(quiet: quiet, deadline: deadline) }

  func run(in call: Call) throws {
    var wishes = Beginning.Wishes(source: source)
    wishes.output = output
    wishes.mayReplace = force
    wishes.name = name
    wishes.store = store
    wishes.take = take.flatMap { Source.Take(rawValue: $0.rawValue) }
    wishes.auth = try auth.map { said in
      let parts = said.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else {
        throw ValidationError(
          "--auth takes FIELD=VALUE, such as --auth user=reader --auth password_env=VARIABLE.")
      }
      return (String(parts[0]), String(parts[1]))
    }
    try Beginning(call, wishes).run()
  }
}

/// What is taken of the files that a pattern matches. Those that are one dump together are better looked at one by one.
enum Taken: String, ExpressibleByArgument, CaseIterable { case newest, last }
