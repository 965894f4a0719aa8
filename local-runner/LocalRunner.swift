import ArgumentParser
import Basics
import FeedFile
import Glibc

/// Chains the functions on a timer on one machine.
@main struct LocalRunner: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "local-runner",
    abstract: "Runs fetch, dedupe, snapshot and publish for each feed, on a timer, on this machine.",
    discussion: """
      Prints a line a run. What the functions say goes to LOG-DIR/<feed>/<start>.log; the last 200 are kept.
      The functions are looked for in $STRANDLINE_BIN, else beside this program.
      Stops on SIGINT, SIGTERM or SIGHUP; a second one kills at once.
      """,
    version: Software.version)

  @Flag(help: "Run each feed once and exit with the worst of their exit codes.")
  var once = false
  @Flag(help: "Run each feed once, read everything and write nothing to the store.")
  var dryRun = false
  @Flag(
    help:
      "With --once or --dry-run: read although earlier reads failed, or the settings are new. For a person, once."
  )
  var tryAgain = false
  @Option(help: "Time between the starts of two runs, such as 30m; without it each feed's own schedule.")
  var every: TimeSpan?
  @Option(help: "Where history is kept; handed to the functions as STRANDLINE_STORE.")
  var store: String?
  @Option(
    help:
      "A rehearsal: functions fail, die and are called twice, by a seed: 7, 7:20 or random. Only on a store that was marked with audit --mark-staging."
  )
  var chaos: String?
  @Option(help: "Where logs go.")
  var logDir = "./run/logs"
  @Option(help: "How long one function may take.")
  var timeLimit = TimeSpan(seconds: 2400)
  @Option(help: "How long a function has to end after SIGTERM at its time limit, before SIGKILL.")
  var killAfter = TimeSpan(seconds: 5)
  @Option(help: "How long a running function has to end when the runner is stopped, before SIGKILL.")
  var stopAfter = TimeSpan(seconds: 10)
  @Argument(help: "Feed files.")
  var feeds: [String]

  func validate() throws {
    if once || dryRun, every != nil {
      throw ValidationError("\(once ? "--once" : "--dry-run") and --every exclude each other.")
    }
    if tryAgain, !once, !dryRun {
      throw ValidationError("--try-again is for --once and --dry-run: a schedule leaves the source in peace.")
    }
    if dryRun, chaos != nil { throw ValidationError("--dry-run and --chaos exclude each other.") }
    for (name, span) in [("--every", every), ("--time-limit", timeLimit)] where span?.seconds == 0 {
      throw ValidationError("\(name) cannot be zero.")
    }
  }

  func run() throws {
    var code: Int32
    do throws(Failure) {
      let settings = Runner.Settings(
        functions: try Functions.find(), store: store, logs: logDir, timeLimit: timeLimit.seconds,
        killAfter: killAfter.seconds, stopAfter: stopAfter.seconds, isDry: dryRun, triesAgain: tryAgain,
        chaos: try chaosSeed())
      var runner = Runner(settings, feeds: try schedules())
      let overlay = dryRun ? try Overlay() : nil
      defer { overlay?.remove() }
      code = try runner.run()
    } catch {
      _ = write(Array("local-runner: \(error.message)\n".utf8), to: 2)
      code = error.kind.rawValue
    }
    if code != 0 { throw ExitCode(code) }
  }

  /// By what functions are made to fail.
  private func chaosSeed() throws(Failure) -> ChaosSeed? {
    guard let chaos else { return nil }
    var generator = SystemRandomNumberGenerator()
    guard let seed = ChaosSeed(chaos, random: { .random(in: 0..<1 << 32, using: &generator) }) else {
      throw Failure(
        .usage,
        "--chaos \(chaos): give a number as seed, or random, and how many operations of a hundred are to meet a fault "
          + "if not \(ChaosSeed.usualStrength): 7, 7:20, random:1")
    }
    _ = write(Array("local-runner: a rehearsal, with --chaos \(seed)\n".utf8), to: 2)
    return seed
  }

  /// The feeds with the seconds between their runs, nil for once.
  private func schedules() throws(Failure) -> [Schedule] {
    var schedules: [Schedule] = []
    for file in feeds {
      let feed = try FeedFile.parse(feedFile: try contents(ofFile: file), name: file)
      if let other = schedules.first(where: { $0.name == feed.name }) {
        throw Failure(.usage, "\(other.file) and \(file) both describe the feed \"\(feed.name)\"")
      }
      let period = every?.seconds ?? feed.schedule.map { Double($0.components.seconds) }
      guard once || dryRun || period != nil else {
        throw Failure(.settings, "\(file) has no schedule: give it one, or --every, or --once")
      }
      schedules.append(Schedule(name: feed.name, file: file, period: once || dryRun ? nil : period))
    }
    return schedules
  }
}

/// A number of seconds as feed files write it.
struct TimeSpan: ExpressibleByArgument {
  let seconds: Double

  init(seconds: Double) { self.seconds = seconds }

  init?(argument: String) {
    guard let duration = Duration(feedFile: argument) else { return nil }
    seconds = Double(duration.components.seconds)
  }

  var defaultValueDescription: String { Duration.seconds(seconds).feedFileText }
}
