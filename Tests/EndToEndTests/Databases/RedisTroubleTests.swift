import StrandlineTesting
import Testing

/// What goes wrong with a Redis server: what is said, and that nothing is recorded.
@Suite struct RedisTroubleTests {
  @Test func whoMayAsk() throws {
    let redis = try RedisServer(
      [
        "--requirepass", "s3cret", "--user", "reader", "on", ">pass-w0rd", "~t:*", "+scan", "+get", "+select",
        "--user", "blind", "on", ">pass-w0rd", "~t:*", "+get",
      ],
      reach: "-a s3cret --no-auth-warning",
      environment: ["GOOD": "s3cret", "BAD": "wr0ng", "READER": "pass-w0rd"])
    try redis.tell("SET t:1 one\nSET u:1 two\n")
    func expect(
      _ code: Int32, _ auth: String, _ more: String = "", says text: String,
      at location: SourceLocation = #_sourceLocation
    ) throws {
      try redis.describe("url: redis://$\(more)\n\(auth)\nredis: { match: 't:*' }")
      let tick = try redis.bench.tick(["--try-again"])
      tick.expect(code, says: text, at: location)
      #expect(tick.results.count == 1, sourceLocation: location)
      for secret in ["s3cret", "wr0ng", "pass-w0rd"] {
        #expect(!tick.errors.contains(secret), "\(tick)", sourceLocation: location)
      }
      #expect(try redis.bench.head() == "none", sourceLocation: location)
    }
    try expect(78, "", says: "name a password in source.auth")
    try expect(78, "auth: { password_env: BAD }", says: "check the user and the password of source.auth")
    try expect(78, "auth: { user: nobody, password_env: READER }", says: "check the user and the password")
    try expect(78, "auth: { user: blind, password_env: READER }", says: "the user needs leave for SCAN")
    try expect(
      78, "auth: { password_env: GOOD }", "/99", says: "check the number of the database in source.url")
    try expect(78, "auth: { password_env: NONE }", says: "the environment variable NONE is not set")

    let good = "{\"key\":\"t:1\",\"value\":\"one\"}\n"
    let source = "url: redis://$/0\nredis: { match: 't:*' }\n"
    #expect(try redis.records(source + "auth: { user: reader, password_env: READER }") == good)
    try redis.bench.write("password", "s3cret\n")
    try redis.describe(source + "auth: { password_file: password }")
    // Other settings are an entry of their own, in which nothing changed.
    #expect(try redis.bench.run("--try-again").data.counts?.inserted == 0)
    // A key that this user may not read is not left out as if it were gone.
    try redis.describe("url: redis://$\nauth: { user: reader, password_env: READER }")
    try redis.bench.tick(["--try-again"]).expect(78, says: "NOPERM", "%R~pattern")
  }

  @Test func encrypted() throws {
    let make = """
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem
      for name in localhost client; do
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$name -keyout $name.key -out $name.csr
        echo "subjectAltName=DNS:$name" > $name.ext
        openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile $name.ext -out $name.pem
      done
      """
    let redis = try RedisServer(
      [
        "--tls-cert-file", "$/localhost.pem", "--tls-key-file", "$/localhost.key", "--tls-ca-cert-file",
        "$/ca.pem",
      ], reach: "--tls --cacert $/ca.pem --cert $/client.pem --key $/client.key -h localhost", isSecure: true,
      prepare: make, environment: ["CURL_CA_BUNDLE": "", "SSL_CERT_FILE": ""])
    try redis.ask("SET k v")
    let client = "certificate: client.pem, key: client.key"
    try redis.describe("url: rediss://$\ntls: { \(client) }")
    try redis.bench.tick(["--try-again"]).expect(69, says: "its certificate is not trusted")
    try redis.describe("url: rediss://$\ntls: { ca: ca.pem }")
    // That the server hung up may be seen before what it said.
    let refused = try redis.bench.tick(["--try-again"])
    let asked = "localhost:\(redis.port) wants a client's certificate"
    #expect(
      refused.status == 78 && refused.errors.contains(asked)
        || refused.status == 69 && refused.errors.contains("perhaps it wants a client's certificate"),
      "\(refused)")
    try redis.describe("url: rediss://$\ntls: { ca: none.pem, \(client) }")
    try redis.bench.tick(["--try-again"]).expect(78, says: "none.pem")
    try redis.describe("url: redis://$")
    try redis.bench.tick(["--try-again"]).expect(69, says: "perhaps it speaks TLS")
    #expect(
      try redis.records("url: rediss://$\ntls: { ca: ca.pem, \(client) }")
        == "{\"key\":\"k\",\"value\":\"v\"}\n")
  }

  /// It waits for the end of a line that TLS does not begin with: whoever waits with it, and tries again, waits for long.
  @Test(arguments: ["", "\nauth: { password_env: PASS }"])
  func tlsIsNotSpoken(auth: String) throws {
    let redis = try RedisServer(
      auth.isEmpty ? [] : ["--requirepass", "secret"], environment: ["PASS": "secret"])
    try redis.describe("url: rediss://$\nconnect_timeout: 1s\(auth)")
    let tick = try redis.bench.tick(["--try-again"])
    tick.expect(78, says: "localhost:\(redis.port) does not speak TLS: write redis:// in source.url")
    #expect(!tick.errors.contains("trying again"), "\(tick)")
  }

  @Test func nobodyThere() throws {
    let bench = try Bench()
    try describeDatabase(bench, "url: redis://localhost:\(freePort(bench))", "key: [key]")
    try bench.tick(["--try-again"]).expect(
      69, says: "cannot be reached", "trying again in 1 s", "(tried 3 times)")
  }

  /// A server that does as it is told by a stub's mode.
  private func stub(_ mode: String, _ environment: [String: String] = [:]) throws -> (
    ChildProcess, Bench, String
  ) {
    let bench = try Bench(environment: environment)
    let script = SharedData.package + "/Tests/Support/redis_stub.py"
    let server = try ChildProcess("python3", [script, mode], directory: bench.folder.path, input: nil)
    return (server, bench, "url: redis://127.0.0.1:\(try server.firstLine())")
  }

  @Test(arguments: [
    ("moved", Int32(78), "it is a node of a Redis Cluster"), ("cluster", 78, "is a node of a Redis Cluster"),
    ("renamed", 78, "is a node of a Redis Cluster"),
    ("loading", 69, "try again once it is ready"), ("nonsense", 78, "does not speak as a Redis server does"),
    ("cut", 69, "nothing of the dump is kept"), ("silent", 69, "sent nothing for 1 s"),
    ("noauth", 78, "name a password"),
  ])
  func aServerInTrouble(mode: String, code: Int32, text: String) throws {
    let (good, bench, source) = try stub("good")
    try describeDatabase(bench, source, "key: [key]")
    try bench.run("--try-again")
    let head = try bench.head()
    good.closeInput()
    let (bad, _, other) = try stub(mode)
    try describeDatabase(bench, other + "\nlow_speed_time: 1s", "key: [key]")
    let tick = try bench.tick(["--try-again"])
    tick.expect(code, says: text)
    #expect(try bench.head() == head)
    #expect(tick.results.count == 1)
    bad.closeInput()
  }

  /// It is not even asked for: each of its fields takes memory.
  @Test func aHashOfTooManyFields() throws {
    let (server, bench, source) = try stub("wide")
    try describeDatabase(
      bench, source + "\nredis: { values: auto }", "key: [key]\nguards: { bad: 50% }")
    try bench.run()
    #expect(try bench.query("--as-of", "now", "--format", "csv") == "key,value\nk1,k1\nk3,k3\n")
    #expect(
      try bench.shell("grep -r '950000 fields; a hash of more than 65536 is not read' store | wc -l").output
        != "0\n")
    server.closeInput()
  }

  /// What all of a read may take is told too.
  @Test func aReadThatTakesTooLong() throws {
    let (server, bench, source) = try stub("silent")
    try describeDatabase(bench, source + "\ntimeout: 1s", "key: [key]")
    try bench.tick(["--try-again"]).expect(69, says: "the read took longer than 1 s (source.timeout)")
    server.closeInput()
  }

  /// flapping: a key that one scan misses, and a repeat; late: one that a fetch misses, and one that is gone;
  /// old: a server before 6.0.
  @Test(arguments: [("flapping", ["k1", "k2", "k3"]), ("late", ["k1", "k2"]), ("old", ["k1", "k2", "k3"])])
  func whatIsThereIsFound(mode: String, keys: [String]) throws {
    let (server, bench, source) = try stub(mode, ["P": "s3cret"])
    try describeDatabase(bench, source + "\nauth: { password_env: P }", "key: [key]")
    try bench.run("--try-again")
    let expected = keys.map { "\($0),\($0)\n" }.joined()
    #expect(try bench.query("--as-of", "now", "--format", "csv") == "key,value\n" + expected)
    server.closeInput()
  }

  /// One scan is not two: the test above would not notice a stub that misses nothing.
  @Test func oneScanMayMissAKey() throws {
    let (server, bench, source) = try stub("flapping")
    try describeDatabase(bench, source + "\nredis: { scans: 1 }", "key: [key]")
    try bench.run("--try-again")
    #expect(try bench.query("--as-of", "now", "--format", "csv") == "key,value\nk1,k1\nk3,k3\n")
    server.closeInput()
  }
}
