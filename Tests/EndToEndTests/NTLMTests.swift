import Glibc
import StrandlineTesting
import Testing

/// Reports behind NTLM, which is really verified.
@Suite(.serialized) struct NTLMTests {
  private static var python: String { Server.environment }

  private func serve(
    _ bench: Bench, password: String, think: String = "0", bytesPerSecond: String = "0"
  ) throws -> (server: ChildProcess, url: String) {
    let script = SharedData.package + "/Tests/Support/ntlm_server.py"
    let server = try ChildProcess(
      Self.python, [script, "svc_report", password, "CORP", think, bytesPerSecond],
      directory: bench.folder.path, input: nil)
    return (server, "http://127.0.0.1:\(try server.firstLine())")
  }

  private func describe(_ bench: Bench, _ url: String, _ more: String = "") throws {
    try bench.write(
      "feed.yaml",
      """
      feed: cases
      store: ./store
      source:
        url: \(url)
        auth: { method: ntlm, user: 'CORP\\svc_report', password_env: REPORT_PASSWORD }
        \(more)
      key: [id]
      """)
  }

  private func log(_ bench: Bench, _ origin: String) throws -> String {
    try bench.shell(
      "\(Self.python) -c 'import urllib.request as u; print(u.urlopen(\"\(origin)/log\").read().decode())'"
    ).output
  }

  @Test(arguments: ["s3cret", "pässwörd ÿ", "pa\u{0308}ss", "a b\"$`\\;é"])
  func aPasswordIsTaken(password: String) throws {
    let composed = password == "pa\u{0308}ss" ? "päss" : password
    let bench = try Bench(environment: ["REPORT_PASSWORD": password])
    let (server, origin) = try serve(bench, password: composed)
    try bench.write("served", "id,name\n1,a\n")
    try describe(bench, "\(origin)/report.csv")
    try bench.run()
    #expect(try bench.query("--as-of", "now", "--format", "csv") == "id,name\n1,a\n")
    #expect(try log(bench, origin).hasPrefix("handshakes 1 answers 1 refusals 0"))
    server.closeInput()
  }

  @Test func aWrongPasswordIsTriedOnce() throws {
    let bench = try Bench(environment: ["REPORT_PASSWORD": "wrong"])
    let (server, origin) = try serve(bench, password: "s3cret")
    try describe(bench, "\(origin)/report.csv")
    let tick = try bench.tick()
    tick.expect(78, says: "check the user, password or token; a user of a domain is written DOMAIN\\user")
    #expect(!tick.errors.contains("wrong") && tick.results.count == 1)
    #expect(try log(bench, origin).hasPrefix("handshakes 0 answers 0 refusals 1"))
    server.closeInput()
  }

  /// What NTLM knows is the connection: however many pages are read, it is asked once.
  @Test func aConnectionAuthenticatesOnce() throws {
    let bench = try Bench(environment: ["REPORT_PASSWORD": "s3cret"])
    let (server, origin) = try serve(bench, password: "s3cret")
    try describe(bench, "\(origin)/pages.csv", "pages: { by: number, parameter: page, first: 0 }")
    try bench.run()
    #expect(try bench.query("--as-of", "now", "--format", "csv") == GuardedSource.all)
    #expect(try log(bench, origin).hasPrefix("handshakes 1 answers 11 refusals 0"))
    server.closeInput()
  }

  @Test func aFormIsPostedOnceItIsKnownWhoAsks() throws {
    let bench = try Bench(environment: ["REPORT_PASSWORD": "s3cret"])
    let (server, origin) = try serve(bench, password: "s3cret")
    try describe(bench, "\(origin)/echo.csv", "form: { a: b }")
    try bench.run()
    #expect(try bench.query("--as-of", "now", "--format", "csv") == "id,name\n1,a=b\n")
    server.closeInput()
  }

  /// A report that takes its time, before it answers and while it does: 100,000 rows; as many as
  /// `STRANDLINE_TEST_NTLM_ROWS` says.
  @Test func aLargeReport() throws {
    let rows =
      unsafe getenv("STRANDLINE_TEST_NTLM_ROWS").flatMap { unsafe Int(String(cString: $0)) } ?? 100_000
    let bench = try Bench(
      environment: ["REPORT_PASSWORD": "s3cret", "STRANDLINE_LEASE": "60s", "STRANDLINE_GRACE": "60s"])
    let made = try bench.shell(
      "awk 'BEGIN { print \"id,name,state\"; for (n = 0; n < \(rows); n++) printf \"%08d,name of it %d,%s%032d\\n\", n, n * 7919, \"open as ever \", n * 31 }' > served"
    )
    #expect(made.status == 0, "\(made)")
    let (server, origin) = try serve(bench, password: "s3cret", think: "3", bytesPerSecond: "5000000")
    try describe(bench, "\(origin)/report.csv")
    let (tick, memory, _) = try bench.measuredTick()
    #expect(tick.status == 0, "\(tick)")
    #expect(try tick.event?.data.counts?.inserted == rows)
    #expect(memory[0] < 64 << 20, "fetch took \(memory[0] >> 20) MiB")
    print(
      "a report of \(rows) rows by NTLM: MiB at most \(memory.map { "\($0 >> 20)" }.joined(separator: " "))")
    server.closeInput()
  }
}
