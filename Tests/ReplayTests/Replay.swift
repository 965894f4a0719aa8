import Documents
import StrandlineTesting

/// A real feed after all of its dumps were taken, in order of time, by the functions as processes.
struct Replay: Sendable {
  /// One dump and what became of it.
  struct Run: Sendable {
    let dump: Dump
    /// What publish said: the end of the run.
    let event: Event
    /// The exit code of dedupe and what it wrote to standard error.
    let dedupe: (status: Int32, errors: String)
  }

  let feed: RealFeed
  let runs: [Run]
  private let functions: Functions

  /// Takes all dumps: `fetch --input FILE --observed-at TIME | dedupe | snapshot | publish` for each.
  init(_ feed: RealFeed, _ rule: RealFeed.ColumnRule) throws {
    self.feed = feed
    functions = try Functions(settings: feed.settings(rule))
    let functions = functions
    runs = try feed.dumps().map { (dump) throws in
      let fetched = try functions.call("fetch", ["--input", dump.path, "--observed-at", dump.time])
      let found = try functions.call("dedupe", input: fetched.output, codes: [0, 65])
      let recorded = try functions.call("snapshot", input: found.output)
      let published = try functions.call("publish", input: recorded.output)
      return Run(
        dump: dump,
        event: try Documents.decode(Event.self, from: published.output, name: "the event of \(dump.path)"),
        dedupe: (found.status, found.errorText))
    }
  }

  /// The runs that were not refused.
  var accepted: [Run] { runs.filter { $0.event.data.outcome != "refused" } }

  func run(at time: String) -> Run? { runs.first { $0.dump.time == time } }

  /// What query prints.
  func query(_ arguments: [String]) throws -> [UInt8] { try functions.call("query", arguments).output }

  /// Writes what query prints to a file.
  /// - Returns: the file's path.
  func query(_ arguments: [String], into name: String) throws -> String {
    try functions.call("query", arguments, into: name)
  }

  /// A path for an answer, gone with the replay.
  func path(_ name: String) -> String { functions.folder.path + "/" + name }

  /// Where what readers see is.
  var published: String { stored("published") }

  /// Where an object of the feed is.
  func stored(_ object: String) -> String { functions.store + "/\(feed.rawValue)/" + object }
}

/// The functions as they were built, with a feed file and a store of their own.
struct Functions: Sendable {
  let folder: TemporaryFolder
  var store: String { folder.path + "/store" }

  init(settings: String) throws {
    folder = try TemporaryFolder()
    let written = try runProcess(
      "sh", ["-c", "cat > feed.yaml && mkdir store"], directory: folder.path, input: Array(settings.utf8))
    guard written.status == 0 else { throw Trouble(description: written.errorText) }
  }

  /// Calls a function with none of this process's environment.
  /// - Throws: if it ends with another code than `codes`.
  func call(
    _ name: String, _ arguments: [String] = [], input: [UInt8] = [], codes: Set<Int32> = [0]
  ) throws -> ChildProcess.Outcome {
    try run([builtExecutable(name)] + arguments, input: input, codes: codes)
  }

  func call(_ name: String, _ arguments: [String], into file: String) throws -> String {
    let path = folder.path + "/" + file
    let redirected = ["/bin/sh", "-c", "exec \"$@\" > \"$0\"", path, try builtExecutable(name)]
    _ = try run(redirected + arguments, input: [], codes: [0])
    return path
  }

  private func run(_ words: [String], input: [UInt8], codes: Set<Int32>) throws -> ChildProcess.Outcome {
    let environment = ["STRANDLINE_FEED": folder.path + "/feed.yaml", "STRANDLINE_STORE": store]
    let outcome = try runProcess(
      words[0], Array(words[1...]), environment: environment, inherit: false, input: input, timeLimit: 300)
    guard codes.contains(outcome.status) else {
      throw Trouble(
        description: "\(words.joined(separator: " ")): exit \(outcome.status): \(outcome.errorText)")
    }
    return outcome
  }
}
