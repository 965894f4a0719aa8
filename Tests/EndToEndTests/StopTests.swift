import Glibc
import StrandlineTesting
import Testing

/// Processes that are stopped, and go on later: as with Control-Z, or in a container that is moved to another machine.
@Suite struct StopTests {
  private static let before = "id,v\n1,a\n2,b\n"
  private static let after = "id,v\n1,a\n2,c\n"

  /// A run that is stopped while it waits for the rest of its dump.
  private func stopped(_ bench: Bench, _ dump: String) throws -> ChildProcess {
    try bench.write("cases.csv", Self.before)
    try bench.run()
    let earlier = try bench.lock()
    let child = try bench.start("fetch", ["--feed", "feed.yaml", "--input", "-"], input: nil)
    child.write(String(dump.prefix(12)))
    try bench.waitForLock { $0.state == "held" && $0.token > earlier.token }
    // Never between its beginning and its end of a write to a directory: there it would keep others from writing.
    #expect(try bench.shell("flock store/.strandline/lock kill -STOP \(child.id)").status == 0)
    try child.waitUntilStopped()
    return child
  }

  @Test func othersTookItForDead() throws {
    let bench = try Bench()
    let child = try stopped(bench, "id,v\n1,x\n2,x\n")
    try bench.write("cases.csv", Self.after)
    try bench.catchUp(seq: 2)
    let head = try bench.head()
    let pointer = try bench.text("store/cases/published/pointer.json")
    let lock = try bench.text("store/cases/lock.json")
    child.send(SIGCONT)
    // Its input is open still: it looks by itself, and not at its end.
    let ended = Result(command: "fetch", try child.wait())
    ended.expect(75, says: "was taken over by another run, as if this one were dead")
    #expect(ended.output.isEmpty)
    #expect(try bench.head() == head)
    #expect(try bench.text("store/cases/published/pointer.json") == pointer)
    #expect(try bench.text("store/cases/lock.json") == lock)
    #expect(try bench.query("--as-of", "now", "--format", "csv") == Self.after)
    try bench.run(expecting: "unchanged")
    try bench.call("audit", "--feed", "feed.yaml", "--verify").expect(0)
  }

  /// The other one is in the midst of its own run.
  @Test func anotherIsAtWork() throws {
    let bench = try Bench()
    let child = try stopped(bench, "id,v\n1,x\n2,x\n")
    try bench.write("cases.csv", Self.after)
    var fetched = try bench.call("fetch", "--feed", "feed.yaml")
    for _ in 0..<400 where fetched.status == 75 {
      usleep(50_000)
      fetched = try bench.call("fetch", "--feed", "feed.yaml")
    }
    fetched.expect(0)
    child.send(SIGCONT)
    try Result(command: "fetch", child.wait()).expect(75, says: "was taken over by another run")
    let rest = try bench.tick(from: "dedupe", event: fetched.output)
    rest.expect(0)
    #expect(try bench.publishedSeq() == 2)
    #expect(try bench.query("--as-of", "now", "--format", "csv") == Self.after)
  }

  @Test func inTime() throws {
    let bench = try Bench(environment: DeadlineTests.terms)
    let child = try stopped(bench, Self.after)
    #expect(try bench.lock().renewals == 0)
    child.send(SIGCONT)
    // A lease of an hour would be renewed after twenty minutes otherwise.
    try bench.waitForLock { $0.renewals == 1 }
    child.write(String(Self.after.dropFirst(12)))
    child.closeInput()
    let fetched = Result(command: "fetch", try child.wait())
    fetched.expect(0)
    try bench.tick(from: "dedupe", event: fetched.output).expect(0)
    #expect(try bench.query("--as-of", "now", "--format", "csv") == Self.after)
    try bench.run(expecting: "published")
    #expect(try bench.query("--as-of", "now", "--format", "csv") == Self.before)
  }

  /// Nobody sends a signal when a machine wakes up: then the renewal that is due finds it out.
  @Test func asleepWithItsMachine() throws {
    let bench = try Bench()
    let child = try bench.start("fetch", ["--feed", "feed.yaml", "--input", "-"], input: nil)
    child.write(String(Self.before.prefix(12)))
    try bench.waitForLock { $0.state == "held" }
    // As if another run had gone by, one of an older program (its document has no sum); under the directory's lock, so that
    // no renewal comes in between.
    let taken = try bench.shell(
      "flock store/.strandline/lock sh -c 'sed -e s/.token.:1/\\\"token\\\":7/ -e s/,.sum.*/}/ store/cases/lock.json > new && mv new store/cases/lock.json'"
    )
    #expect(taken.status == 0, "\(taken)")
    try Result(command: "fetch", child.wait()).expect(75, says: "was taken over by another run")
    #expect(try bench.lock().token == 7)
    #expect(try bench.head() == "none")
  }

  /// A process that holds nothing is not bothered.
  @Test func withoutALease() throws {
    let bench = try Bench()
    try bench.write("cases.csv", Self.before)
    try bench.run()
    let child = try bench.start("dedupe", ["--feed", "feed.yaml"], input: nil)
    child.send(SIGSTOP)
    try child.waitUntilStopped()
    child.send(SIGCONT)
    child.closeInput()
    try Result(command: "dedupe", child.wait()).expect(64, says: "standard input was empty")
  }
}

extension ChildProcess {
  /// Waits until a signal has stopped it.
  func waitUntilStopped() throws { try waitUntilStopped(id) }

  /// Waits until a signal has stopped another process.
  func waitUntilStopped(_ id: Int32) throws {
    for _ in 0..<6000 {
      let file = unsafe try #require(fopen("/proc/\(id)/stat", "r"))
      var text = [UInt8](repeating: 0, count: 512)
      let count = unsafe fread(&text, 1, text.count, file)
      unsafe fclose(file)
      if String(decoding: text[..<count], as: UTF8.self).contains(") T ") { return }
      usleep(10_000)
    }
    Issue.record("the process does not stop")
  }
}
