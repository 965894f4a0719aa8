import StrandlineTesting
import Testing

/// `--dry-run` of the functions and of the local runner.
@Suite struct DryRunTests {
  /// Every file of the store but its own, with its digest.
  private func state(_ bench: Bench) throws -> String {
    try bench.shell(
      "[ -d store ] && cd store && find . -type f -not -path './.strandline/*' | sort | xargs -r sha256sum; true"
    ).output
  }

  private func expectTidy(_ bench: Bench) throws {
    #expect(try bench.shell("ls -A tmp").output == "", "something was left behind")
  }

  @Test func oneFunctionAlone() throws {
    let bench = try Bench(environment: ["TMPDIR": "tmp"])
    _ = try bench.shell("mkdir tmp")
    try bench.write("cases.csv", "id,v\n1,a\n2,b\n3,c\n")
    let first = try bench.call("fetch", "--feed", "feed.yaml", "--dry-run")
    first.expect(0, says: "dry run, the store is as it was. It would write", "cases/bases/")
    #expect(first.output.contains("\"dry\":true"))
    #expect(!bench.exists("store"))
    try bench.run()
    try bench.write("cases.csv", "id,v\n1,a\n2,B\n")
    let before = try state(bench)
    let fetched = try bench.call("fetch", "--feed", "feed.yaml", "--dry-run")
    fetched.expect(0)
    #expect(try state(bench) == before)
    try bench.call("dedupe", [], input: fetched.bytes).expect(64, says: "dry run", "--dry-run")
    try bench.call("dedupe", ["--dry-run"], input: fetched.bytes).expect(64, says: "STRANDLINE_OVERLAY")
    // What really was fetched can be looked at.
    let real = try bench.call("fetch", "--feed", "feed.yaml")
    let after = try state(bench)
    let found = try bench.call("dedupe", ["--dry-run"], input: real.bytes)
    found.expect(0, says: "1 updated, 1 deleted", "dry run")
    #expect(try state(bench) == after)
    try bench.call("dedupe", [], input: real.bytes).expect(0)
    try expectTidy(bench)
  }

  @Test func aChainInOneOverlay() throws {
    let bench = try Bench()
    let chain =
      "set -o pipefail; STRANDLINE_OVERLAY=over; export STRANDLINE_OVERLAY; "
      + "$bin/fetch --feed feed.yaml --dry-run | $bin/dedupe --dry-run | $bin/snapshot --dry-run | $bin/publish --dry-run"
    for dump in ["id,v\n1,a\n2,b\n3,c\n", "id,v\n1,a\n2,B\n"] {
      try bench.write("cases.csv", dump)
      let before = try state(bench)
      let result = try bench.shell("bash -c '\(chain)'; code=$?; rm -rf over; exit $code")
      result.expect(0, says: "published entry")
      #expect(try result.event.data.outcome == "published")
      #expect(result.output.contains("\"dry\":true"))
      #expect(try state(bench) == before)
      try bench.run()
    }
  }

  @Test func theLocalRunner() throws {
    let bench = try Bench(environment: ["TMPDIR": "tmp"])
    _ = try bench.shell("mkdir tmp")
    for dump in ["id,v\n1,a\n2,b\n3,c\n", "id,v\n1,a\n2,B\n"] {
      try bench.write("cases.csv", dump)
      let before = try state(bench)
      let dry = try bench.call("local-runner", "--dry-run", "feed.yaml")
      dry.expect(0)
      #expect(dry.output.contains("cases published (dry run) inserted="), "\(dry)")
      #expect(try state(bench) == before)
      try bench.call("local-runner", "--once", "feed.yaml").expect(0)
      #expect(try bench.publishedSeq() == (dump.count > 16 ? 1 : 2))
    }
    try expectTidy(bench)
  }
}
