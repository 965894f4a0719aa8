import Documents
import StrandlineTesting
import Testing

/// What the oracle says of a real feed: one process answers everything that the tests ask.
struct Oracle: Sendable {
  /// What it counts for one dump.
  struct Stats: Decodable, Sendable {
    let time: String
    let records, current, inserted, updated, deleted, bad, duplicates, conflicts: Int
    /// How many of `updated` stay if blank columns do not count; only where the header is another.
    let updatedWithoutBlanks: Int?

    enum CodingKeys: String, CodingKey {
      case time, records, current, inserted, updated, deleted, bad
      case duplicates = "dup_identical"
      case conflicts = "dup_conflicting"
      case updatedWithoutBlanks = "updated_nb"
    }
  }

  /// The counts by the time of the dump.
  let stats: [String: Stats]
  /// Times to be compared: all neighbours and a spread of others, one pair backwards.
  let pairs: [(from: String, to: String)]
  /// Some keys, as many kinds of them as there are.
  let keys: [[String]]
  private let folder: TemporaryFolder

  /// Asks. Dumps of no bytes are not shown to the oracle: to it they would be empty sets, and they must be refused,
  /// so that history goes on as if they had never been.
  init(_ feed: RealFeed) throws {
    let folder = try TemporaryFolder()
    let dumps = try feed.dumps()
    let whole = dumps.filter { $0.length > 0 }
    let input = folder.path + "/dumps"
    try succeed("mkdir", [input])
    let settings = try SharedData.require() + "/\(feed.rawValue)/feed.json"
    try succeed("ln", ["-s", settings] + whole.map(\.path) + [input])
    pairs = Self.pairs(whole.map(\.time))
    var requests = [["oracle", folder.path + "/stats", "stats", input, "--json"]]
    requests += dumps.map {
      ["oracle", folder.path + "/as-of-\($0.time)", "asof", input, "--at", $0.time]
    }
    requests += pairs.map {
      ["oracle", folder.path + "/diff-\($0.from)-\($0.to)", "diff", input, "--from", $0.from, "--to", $0.to]
    }
    requests.append(["oracle", folder.path + "/history", "history", input])
    requests.append(["keys", folder.path + "/keys", folder.path + "/history"])
    try answer(requests)
    let counted: [Stats] = try lines(of: folder.path + "/stats")
    stats = Dictionary(uniqueKeysWithValues: counted.map { ($0.time, $0) })
    keys = try lines(of: folder.path + "/keys")
    self.folder = folder
  }

  // Files of canonical JSON lines, sorted.

  func asOf(_ time: String) -> String { folder.path + "/as-of-\(time)" }
  func difference(_ from: String, _ to: String) -> String { folder.path + "/diff-\(from)-\(to)" }
  var history: String { folder.path + "/history" }
  func versions(ofKey number: Int) -> String { folder.path + "/keys.\(number)" }

  private static func pairs(_ times: [String]) -> [(from: String, to: String)] {
    let n = times.count
    let far = [(0, n - 1), (n - 1, 0), (0, n / 2), (n / 4, 3 * n / 4), (n / 3, n - 2), (n / 2, n - 1)]
    return zip(times, times.dropFirst()).map { ($0, $1) } + far.map { (times[$0], times[$1]) }
  }
}

/// Brings answers of query into the oracle's form, or asks the oracle: see `Tests/Support/oracle_answers.py`.
func answer(_ requests: [[String]]) throws {
  let input = requests.flatMap { Documents.encode($0) + [UInt8(ascii: "\n")] }
  let script = SharedData.package + "/Tests/Support/oracle_answers.py"
  try succeed("python3", [script, try SharedData.require() + "/.."], input: input)
}

/// Expects that two files hold the same, and shows the first differences.
func expectSame(
  _ ours: String, _ theirs: String, _ about: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  if try runProcess("cmp", ["-s", ours, theirs]).status == 0 { return }
  // The middle of long lines is left out: the key stands at their beginning, times at their end.
  let script = #"diff "$0" "$1" | head -n 8 | sed -E 's/^(.{200}).*(.{150})$/\1 ... \2/'"#
  let shown = try runProcess("sh", ["-c", script, ours, theirs])
  Issue.record(
    "\(about) is not what the oracle says (<: Strandline, >: the oracle):\n\(shown.outputText)",
    sourceLocation: sourceLocation)
}

/// The JSON values of a file, one a line.
func lines<T: Decodable>(of path: String) throws -> [T] {
  try succeed("cat", [path]).output.split(separator: UInt8(ascii: "\n")).map {
    try Documents.decode(T.self, from: Array($0), name: path)
  }
}

@discardableResult
func succeed(_ program: String, _ arguments: [String], input: [UInt8] = []) throws -> ChildProcess.Outcome {
  let outcome = try runProcess(program, arguments, input: input, timeLimit: 300)
  guard outcome.status == 0 else {
    throw Trouble(description: "\(program): exit \(outcome.status): \(outcome.errorText)")
  }
  return outcome
}
