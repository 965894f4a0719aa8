import Glibc
import StrandlineTesting
import Testing

/// A function that knows how long it has stops in time, wherever it is, and the next run need not wait for its lease.
@Suite struct DeadlineTests {
  /// So long that nobody gets a lease that was not handed back.
  static let terms = ["STRANDLINE_LEASE": "1h", "STRANDLINE_GRACE": "1h"]

  static func milliseconds(in seconds: Int) -> String { "\((time(nil) + seconds) * 1000)" }

  private static func rfc3339(in seconds: Int) -> String {
    var moment = time(nil) + seconds
    var parts = unsafe tm()
    unsafe gmtime_r(&moment, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = unsafe strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  @Test(arguments: [
    ("flag", "4s"), ("environment", "4s"), ("flag", rfc3339(in: 4)), ("environment", milliseconds(in: 4)),
  ])
  func inTheMidstOfASlowSource(how: String, deadline: String) throws {
    // The moment of an argument is that of the whole run of tests.
    let deadline =
      deadline == "4s" ? deadline : deadline.contains("T") ? Self.rfc3339(in: 4) : Self.milliseconds(in: 4)
    let bench = try Bench(environment: Self.terms)
    try bench.write("cases.csv", "id,v\n1,a\n2,b\n")
    try bench.run()
    let head = try bench.head()
    let child = try bench.start(
      "fetch", ["--feed", "feed.yaml", "--input", "-"] + (how == "flag" ? ["--deadline", deadline] : []),
      input: nil, variables: how == "flag" ? [:] : ["STRANDLINE_DEADLINE": deadline])
    // The beginning of a dump whose end never comes.
    child.write("id,v\n1,a\n2,c\n")
    let ended = Result(command: "fetch", try child.wait())
    ended.expect(75, says: "the deadline \(deadline) is near", "the next run goes on from here")
    #expect(ended.output.isEmpty)
    #expect(try bench.head() == head)
    let lock = try bench.lock()
    #expect(lock.state == "released" && lock.trouble?.code == 75)
    #expect(lock.trouble?.message.contains(deadline) == true)
    try bench.write("cases.csv", "id,v\n1,a\n2,d\n")
    try bench.run()
    #expect(try bench.query("--as-of", "now", "--format", "csv") == "id,v\n1,a\n2,d\n")
  }

  @Test func inTheMidstOfASlowServer() throws {
    let source = try SickSource(settings: "min_interval: 0")
    try source.bench.write("mode", "silence")
    try source.bench.call("fetch", "--feed", "feed.yaml", "--lease", "1h", "--deadline", "3s")
      .expect(75, says: "the deadline 3s is near", "the next run goes on from here")
    try source.bench.write("mode", "whole")
    try source.bench.run("--lease", "1h", expecting: "unchanged")
  }

  /// The upload of a dump, and of what is published.
  @Test(arguments: [("fetch", "bases"), ("publish", "published/parts")])
  func inTheMidstOfALongUpload(stage: String, path: String) throws {
    let storage = CloudStorage(cloud: .moto, place: Cloud.moto.place())
    let proxy = try FaultProxy(before: .moto, stalling: path)
    let bench = try Bench(.moto, storage.place, environment: Self.terms)
    try bench.write("cases.csv", CaseDumps(seed: 3, rows: 60000).csv)
    var event: [UInt8] = []
    for earlier in Bench.stages.prefix(while: { $0 != stage }) {
      let result = try bench.call(earlier, earlier == "fetch" ? ["--feed", "feed.yaml"] : [], input: event)
      result.expect(0)
      event = result.bytes
    }
    let stalled = try bench.call(
      stage, ["--deadline", "6s"] + (stage == "fetch" ? ["--feed", "feed.yaml"] : []), input: event,
      variables: Cloud.moto.variables(at: proxy.address))
    stalled.expect(75, says: "the deadline 6s is near", "the next run goes on from here")
    #expect(try proxy.output().contains("stalled"), "nothing was uploaded: \(stalled)")
    // Without the proxy, at once.
    let tick = try bench.tick()
    tick.expect(0)
    #expect(try storage.pointer()?.seq == 1)
  }

  /// Then the lease has to expire, but nobody waits for the process.
  @Test func theStoreDoesNotAnswerEither() throws {
    let storage = CloudStorage(cloud: .moto, place: Cloud.moto.place())
    let proxy = try FaultProxy(before: .moto, stalling: "cases")
    let bench = try Bench(.moto, storage.place)
    try bench.write("cases.csv", "id,v\n1,a\n")
    let result = try bench.call(
      "fetch", ["--feed", "feed.yaml", "--deadline", "3s"],
      variables: Cloud.moto.variables(at: proxy.address))
    result.expect(75, says: "the deadline 3s is near")
    try bench.run()
  }

  @Test func longEnough() throws {
    let bench = try Bench(environment: ["STRANDLINE_DEADLINE": "1h"])
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.run()
  }

  @Test(arguments: [
    ("0", 64, "give a duration such as 30s"), ("soon", 64, "give a duration such as 30s"),
    ("90", 64, "in milliseconds since 1970"), ("2026-11-21", 64, "give a duration"),
    ("-5s", 64, ""), ("99999999999999999999", 64, "give a duration"),
    ("1763700000000", 75, "is over already: nothing was begun"),
    ("2020-01-01T00:00:00+01:00", 75, "is over already"),
  ])
  func noneOrTooLate(deadline: String, code: Int, says: String) throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.call("fetch", "--feed", "feed.yaml", "--deadline=\(deadline)").expect(Int32(code), says: says)
    #expect(!bench.exists("store"))
  }
}

/// What is public of the lock.
struct LockFile: Decodable {
  var state, run: String
  var token, renewals: Int
  var trouble: Trouble?
  struct Trouble: Decodable {
    var code: Int
    var message: String
  }
}

extension Bench {
  func lock() throws -> LockFile {
    try #require(lines(of: LockFile.self, in: text("store/cases/lock.json").replacing("\n", with: "")).first)
  }

  /// Looks at the lock until it is as it should be.
  func waitForLock(at location: SourceLocation = #_sourceLocation, _ isDone: (LockFile) -> Bool) throws {
    for _ in 0..<6000 {
      if exists("store/cases/lock.json"), isDone(try lock()) { return }
      usleep(10_000)
    }
    Issue.record("the lock stays \(try lock())", sourceLocation: location)
  }
}
