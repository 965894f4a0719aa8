public import ArgumentParser
import Basics
import FeedFile

/// Flags of every function. A flag beats the environment, the environment beats the feed file.
public struct CommonOptions: ParsableArguments {
  @Option(help: "The feed file, YAML or JSON: a path or a URL. Environment: STRANDLINE_FEED.")
  var feed: String?

  @Option(
    help:
      "Where history is kept: a directory, s3://bucket/prefix or gs://bucket/prefix. Environment: STRANDLINE_STORE; else `store` in the feed file."
  )
  var store: String?

  @Option(
    help: "For how long a silent run counts as alive, such as 60s. Environment: STRANDLINE_LEASE.")
  var lease: String?

  @Option(
    help:
      "How long the next stage may take to begin before another run may go on. Environment: STRANDLINE_GRACE."
  )
  var grace: String?

  @Option(
    help:
      "How long the call may take, such as 5m, or when it has to be over: a time, or milliseconds since 1970. Shortly before, it hands its lease back and ends with 75. Environment: STRANDLINE_DEADLINE."
  )
  var deadline: String?

  @Flag(
    help:
      "Read everything and write nothing: what would change is kept beside the store and thrown away, or kept in the directory that STRANDLINE_OVERLAY names."
  )
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.")
  var quiet = false

  /// Nothing said.
  public init() {}

  /// As if so much had been said, for functions that have only some of these flags.
  public init(quiet: Bool, deadline: String?) {
    let said = (quiet ? ["--quiet"] : []) + (deadline.map { ["--deadline", $0] } ?? [])
    do { self = try Self.parse(said) } catch { preconditionFailure("flags that are not known: \(error)") }
  }

  func seconds(_ flag: String?, _ name: String, environment: String, default standard: Double) throws(Failure)
    -> Double
  {
    try seconds(flag, name, environment: environment) ?? standard
  }

  /// After how many seconds without an audit a run warns; nil: never.
  var auditLimit: Double? {
    get throws(Failure) {
      let name = "STRANDLINE_AUDIT_LIMIT"
      guard let text = Environment.value(name) else { return 2 * 86400 }
      if text == "off" { return nil }
      guard let duration = Duration(feedFile: text), duration > .zero else {
        throw Failure(.usage, "\(name)=\(text): give a duration such as 6h or 2d, or off")
      }
      return Double(duration.components.seconds)
    }
  }

  func seconds(_ flag: String?, _ name: String, environment: String) throws(Failure) -> Double? {
    guard let text = flag ?? (environment.isEmpty ? nil : Environment.value(environment)) else { return nil }
    guard let duration = Duration(feedFile: text), duration > .zero else {
      throw Failure(.usage, "--\(name) \(text): give a duration such as 30s, 5m or 2h")
    }
    return Double(duration.components.seconds)
  }
}

/// Flags of the functions that are called with an event.
public struct EventOptions: ParsableArguments {
  @Option(help: "The event of the stage before, as a file; - is standard input, and the default.")
  var event: String?

  @Option(help: "Go on with this run from what the store says of it, instead of an event.")
  var run: String?

  /// Nothing said.
  public init() {}
}
