import Glibc
import Documents
import StrandlineTesting
import Testing

/// `audit` as a monitor calls it: exit codes and forms of its answer.
@Suite struct AuditTests {
  private func bench(_ more: String = "") throws -> Bench {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: cases.csv }\nkey: [id]\n" + more)
    try bench.write("cases.csv", "id,v\n1,a\n2,b\n3,c\n")
    try bench.run()
    try bench.write("cases.csv", "id,v\n1,a\n2,B\n4,d\n")
    try bench.run()
    return bench
  }

  @Test func allIsWell() throws {
    let bench = try bench()
    for arguments in [
      ["--feed", "feed.yaml"], ["--feed", "cases", "--store", "store"], ["--store", "store"],
      ["--feed", "feed.yaml", "--all", "--verify"],
    ] {
      let result = try bench.call("audit", arguments)
      result.expect(0)
      #expect(result.output.hasPrefix("{\"row\":\"feed\",\"feed\":\"cases\",\"level\":\"ok\""), "\(result)")
      #expect(result.output.contains("\"row\":\"run\"") && !result.output.contains("\"row\":\"finding\""))
    }
    let table = try bench.call("audit", "--feed", "feed.yaml", "--format", "table")
    table.expect(0)
    #expect(table.output.hasPrefix("feed   level  last_run"), "\(table)")
    let page = try bench.call("audit", "--store", "store", "--format", "prometheus")
    page.expect(0)
    #expect(page.output.contains("\nstrandline_feed_ok{feed=\"cases\"} 1\n"), "\(page)")
    #expect(page.output.contains("\nstrandline_findings{feed=\"cases\",kind=\"damaged\",level=\"act\"} 0\n"))
    #expect(page.output.contains("\nstrandline_audits_total 6\n"), "\(page)")
    for line in page.output.split(separator: "\n") {
      #expect(line.hasPrefix("# ") || line.contains(/^strandline_[a-z_]+(\{.*\})? [0-9.e+]+$/), "\(line)")
    }
  }

  @Test func aStoreThatMayOnlyBeRead() throws {
    let bench = try bench()
    let before = try bench.shell("cd store && find . -type f -name '*.json' | sort | xargs sha256sum").output
    try bench.call("audit", "--feed", "feed.yaml", "--dry-run").expect(0)
    #expect(
      try bench.shell("cd store && find . -type f -name '*.json' | sort | xargs sha256sum").output == before)
  }

  @Test func aKilledRunNeedsAPersonUntilTheNextOne() throws {
    let bench = try bench()
    try bench.write("cases.csv", "id,v\n1,z\n2,B\n4,d\n")
    let fetched = try bench.call("fetch", "--feed", "feed.yaml")
    fetched.expect(0)
    // Until nobody is waited for any more it says that a run is under way.
    var result = try bench.call("audit", "--feed", "feed.yaml")
    for _ in 0..<100 where result.status == 0 {
      usleep(100_000)
      result = try bench.call("audit", "--feed", "feed.yaml")
    }
    result.expect(65, says: "1 of 1 feeds need a person: cases")
    #expect(result.output.contains("\"kind\":\"unfinished_run\""), "\(result)")
    try bench.call("audit", "--feed", "feed.yaml", "--every", "30m").expect(0)
    try bench.run()
    try bench.call("audit", "--feed", "feed.yaml").expect(0)
  }

  @Test func damageIsNamedAndNeverAnError() throws {
    let bench = try bench()
    let pack = try #require(
      try bench.shell("cd store/cases && ls bases/*").output.split(separator: "\n").first.map(String.init))
    let bytes = try bench.read("store/cases/\(pack)")
    for place in [0, bytes.count / 2, bytes.count - 1] {
      var changed = bytes
      changed[place] ^= 4
      try bench.write("store/cases/\(pack)", bytes: changed)
      let result = try bench.call("audit", "--feed", "feed.yaml", "--verify")
      result.expect(65)
      #expect(result.output.contains("\"object\":\"\(pack)\""), "byte \(place): \(result)")
    }
    #expect(unsafe unlink(bench.path("store/cases/\(pack)")) == 0)
    let gone = try bench.call("audit", "--feed", "feed.yaml")
    gone.expect(65)
    #expect(gone.output.contains("\"kind\":\"missing\"") && gone.output.contains(pack), "\(gone)")
    let page = try bench.call("audit", "--store", "store", "--format", "prometheus")
    page.expect(65)
    #expect(page.output.contains("strandline_feed_ok{feed=\"cases\"} 0\n"), "\(page)")
  }

  @Test func otherExitCodes() throws {
    let bench = try bench()
    try bench.call("audit").expect(64, says: "which store?")
    try bench.call("audit", "--store", "store", "--feed", "other").expect(64, says: "no feed other")
    try bench.call("audit", "--store", "away").expect(69, says: "no such directory")
    try bench.call("audit", "--store", "store", "--limit", "0").expect(64)
    let head = try bench.head()
    let newer = head.replacing("\"format\":1", with: "\"format\":9", maxReplacements: 1)
    try bench.write("store/cases/head.json", newer)
    try bench.call("audit", "--store", "store").expect(65)
    // A newer program writes a sum that is right.
    let body = try #require(newer.split(separator: ",\"sum\":").first) + "}"
    let sealed = Documents.sealed(Array(body.utf8))
    try bench.write("store/cases/head.json", String(decoding: sealed, as: UTF8.self))
    try bench.call("audit", "--store", "store").expect(78, says: "layout 9")
  }
}
