import Documents
import StrandlineTesting
import Testing

/// The first dumps of a real feed that differ, and what its oracle says of them. Of a list of companies: some 500 rows.
struct RealDumps: Sendable {
  static let settings =
    "feed: sp500\nsource: { path: dump.csv }\nkey: [Symbol]\ncolumns: { added: all }\n"

  /// When each was taken, as RFC 3339.
  let times: [String]
  let dumps: [[UInt8]]
  private let folder: TemporaryFolder

  static let shared = Swift.Result { try RealDumps() }

  private init() throws {
    let source = try SharedData.require() + "/sp500"
    folder = try TemporaryFolder()
    let listed = try runProcess("ls", [source], environment: ["LC_ALL": "C"]).outputText
    // The third to the fifth: some rows change, come, and go.
    let names = listed.split(separator: "\n").filter { $0.hasSuffix(".csv.gz") }.dropFirst(2).prefix(3)
    try #require(names.count == 3)
    let input = folder.path + "/dumps"
    try Self.succeed("mkdir", [input])
    try Self.succeed("ln", ["-s"] + names.map { "\(source)/\($0)" } + ["\(source)/feed.json", input])
    times = names.map { name in
      let digits = Array(name)
      func part(_ from: Int, _ to: Int) -> String { String(digits[from..<to]) }
      return "\(part(0, 4))-\(part(4, 6))-\(part(6, 8))T\(part(9, 11)):\(part(11, 13)):\(part(13, 15))Z"
    }
    dumps = try names.map { try Self.succeed("gzip", ["-dc", "\(source)/\($0)"]).output }
    let asOf = times.map { ["oracle", "\(folder.path)/as-of-\($0)", "asof", input, "--at", $0] }
    try Self.answer(asOf + [["oracle", "\(folder.path)/history", "history", input]])
  }

  // Files of canonical JSON lines, sorted.

  func asOf(_ number: Int) -> String { "\(folder.path)/as-of-\(times[number])" }
  var history: String { "\(folder.path)/history" }

  /// Brings answers into the oracle's form, or asks it: see `Tests/Support/oracle_answers.py`.
  static func answer(_ requests: [[String]]) throws {
    let script = Server.support("oracle_answers.py")
    let input = requests.flatMap { Documents.encode($0) + [UInt8(ascii: "\n")] }
    try Self.succeed("python3", [script, try SharedData.require() + "/.."], input: input)
  }

  @discardableResult
  static func succeed(_ program: String, _ arguments: [String], input: [UInt8] = []) throws
    -> ChildProcess.Outcome
  {
    let outcome = try runProcess(program, arguments, input: input, timeLimit: 120)
    try #require(outcome.status == 0, "\(program): \(outcome.errorText)")
    return outcome
  }
}
