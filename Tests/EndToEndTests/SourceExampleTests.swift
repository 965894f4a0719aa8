import StrandlineTesting
import Testing

/// What the README sends people to.
@Suite struct SourceExampleTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var name: String
    /// What each run found: inserted, updated, deleted; nothing where nothing changed.
    var runs: [String]
    /// Lines that have to be told.
    var says: [String]
    var variables: [String: String] = [:]
    var testDescription: String { name }
  }

  static let examples = [
    Example(
      name: "tides", runs: ["6,0,0", "1,1,0", "1,0,1"],
      says: ["Husum      2026-11-21 07:00  420", "pointer.json"]),
    Example(
      name: "public-health", runs: ["4,0,0", "2,1,0", "2,2,0", ",,"],
      says: ["2026-11-19,Altona,25,1", "2026-11-20,Bergedorf,11,0"]),
    Example(name: "encoding", runs: ["3,0,0", "0,1,1"], says: ["1002,Café Größenwahn,\"9,00\",€"]),
    Example(
      name: "xml", runs: ["4,0,0", "1,1,0"],
      says: [#"{"@id":"DE-103","name":"Helgoland","kind":"gauge","remark":"cleaned & repaired"}"#]),
    Example(
      name: "oauth", runs: ["2,0,0", "1,1,0"], says: ["A-17,Petersen,2028-03-31", "A-19,Jensen,2028-01-31"]),
    Example(name: "several-urls", runs: ["5,0,0", "1,1,1"], says: ["Hamburg,bolt,650", "Rostock,nut,20"]),
    Example(
      name: "pages", runs: ["5,0,0", "1,1,1"],
      says: [
        #"{"id":103,"state":"closed","title":"Buoy adrift","position":{"lat":54.18,"lon":7.89}}"#,
        #"{"id":106,"state":"open","title":"Oil in basin 2"}"#,
      ]),
    Example(
      name: "ntlm-report", runs: ["20000,0,0", "0,40,0"], says: [], variables: ["ROWS": "20000"]),
    Example(name: "bucket", runs: ["3,0,0", "1,1,1", ",,"], says: ["4711,bolt,0.13", "4714,screw,0.08"]),
    Example(
      name: "bucket-pattern", runs: ["4,0,0", "2,0,0"],
      says: ["Büsum,2026-11-19,412", "Husum,2026-11-21,369"]),
    Example(
      name: "redis", runs: ["500,0,0", "0,2,1", "1,0,0"],
      says: [
        #"{"op":"update","key":["article:7"],"before":{"key":"article:7","left":"49","name":"Article 7"},"#
          + #""after":{"key":"article:7","left":"3","name":"Article 7"}}"#
      ]),
    Example(
      name: "postgresql", runs: ["1000,0,0", "0,1,2", "1,0,0"],
      says: [#"{"op":"delete","key":["3"],"before":{"id":3,"placed":"2026-11-21T08:03:00Z","total":3.30,"#]),
    Example(
      name: "odbc", runs: ["500,0,0", "0,1,2", "1,0,0"],
      says: [#"{"op":"delete","key":["3"],"before":{"id":3,"name":"Article 3","price":1.5,"left_over":4}}"#]),
    Example(
      name: "backtraces", runs: ["30,0,0", ",,", "10,0,0"], says: [#"{"key":"trace:"#],
      variables: ["CALLS": "10000"]),
  ]

  @Test(arguments: examples)
  func doesWhatItSays(example: Example) throws {
    // Made once, not by several examples side by side.
    _ = Server.environment
    let bench = try Bench(environment: ["STRANDLINE_LEASE": "60s", "STRANDLINE_GRACE": "60s"])
    let bin = try builtExecutable("fetch").dropLast("/fetch".count)
    let variables = ["STRANDLINE_BIN": String(bin), "WORK": bench.path("work")].merging(example.variables) {
      $1
    }
    let child = try bench.start(
      path: "bash", ["\(SharedData.package)/examples/\(example.name)/run"], variables: variables)
    let said = Result(command: example.name, try child.wait(timeLimit: 120))
    #expect(said.status == 0, "\(said)")
    let lines = said.output.split(separator: "\n").map(String.init)
    let table = lines.drop { !$0.hasPrefix("run,valid_from,outcome") }.dropFirst().prefix {
      $0.hasPrefix("20")
    }
    let runs = table.map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).suffix(3).joined(separator: ",")
    }
    #expect(runs == example.runs, "\(said)")
    for line in example.says { #expect(lines.contains { $0.hasPrefix(line) }, "\(line)\n\(said)") }
  }

  /// Each kind of source has an example, and each example is run by a test.
  @Test func eachSourceOfTheReadmeHasOne() throws {
    let readme = try shell("cat README.md")
    let table = readme.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { !$0.hasPrefix("| source |") }.dropFirst(2).prefix { $0.hasPrefix("|") }
    #expect(table.count > 6)
    let tests = try shell("cat Tests/*/*.swift Tests/*/*/*.swift")
    for row in table {
      let names = row.split(separator: "(examples/").dropFirst().map { $0.prefix { $0 != ")" } }
      #expect(!names.isEmpty, "no example: \(row)")
      for name in names {
        #expect(try shell("test -x examples/\(name)/run && echo there").contains("there"), "\(name)")
        #expect(
          tests.contains("\"\(name)\"") || tests.contains("examples/\(name)/run"), "no test runs \(name)")
      }
    }
  }

  private func shell(_ command: String) throws -> String {
    let outcome = try runProcess("sh", ["-c", command], directory: SharedData.package, timeLimit: 60)
    return String(decoding: outcome.output, as: UTF8.self)
  }
}
