import StrandlineTesting
import Testing

/// A Redis server of the test's own (Debian: redis-server), and a feed of it. It ends with this object.
final class RedisServer {
  let bench: Bench
  let port: String
  private let child: ChildProcess
  /// How `redis-cli` reaches it.
  private let reach: String

  /// - Parameters:
  ///   - options: of the server; `$` is the bench's folder.
  ///   - reach: options of `redis-cli`.
  ///   - prepare: a shell command that comes first.
  init(
    _ options: [String] = [], reach: String = "", isSecure: Bool = false, prepare: String = "true",
    environment: [String: String] = [:]
  ) throws {
    bench = try Bench(environment: environment)
    let folder = bench.folder.path
    let prepared = try bench.shell(prepare)
    #expect(prepared.status == 0, "\(prepared)")
    port = try freePort(bench)
    self.reach = reach.replacing("$", with: folder)
    child = try ChildProcess(
      "redis-server",
      ["--bind", "127.0.0.1", isSecure ? "--tls-port" : "--port", port, "--save", "", "--dir", folder]
        + (isSecure ? ["--port", "0"] : []) + options.map { $0.replacing("$", with: folder) },
      directory: folder)
    try child.waitForOutput("Ready to accept connections")
  }

  /// Runs a command of Redis, in its own words.
  @discardableResult func ask(_ command: String, at location: SourceLocation = #_sourceLocation) throws
    -> String
  {
    let result = try bench.shell("redis-cli -p \(port) \(reach) \(command)")
    #expect(result.status == 0 && !result.output.hasPrefix("ERR"), "\(result)", sourceLocation: location)
    return result.output
  }

  /// Runs commands of Redis, one a line.
  func tell(_ commands: String, at location: SourceLocation = #_sourceLocation) throws {
    let result = try bench.shell("redis-cli -p \(port) \(reach)", input: Array(commands.utf8))
    #expect(
      result.status == 0 && !result.output.contains("ERR") && !result.output.contains("NOPERM"), "\(result)",
      sourceLocation: location)
  }

  /// Writes the feed file: `source` are lines under `source`, in which `$` is host and port.
  func describe(_ source: String, _ settings: String = "key: [key]") throws {
    try describeDatabase(bench, source.replacing("$", with: "localhost:\(port)"), settings)
  }

  /// One run, which has to do well; gives the records as JSON Lines.
  func records(
    _ source: String, _ settings: String = "key: [key]", at location: SourceLocation = #_sourceLocation
  ) throws -> String {
    try describe(source, settings)
    try bench.run("--try-again", at: location)
    return try bench.query("--as-of", "now", "--format", "jsonl")
  }
}

/// Writes a feed file: `source` are lines under `source`.
func describeDatabase(_ bench: Bench, _ source: String, _ settings: String) throws {
  let lines = source.replacing("\n", with: "\n  ")
  try bench.write("feed.yaml", "feed: cases\nstore: ./store\nsource:\n  \(lines)\n\(settings)\n")
}

/// A port of this machine that nobody uses just now.
func freePort(_ bench: Bench) throws -> String {
  let script = "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])"
  let result = try bench.shell("python3 -c '\(script)'")
  return String(try #require(result.output.split(separator: "\n").first, "\(result)"))
}
