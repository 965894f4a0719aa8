import Glibc
import StrandlineTesting
import Testing

/// Disks that are full, folders that are closed, and streams that nobody reads.
@Suite struct StoreTroubleTests {
  /// Whether this machine lets tests mount a file system; not in most containers, and only for root.
  private static let canMount: Bool = {
    guard getuid() == 0, let folder = try? TemporaryFolder(),
      let mounted = try? runProcess("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.path])
    else { return false }
    _ = try? runProcess("umount", [folder.path])
    return mounted.status == 0
  }()

  private static let canDropRights =
    getuid() == 0
    && (try? runProcess("setpriv", ["--reuid", "65534", "--clear-groups", "true"]))?.status == 0

  /// With so many bytes of room a stage fails at its first write, or in the midst.
  @Test(
    .enabled(if: canMount, "needs root and the right to mount a tmpfs"),
    arguments: [
      ("fetch", 0), ("fetch", 40_000), ("dedupe", 0), ("dedupe", 100_000), ("snapshot", 0), ("publish", 0),
      ("publish", 200_000),
    ])
  func aFullDisk(stage: String, room: Int) throws {
    let bench = try Bench()
    let dumps = CaseDumps(seed: 5, rows: 20000)
    #expect(try bench.shell("mkdir store && mount -t tmpfs -o size=40m tmpfs store").status == 0)
    defer { _ = try? bench.shell("umount -l store") }
    try bench.write("cases.csv", dumps.csv)
    try bench.run()
    dumps.change(rows: 5000)
    try bench.write("cases.csv", dumps.csv)
    var event = ""
    for earlier in Bench.stages.prefix(while: { $0 != stage }) {
      let result = try bench.call(
        earlier, earlier == "fetch" ? ["--feed", "feed.yaml"] : [], input: Array(event.utf8))
      result.expect(0)
      event = result.output
    }
    let head = try bench.head()
    let pointer = try bench.text("store/cases/published/pointer.json")
    let fill = "head -c 100000000 /dev/zero > store/filler; truncate -s -\(room) store/filler"
    #expect(try bench.shell(fill).status == 0)
    let full = try bench.call(
      stage, stage == "fetch" ? ["--feed", "feed.yaml"] : [], input: Array(event.utf8))
    full.expect(69, says: "No space left on device", "free some space there and run again")
    #expect(full.output.isEmpty, "\(full)")
    #expect(try bench.head() == head)
    #expect(try bench.text("store/cases/published/pointer.json") == pointer)
    #expect(try bench.shell("rm store/filler").status == 0)
    try bench.catchUp(seq: 2)
    #expect(try bench.query("--as-of", "now", "--format", "csv") == dumps.csv)
    dumps.noteCommitted()
    try dumps.expectHistory(in: bench)
    #expect(try bench.shell("find store -name '*.tmp*' -o -name '.*.new'").output == "")
  }

  @Test(.enabled(if: canDropRights, "needs root, and setpriv to be somebody else"))
  func aStoreThatMayNotBeWritten() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.run()
    let head = try bench.head()
    try bench.write("cases.csv", "id,v\n1,b\n")
    let denied = try bench.shell("setpriv --reuid 65534 --clear-groups $bin/fetch --feed feed.yaml")
    denied.expect(78, says: "Permission denied", "give the user that this runs as access to it")
    #expect(denied.output.isEmpty)
    let none = try bench.shell("setpriv --reuid 65534 --clear-groups $bin/fetch --feed feed.yaml --store new")
    none.expect(78, says: "Permission denied", "/new")
    #expect(try bench.shell("chmod 700 store").status == 0)
    try bench.shell("setpriv --reuid 65534 --clear-groups $bin/query --feed feed.yaml --runs").expect(
      78, says: "Permission denied")
    #expect(try bench.shell("chmod 755 store").status == 0)
    #expect(try bench.head() == head)
    try bench.run()
  }

  @Test func aReaderThatGoesAway() throws {
    let bench = try Bench()
    let dumps = CaseDumps(seed: 6, rows: 20000)
    try bench.write("cases.csv", dumps.csv)
    try bench.run()
    for format in ["jsonl", "csv", "table"] {
      let result = try bench.shell(
        "{ $bin/query --feed feed.yaml --as-of now --format \(format); echo $? >&2; } | head -1")
      #expect(result.errors == "0\n", "\(result)")
      #expect(result.output.split(separator: "\n").count == 1)
    }
    let dump = try bench.shell(
      "{ $bin/query --feed feed.yaml --dump \(bench.runs()[0].run); echo $? >&2; } | head -1")
    #expect(dump.errors == "0\n" && dump.output == "id,name,value\n", "\(dump)")
  }

  @Test func anEventThatNobodyReadIsNotLost() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    let gone = try bench.shell("{ $bin/fetch --feed feed.yaml; echo $? > status; } | true; cat status")
    #expect(gone.output == "0\n", "\(gone)")
    // Gone on with from the store, without the source.
    #expect(try bench.shell("mv cases.csv away").status == 0)
    try bench.catchUp(seq: 1)
    #expect(try bench.query("--as-of", "now", "--format", "csv") == "id,v\n1,a\n")
  }

  @Test func standardStreamsThatAreClosed() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.shell("$bin/fetch --feed feed.yaml >&-").expect(
      69, says: "standard output: Bad file descriptor")
    try bench.catchUp(seq: 1)
    try bench.write("cases.csv", "id,v\n1,b\n")
    let silent = try bench.shell(
      "$bin/fetch --feed feed.yaml 2>&- <&- | $bin/dedupe 2>&- | $bin/snapshot 2>&- | $bin/publish 2>&-")
    #expect(silent.status == 0 && silent.errors == "", "\(silent)")
    #expect(try silent.event.data.seq == 2, "\(silent)")
    #expect(try bench.query("--as-of", "now", "--format", "csv") == "id,v\n1,b\n")
    try bench.shell("$bin/dedupe <&-").expect(64, says: "standard input was empty")
    #expect(
      try bench.shell("grep -rl '\"level\"\\|fetch: ' store").output == "", "a log line got into the store")
  }

  @Test func emptyStandardInput() throws {
    let bench = try Bench()
    for stage in Bench.stages.dropFirst() {
      try bench.call(stage).expect(
        64, says: "standard input was empty: the stage before \(stage) failed, or printed no event")
      try bench.call(stage, input: "\n").expect(64, says: "standard input was empty")
      try bench.call(stage, input: "{").expect(64, says: "the event: not a JSON document")
      try bench.call(stage, input: "{}").expect(64, says: "the event: the field \"", "\" is missing")
      try bench.call(stage, "--event", "nope").expect(78, says: "event nope: No such file")
    }
    try bench.call("fetch", "--feed", "feed.yaml", "--input", "-").expect(
      65, says: "standard input was empty: pipe the dump into it, or name a file or a URL")
    try bench.call("fetch", "--feed", "feed.yaml", "--event", "-").expect(64, says: "the event", "is empty")
    #expect(try bench.head() == "none")
  }
}
