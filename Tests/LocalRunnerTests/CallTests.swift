import Glibc
import Testing

@Suite struct CallTests {
  @Test func aMissingFunctionIsNamed() throws {
    let bench = try Bench()
    unsafe unlink("\(bench.folder)/dedupe")
    unsafe chmod("\(bench.folder)/publish", 0o644)
    let (lines, code) = try bench.run("--once cases.yaml")
    #expect(code == 78)
    #expect(lines.count == 1)
    #expect(
      lines[0].hasPrefix("local-runner: no executable dedupe, publish in \(bench.folder): build with"),
      "\(lines)")
  }

  @Test func aFunctionThatCannotStartIsSaid() throws {
    let bench = try Bench()
    try bench.write("snapshot", "#!/no/such/shell\n")
    let (lines, code) = try bench.run("--once cases.yaml")
    #expect(code == 78)
    #expect(lines[0].contains("/snapshot cannot be started: No such file or directory; log: "), "\(lines)")
    try bench.write("fetch", "#!/no/such/shell\n")
    let first = try bench.run("--once cases.yaml")
    #expect(first.code == 78)
    #expect(
      first.lines[0].contains(" cases failed 0.0s; \(bench.folder)/fetch cannot be started: No such"),
      "\(first)")
  }

  @Test(arguments: [
    ("--once nofile.yaml", 78, "local-runner: nofile.yaml cannot be read: No such file or directory"),
    ("--once .", 78, "local-runner: . cannot be read: Is a directory"),
    ("--once bad.yaml", 78, "local-runner: bad.yaml:2: unknown field \"kee\""),
    ("cases.yaml", 78, "local-runner: cases.yaml has no schedule: give it one, or --every, or --once"),
    (
      "--once cases.yaml twin.yaml", 64,
      "local-runner: cases.yaml and twin.yaml both describe the feed \"cases\""
    ),
    ("--once --log-dir cases.yaml/x cases.yaml", 78, "local-runner: the folder cases.yaml/x cannot be made"),
    ("--once --every 5m cases.yaml", 64, "Error: --once and --every exclude each other."),
    ("--every 5m --try-again cases.yaml", 64, "Error: --try-again is for --once and --dry-run: a schedule"),
    ("--every 0s cases.yaml", 64, "Error: --every cannot be zero."),
    ("--every soon cases.yaml", 64, "Error: The value 'soon' is invalid for '--every <every>'"),
    ("--once", 64, "Error: Missing expected argument '<feeds> ...'"),
  ])
  func aWrongCallIsExplained(arguments: String, code: Int32, says: String) throws {
    let bench = try Bench()
    try bench.write("bad.yaml", "feed: cases\nkee: a\n")
    try bench.write("twin.yaml", "feed: cases\nsource: { path: b.csv }\n")
    let (lines, got) = try bench.run(arguments)
    #expect(got == code)
    #expect(lines.first?.hasPrefix(says) == true, "\(lines)")
  }

  @Test func nobodyWhoReadsEndsIt() throws {
    let bench = try Bench()
    let said = bench.shell(
      "cd '\(bench.folder)'; { STRANDLINE_BIN=. '\(builtFolder())/local-runner' --every 1s cases.yaml 2>err;"
        + " echo $? >code; } | head -n 1")
    #expect(said.contains(" cases changed "))
    #expect(bench.read("code") == "0\n")
    #expect(bench.read("err") == "")
  }

  @Test func theScriptFindsTheRunner() throws {
    let bench = try Bench()
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    _ = bench.shell("cp '\(root)/local-runner/run' '\(bench.folder)/run.sh'")
    let missing = bench.shell("cd '\(bench.folder)'; unset STRANDLINE_BIN; ./run.sh 2>&1; echo $?")
    #expect(missing.hasPrefix("local-runner/run: no local-runner in $STRANDLINE_BIN, \(bench.folder) or "))
    #expect(missing.hasSuffix("\n78\n"))
    _ = bench.shell("ln -s '\(builtFolder())/local-runner' '\(bench.folder)/local-runner'")
    let found = bench.shell("cd '\(bench.folder)'; unset STRANDLINE_BIN; ./run.sh --help")
    #expect(found.hasPrefix("OVERVIEW: Runs fetch, dedupe, snapshot and publish"))
    let given = bench.shell("cd /; STRANDLINE_BIN='\(bench.folder)' '\(root)/local-runner/run' --help")
    #expect(given == found)
  }
}
