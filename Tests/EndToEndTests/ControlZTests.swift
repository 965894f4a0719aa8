import Glibc
import StrandlineTesting
import Testing

/// Control-Z (SIGTSTP) in the midst of a download.
@Suite struct ControlZTests {
  private static let before = "id,v\n1,a\n2,b\n"
  private static let after = "id,v\n1,a\n2,c\n"

  /// A server that sends half of its first dump, and the rest once the file `rest` is there; all others as a whole.
  private static let script = """
    import http.server, os, time
    class Handler(http.server.BaseHTTPRequestHandler):
      protocol_version = "HTTP/1.1"
      def log_message(self, *a): pass
      def do_GET(self):
        with open("asked", "a") as log: log.write("x")
        body = open("served", "rb").read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if os.path.exists("slow"):
          os.rename("slow", "was-slow")
          self.wfile.write(body[:len(body) // 2])
          self.wfile.flush()
          open("half", "w").close()
          while not os.path.exists("rest"): time.sleep(0.01)
          body = body[len(body) // 2:]
        try: self.wfile.write(body)
        except OSError: pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()
    """

  /// Runs a command as a job of its own, as a shell does, and ends with its code.
  private static let job = """
    import os, subprocess, sys
    job = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, preexec_fn=os.setpgrp)
    with open("pid.new", "w") as file: file.write(str(job.pid))
    os.rename("pid.new", "pid")
    sys.exit(job.wait())
    """

  private struct Stopped {
    let bench: Bench
    let server: ChildProcess
    /// A shell with job control, as a terminal has one: a process whose shell is gone is not stopped by SIGTSTP.
    let shell: ChildProcess
    let fetch: Int32
  }

  private func stopped(_ environment: [String: String] = [:]) throws -> Stopped {
    let bench = try Bench(environment: environment)
    let server = try ChildProcess("python3", ["-c", Self.script], directory: bench.folder.path, input: nil)
    let port = try server.firstLine()
    try bench.write("served", Self.before)
    try bench.write(
      "feed.yaml",
      "feed: cases\nstore: ./store\nsource: { url: 'http://127.0.0.1:\(port)/dump.csv' }\nkey: [id]\n")
    try bench.run()
    try bench.write("slow", "")
    try bench.write("served", Self.after)
    let shell = try bench.start(
      path: "python3",
      ["-c", Self.job, try builtExecutable("fetch"), "--feed", "feed.yaml"])
    for _ in 0..<6000 where !bench.exists("half") || !bench.exists("pid") { usleep(10_000) }
    let fetch = try #require(Int32(bench.text("pid").filter(\.isNumber)))
    // Never between its beginning and its end of a write to a directory: there it would keep others from writing.
    #expect(try bench.shell("flock store/.strandline/lock kill -TSTP \(fetch)").status == 0)
    try shell.waitUntilStopped(fetch)
    return Stopped(bench: bench, server: server, shell: shell, fetch: fetch)
  }

  @Test func theLeasePassedToAnother() throws {
    let stopped = try stopped()
    let bench = stopped.bench
    try bench.catchUp(seq: 2)
    let (head, lock) = (try bench.head(), try bench.text("store/cases/lock.json"))
    let (pointer, asked) = (try bench.text("store/cases/published/pointer.json"), try bench.text("asked"))
    #expect(asked.count == 3)
    #expect(kill(stopped.fetch, SIGCONT) == 0)
    // The server still owes it half of the dump: it looks at its lease by itself.
    let ended = Result(command: "fetch", try stopped.shell.wait())
    ended.expect(75, says: "was taken over by another run, as if this one were dead")
    #expect(ended.output.isEmpty)
    #expect(try bench.head() == head && bench.text("store/cases/lock.json") == lock)
    #expect(try bench.text("store/cases/published/pointer.json") == pointer)
    #expect(try bench.text("asked") == asked, "it asked again")
    #expect(try bench.query("--as-of", "now", "--format", "csv") == Self.after)
    try bench.run(expecting: "unchanged")
    try bench.call("audit", "--feed", "feed.yaml", "--verify").expect(0)
  }

  @Test func nobodyCameMeanwhile() throws {
    let stopped = try stopped(DeadlineTests.terms)
    let bench = stopped.bench
    #expect(try bench.lock().renewals == 0)
    #expect(kill(stopped.fetch, SIGCONT) == 0)
    // A lease of an hour would be renewed after twenty minutes otherwise.
    try bench.waitForLock { $0.renewals == 1 }
    try bench.write("rest", "")
    let fetched = Result(command: "fetch", try stopped.shell.wait())
    fetched.expect(0)
    let tick = try bench.tick(from: "dedupe", event: fetched.output)
    tick.expect(0)
    #expect(try bench.query("--as-of", "now", "--format", "csv") == Self.after)
    #expect(try bench.text("asked").count == 2)
  }
}
