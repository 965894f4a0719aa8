import Documents
import Glibc
import StrandlineTesting
import Testing

/// A folder with a feed file, dumps and a store, and the functions that were built with these tests.
final class Bench: Sendable {
  static let stages = ["fetch", "dedupe", "snapshot", "publish"]

  let folder: TemporaryFolder
  let feed: String
  private let environment: [String: String]

  /// - Parameter feed: the feed file, which is written as `feed.yaml`.
  init(
    feed: String = "feed: cases\nstore: ./store\nsource: { path: cases.csv }\nkey: [id]\n",
    environment: [String: String] = [:]
  ) throws {
    folder = try TemporaryFolder()
    self.feed = "feed.yaml"
    // Whatever the tests themselves are run with. Empty is as good as unset.
    let standard = [
      "STRANDLINE_LOG": "text", "STRANDLINE_LEASE": "1s", "STRANDLINE_GRACE": "1s", "STRANDLINE_STORE": "",
      "STRANDLINE_FEED": "", "STRANDLINE_BIN": "", "http_proxy": "", "all_proxy": "", "ALL_PROXY": "",
    ]
    self.environment = standard.merging(environment) { $1 }
    try write("feed.yaml", feed)
  }

  func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  func write(_ name: String, _ text: String) throws { try write(name, bytes: Array(text.utf8)) }

  /// Replaces a file at once, as a well-behaved source does.
  func write(_ name: String, bytes: [UInt8]) throws {
    let file = unsafe try #require(fopen(path("\(name).new"), "w"))
    let count = unsafe fwrite(bytes, 1, bytes.count, file)
    try #require(unsafe fclose(file) == 0 && count == bytes.count)
    try #require(unsafe rename(path("\(name).new"), path(name)) == 0)
  }

  func read(_ name: String) throws -> [UInt8] {
    let file = unsafe try #require(fopen(path(name), "r"), "\(name) is not there")
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = unsafe fread(&chunk, 1, chunk.count, file)
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }

  func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }

  func exists(_ name: String) -> Bool { unsafe access(path(name), F_OK) == 0 }

  /// Starts a function in this folder.
  func start(
    _ function: String, _ arguments: [String] = [], input: [UInt8]? = [], variables: [String: String] = [:]
  ) throws -> ChildProcess {
    try start(path: try builtExecutable(function), arguments, input: input, variables: variables)
  }

  /// Starts a program in this folder.
  func start(
    path: String, _ arguments: [String], input: [UInt8]? = [], variables: [String: String] = [:]
  ) throws -> ChildProcess {
    try ChildProcess(
      path, arguments, environment: environment.merging(variables) { $1 },
      directory: folder.path, input: input)
  }

  /// Runs a function to its end.
  func call(
    _ function: String, _ arguments: [String], input: [UInt8] = [], variables: [String: String] = [:]
  ) throws -> Result {
    let outcome = try start(function, arguments, input: input, variables: variables).wait(timeLimit: 120)
    return Result(command: ([function] + arguments).joined(separator: " "), outcome)
  }

  /// Runs a function to its end.
  @discardableResult func call(_ function: String, _ arguments: String..., input: String = "") throws
    -> Result
  {
    try call(function, arguments, input: Array(input.utf8))
  }

  /// Runs a shell command in this folder; `$bin` is where the functions are.
  func shell(_ command: String, input: [UInt8] = []) throws -> Result {
    let fetch = try builtExecutable("fetch")
    let outcome = try runProcess(
      "sh", ["-c", command],
      environment: environment.merging(["bin": String(fetch.dropLast("/fetch".count))]) { $1 },
      directory: folder.path, input: input, timeLimit: 120)
    return Result(command: command, outcome)
  }

  /// Chains the functions as a scheduler does: each gets what the one before it printed; one that fails without
  /// an event ends the run.
  func tick(_ fetchArguments: [String] = [], from first: String = "fetch", event: String = "") throws -> Tick
  {
    var tick = Tick()
    var event = event
    for stage in Self.stages.drop(while: { $0 != first }) {
      let result = try call(
        stage, stage == "fetch" ? ["--feed", feed] + fetchArguments : [], input: Array(event.utf8))
      tick.results.append(result)
      event = result.output
      if result.status != 0, event.isEmpty { break }
    }
    return tick
  }

  /// Chains the functions, which must do well.
  @discardableResult func run(
    _ fetchArguments: String..., expecting outcome: String = "published",
    at location: SourceLocation = #_sourceLocation
  ) throws -> Event {
    let tick = try tick(fetchArguments)
    #expect(tick.status == 0, "\(tick)", sourceLocation: location)
    let event = try #require(try tick.event, "\(tick)", sourceLocation: location)
    #expect(event.data.outcome == outcome, "\(tick)", sourceLocation: location)
    return event
  }

  /// Asks history; must do well.
  func query(_ arguments: String..., at location: SourceLocation = #_sourceLocation) throws -> String {
    let result = try call("query", ["--feed", feed] + arguments)
    #expect(result.status == 0, "\(result)", sourceLocation: location)
    return result.output
  }

  /// What each run did.
  func runs() throws -> [RunRow] {
    try lines(of: RunRow.self, in: query("--runs", "--limit", "1000", "--format", "jsonl"))
  }

  /// What a run put into quarantine.
  func quarantine(_ event: Event, feed: String = "cases") throws -> [QuarantinedRow] {
    let object = try #require(event.data.quarantine?.object)
    return try lines(of: QuarantinedRow.self, in: text("store/\(feed)/\(object)"))
  }

  /// The head, as bytes: if they are the same, history is untouched.
  func head(feed: String = "cases") throws -> String {
    exists("store/\(feed)/head.json") ? try text("store/\(feed)/head.json") : "none"
  }
}

extension Bench {
  /// Chains the functions; tells how many bytes of memory each took at most, and the processors' time of all.
  func measuredTick() throws -> (tick: Tick, memory: [Int], work: Duration) {
    var tick = Tick()
    var memory: [Int] = []
    var work = 0
    var event: [UInt8] = []
    for stage in Self.stages {
      let arguments = stage == "fetch" ? ["--feed", feed] : []
      let result = try call("PeakMemory", ["peak", try builtExecutable(stage)] + arguments, input: event)
      tick.results.append(result)
      let figures = try text("peak").split(separator: " ").compactMap { Int($0) }
      try #require(figures.count == 2, "\(result)")
      memory.append(figures[0] << 10)
      work += figures[1]
      event = result.bytes
      if result.status != 0, event.isEmpty { break }
    }
    return (tick, memory, .microseconds(work))
  }
}

extension Bench {
  /// Lets ticks follow, as a schedule would, until readers see an entry. While the lock waits for somebody who
  /// died, they say 75.
  func catchUp(seq: Int, at location: SourceLocation = #_sourceLocation) throws {
    var last = Tick()
    for _ in 0..<400 {
      last = try tick()
      guard [0, 75].contains(last.status) else { break }
      if last.status == 0, try publishedSeq() == seq { return }
      if last.status == 75 { usleep(50_000) }
    }
    Issue.record("ticks do not lead to entry \(seq):\n\(last)", sourceLocation: location)
  }

  func publishedSeq() throws -> Int? {
    guard exists("store/cases/published/pointer.json") else { return nil }
    return try lines(of: PointerFile.self, in: text("store/cases/published/pointer.json")).first?.seq
  }
}
