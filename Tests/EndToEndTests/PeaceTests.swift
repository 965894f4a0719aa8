import Glibc
import StrandlineTesting
import Testing

/// The functions as they are called, and a server that counts how often it is asked.
@Suite struct PeaceTests {
  /// `/dump` gives a dump, or what the file `mode` says: a status, and what follows `retry=` as `Retry-After`. Who gives
  /// another password than the file `password` is refused, if there is one.
  private final class Server {
    let bench: Bench
    let port: String
    private let child: ChildProcess

    init(_ source: String, _ settings: String = "", environment: [String: String] = [:]) throws {
      bench = try Bench(environment: environment)
      let script = """
        import base64, http.server, os, time
        class Handler(http.server.BaseHTTPRequestHandler):
          protocol_version = "HTTP/1.1"
          def log_message(self, *a): pass
          def do_CONNECT(self):
            with open("reads", "a") as log: log.write("read\\n")
            self.send_response(407)
            self.send_header("Proxy-Authenticate", "Basic realm=proxy")
            self.send_header("Content-Length", "0")
            self.end_headers()
          def text(self, name):
            return open(name).read() if os.path.exists(name) else ""
          def do_GET(self):
            with open("reads", "a") as log: log.write("read\\n")
            words = self.text("mode").split()
            if words == ["kill"]:
              while not os.path.exists("pid"): time.sleep(0.01)
              os.kill(int(self.text("pid")), 9)
              return
            given = self.headers.get("Authorization", "Basic ")[6:]
            wanted = self.text("password")
            if wanted and base64.b64decode(given).decode() != "reader:" + wanted: words = ["401"]
            given = self.headers.get("Proxy-Authorization", "Basic ")[6:]
            if words == ["proxy"]:
              words = [] if base64.b64decode(given).decode() == "me:right" else ["407"]
            body = b"id,name\\n1,a\\n" if not words else b"no"
            self.send_response(int(words[0]) if words else 200)
            for word in words[1:]: self.send_header("Retry-After", word)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        class Server(http.server.ThreadingHTTPServer):
          request_queue_size = 200
        server = Server(("127.0.0.1", 0), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """
      child = try ChildProcess("python3", ["-c", script], directory: bench.folder.path, input: nil)
      port = try child.firstLine()
      try bench.write(
        "feed.yaml",
        """
        feed: cases
        store: ./store
        source:
          url: http://127.0.0.1:\(port)/dump
          format: csv
          \(source)
        key: [id]
        \(settings)
        """)
    }

    var reads: Int {
      get throws { bench.exists("reads") ? try bench.text("reads").split(separator: "\n").count : 0 }
    }
  }

  /// A fetch that has to end with a code, say something, and leave the server alone, or not.
  private func fetch(
    _ server: Server, _ code: Int32, says text: String, asks: Int = 0, flags: [String] = [],
    variables: [String: String] = [:], at location: SourceLocation = #_sourceLocation
  ) throws {
    let before = try server.reads
    let result = try server.bench.call("fetch", ["--feed", "feed.yaml"] + flags, variables: variables)
    #expect(result.status == code && result.errors.contains(text), "\(result)", sourceLocation: location)
    #expect(try server.reads == before + asks, "\(result)", sourceLocation: location)
  }

  @Test func aRefusedPasswordIsTriedOnce() throws {
    let server = try Server("auth: { user: reader, password_env: PASS }")
    try server.bench.write("password", "right")
    let wrong = ["PASS": "s3cret-wrong"]
    try fetch(server, 78, says: "401", asks: 1, variables: wrong)
    for _ in 0..<3 {
      try fetch(server, 0, says: "and is not asked with them again", variables: wrong)
    }
    let advice =
      "or, once: fetch --try-again --feed \(server.bench.path("feed.yaml")) | dedupe | snapshot | publish"
    try fetch(server, 0, says: advice, variables: wrong)
    try fetch(server, 78, says: "401", asks: 1, flags: ["--try-again"], variables: wrong)
    try fetch(server, 0, says: "and is not asked with them again", variables: wrong)
    #expect(try server.bench.shell("grep -r s3cret store").output.isEmpty)
    let audit = try server.bench.call("audit", ["--feed", "feed.yaml", "--format", "jsonl"])
    #expect(audit.status == 65 && audit.output.contains("\"kind\":\"login_refused\""), "\(audit)")
    #expect(audit.output.contains(advice), "\(audit)")
    try fetch(server, 0, says: "fetched", asks: 1, variables: ["PASS": "right"])
  }

  /// A proxy locks accounts as others do; its password is in the environment, and mending it is noticed.
  @Test(arguments: ["http", "https"])
  func aProxysPasswordIsTriedOnce(scheme: String) throws {
    let server = try Server("timeout: 1m")
    let feed = try server.bench.text("feed.yaml")
    try server.bench.write("feed.yaml", feed.replacing("http://127.0.0.1", with: "\(scheme)://127.0.0.1"))
    try server.bench.write("mode", "proxy")
    func proxy(_ user: String) -> [String: String] {
      ["\(scheme)_proxy": "http://\(user)127.0.0.1:\(server.port)", "no_proxy": "", "NO_PROXY": ""]
    }
    let advice = "the proxy wants other credentials; check user and password in http_proxy"
    try fetch(server, 78, says: advice, asks: 1, variables: proxy("me:s3cret@"))
    try fetch(server, 0, says: "and is not asked with them again", variables: proxy("me:s3cret@"))
    #expect(try server.bench.shell("grep -r s3cret store").output.isEmpty)
    try fetch(server, 78, says: advice, asks: 1, variables: proxy(""))
    if scheme == "http" { try fetch(server, 0, says: "fetched", asks: 1, variables: proxy("me:right@")) }
  }

  /// Whoever is killed each time after the server has heard a password, and before it is known what it said, does not try
  /// that password as often as somebody starts him.
  @Test func anAccountIsNotLockedByKills() throws {
    let server = try Server("auth: { user: reader, password_env: PASS }", environment: ["PASS": "right"])
    try server.bench.write("password", "right")
    try server.bench.write("mode", "kill")
    var killed = 0
    var held: ChildProcess.Outcome?
    for _ in 0..<600 where held == nil {
      let child = try server.bench.start("fetch", ["--feed", "feed.yaml"])
      try server.bench.write("pid", "\(child.id)")
      let outcome = try child.wait()
      #expect(unsafe unlink(server.bench.path("pid")) == 0)
      switch outcome.status {
      case 128 + SIGKILL: killed += 1
      // The lease of the one before is not over yet.
      case 75: usleep(100_000)
      default: held = outcome
      }
    }
    #expect(killed == 2 && held?.status == 0, "\(String(describing: held))")
    #expect(held?.errorText.contains("the last 2 reads ended before it was known whether") == true)
    #expect(try server.reads == 2)
    try server.bench.write("mode", "")
    try fetch(server, 0, says: "so that no account is locked by that")
    try fetch(server, 0, says: "fetched", asks: 1, flags: ["--try-again"])
  }

  @Test func retryAfterIsKeptInTheStore() throws {
    let server = try Server("timeout: 1m")
    try server.bench.write("mode", "503 3600")
    try fetch(server, 75, says: "asks to be left alone for 3600 s", asks: 1)
    try server.bench.write("mode", "")
    try fetch(server, 0, says: "the source asked to be left alone (Retry-After): the next read is at 20")
    try fetch(server, 0, says: "fetched", asks: 1, flags: ["--try-again"])
  }

  @Test func theBreakerHoldsProcessesOff() throws {
    let server = try Server("breaker: { failures: 2, pause: 1h, longest: 2h }")
    try server.bench.write("mode", "404")
    try fetch(server, 69, says: "404", asks: 1)
    try fetch(server, 69, says: "404", asks: 1)
    try fetch(server, 0, says: "the last 2 reads of the source failed; the next one is tried at 20")
    let event = try server.bench.call("fetch", "--feed", "feed.yaml")
    #expect(event.output.contains("\"held_off\":{\"reason\":\"breaker\",\"until\":\"20"), "\(event)")
  }

  /// Processes that all start the same feed, again and again. Whatever the machine's speed, there are no more reads than so many
  /// intervals fit into the time that all of it took. `make test-peace` has a hundred for a minute.
  @Test func manySchedulersAndOneSource() throws {
    let isLong = unsafe getenv("STRANDLINE_TEST_PEACE") != nil
    let (many, seconds, interval) = isLong ? (100, 60, 30) : (12, 6, 3)
    let server = try Server(
      "auth: { user: reader, password_env: PASS }", "min_interval: \(interval)s",
      environment: ["PASS": "right"])
    try server.bench.write("password", "right")
    func start() throws -> [ChildProcess] {
      try (0..<many).map { _ in
        try server.bench.start(
          "fetch", ["--feed", "feed.yaml"], variables: ["STRANDLINE_GRACE": "60s", "STRANDLINE_LEASE": "60s"])
      }
    }
    let clock = ContinuousClock()
    let begin = clock.now
    var rounds = 0
    // A machine that cannot start so many in a second starts fewer rounds.
    for second in 0..<seconds where clock.now - begin < .seconds(seconds) {
      rounds += 1
      let due = begin.advanced(by: .seconds(second))
      if due > clock.now { usleep(UInt32(max(0, (due - clock.now) / .microseconds(1)))) }
      for child in try start() {
        let outcome = try child.wait(timeLimit: 300)
        let text = String(decoding: outcome.output, as: UTF8.self)
        #expect(outcome.status == 0 || outcome.status == 75, "\(outcome)")
        guard text.contains("\"outcome\":\"fetched\"") else { continue }
        let tick = try server.bench.tick(from: "dedupe", event: text)
        #expect(tick.status == 0, "\(tick)")
      }
    }
    let most = Int((clock.now - begin) / .seconds(interval)) + 1
    let reads = try server.reads
    if isLong { print("\(many) processes \(rounds) times in \(clock.now - begin): \(reads) reads") }
    #expect(reads >= 1 && reads <= most, "\(reads) reads, \(most) were allowed")
    // From the first refusal on nobody asks.
    try server.bench.write("password", "another")
    sleep(UInt32(interval))
    try fetch(server, 78, says: "401", asks: 1)
    let refused = try server.reads
    for _ in 0..<3 {
      for child in try start() {
        #expect(try child.wait(timeLimit: 300).status == 0)
      }
    }
    #expect(try server.reads == refused)
  }
}
