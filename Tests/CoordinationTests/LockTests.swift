import Basics
import Coordination
import ObjectStore
import StrandlineTesting
import Testing

@Suite struct LockTests {
  let store = MemoryStore()

  func lock(_ holder: String, on other: (any ObjectStore)? = nil) throws -> Lock {
    Lock(
      store: other ?? store, key: try ObjectKey("cases/lock.json"), holder: holder,
      terms: Lock.Terms(lease: 60, grace: 30))
  }

  func begin(
    _ run: String, _ holder: String, over: Set<String> = [], on other: (any ObjectStore)? = nil
  ) throws -> Lock.Beginning {
    try lock(holder, on: other).begin(run: run, stage: "fetch") {
      over.contains($0) ? .over(good: nil) : .open
    }
  }

  func lease(_ beginning: Lock.Beginning) throws -> Lease {
    guard case .begun(let lease) = beginning else {
      throw Failure(.software, "interrupted instead of begun")
    }
    return lease
  }

  func document() throws -> LockDocument { try #require(try lock("reader").read()).0 }

  @Test func aRunGoesThroughItsStages() throws {
    #expect(try lock("a").read() == nil)
    var held = try lease(begin("r1", "a"))
    #expect(try document().state == .held && document().stage == "fetch" && document().holder == "a")
    for (number, (stage, holder)) in [("dedupe", "b"), ("snapshot", "c"), ("publish", "d")].enumerated() {
      try held.handOver(to: stage)
      #expect(try document().state == .waiting && document().stage == stage && document().holder == nil)
      store.advance(bySeconds: 29)
      let taken = try #require(try lock(holder).take(run: "r1", stage: stage))
      #expect(taken.token == number + 2, "the token only grows")
      #expect(try document().state == .held && document().holder == holder)
      #expect(try document().since == store.now())
      held = taken
    }
    try held.release()
    #expect(try document().state == .released && document().token == 4)
    #expect(try lease(begin("r2", "e")).token == 5, "a release is written, the object is not deleted")
  }

  /// The thread that renews may have waited for the hand-over to be written.
  @Test func aRenewalThatComesLateLeavesTheLockAlone() throws {
    let ends: [(Lease) throws -> Void] = [
      { try $0.handOver(to: "dedupe") }, { try $0.stop() }, { try $0.release() },
    ]
    for (number, end) in ends.enumerated() {
      let run = "r\(number)"
      let held = try lease(begin(run, "a"))
      try end(held)
      let left = try #require(try lock("reader").read())
      try held.renew()
      #expect(try lock("reader").read()?.1.version == left.1.version)
      try #require(try lock("b").take(run: run, stage: "dedupe")).release()
      // Nor is it told as a loss.
      try held.renew()
    }
  }

  @Test func aHolderIsBelievedUntilItsLeaseIsOver() throws {
    let held = try lease(begin("r1", "a"))
    store.advance(bySeconds: 40)
    try held.renew()
    store.advance(bySeconds: 50)
    for attempt in [
      { _ = try begin("r2", "b", over: ["r1"]) }, { _ = try lock("b").take(run: "r1", stage: "dedupe") },
    ] {
      let failure = #expect(throws: Failure.self) { try attempt() }
      #expect(failure?.kind == .tryAgain)
      for part in ["run r1", "stage fetch", "since 90 s", "holder a", "renewed 50 s ago"] {
        #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
      }
    }
    store.advance(bySeconds: 11)
    let taken = try lease(begin("r2", "b", over: ["r1"]))
    #expect(taken.token == 2)
    for use in [
      { try held.renew() }, { try held.handOver(to: "dedupe") }, { try held.check() }, { try held.release() },
    ] {
      let failure = #expect(throws: Failure.self) { try use() }
      #expect(failure?.kind == .tryAgain && failure?.message.contains("taken over by another run") == true)
    }
    try taken.check()
    #expect(try document().holder == "b")
  }

  /// A lease of another process's length counts as that process said.
  @Test func theHoldersOwnLeaseCounts() throws {
    let patient = Lock(
      store: store, key: try ObjectKey("cases/lock.json"), holder: "a", terms: Lock.Terms(lease: 600))
    _ = try lease(patient.begin(run: "r1", stage: "fetch") { _ in .over(good: nil) })
    store.advance(bySeconds: 599)
    #expect(throws: Failure.self) { try begin("r2", "b", over: ["r1"]) }
    store.advance(bySeconds: 2)
    _ = try lease(begin("r2", "b", over: ["r1"]))
  }

  @Test func aHandOverHasItsGrace() throws {
    try lease(begin("r1", "a")).handOver(to: "dedupe")
    store.advance(bySeconds: 20)
    let failure = #expect(throws: Failure.self) { try begin("r2", "b") }
    #expect(failure?.kind == .tryAgain)
    for part in ["run r1", "waits for stage dedupe since 20 s", "any new run does in 10 s"] {
      #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
    }
    store.advance(bySeconds: 11)
    guard case .interrupted(run: "r1") = try begin("r2", "b") else {
      Issue.record("not resumed")
      return
    }
    #expect(try document().state == .waiting, "whoever resumes takes it at the next stage")
    #expect(try lock("c").take(run: "r1", stage: "dedupe") != nil)
  }

  @Test func aRunThatNeedsNothingMoreIsNotResumed() throws {
    try lease(begin("r1", "a")).handOver(to: "publish")
    store.advance(bySeconds: 31)
    #expect(try lease(begin("r2", "b", over: ["r1"])).token == 2)
  }

  @Test func aStageThatStopsIsResumedAtOnce() throws {
    try lease(begin("r1", "a")).handOver(to: "dedupe")
    try #require(try lock("b").take(run: "r1", stage: "dedupe")).stop()
    #expect(try document().state == .stopped && document().stage == "dedupe")
    guard case .interrupted(run: "r1") = try begin("r2", "c") else {
      Issue.record("not resumed")
      return
    }
    #expect(try lock("c").take(run: "r1", stage: "dedupe")?.token == 3)
  }

  @Test func aLockOfAnotherRunIsNotTaken() throws {
    try lease(begin("r2", "b")).handOver(to: "dedupe")
    #expect(try lock("a").take(run: "r1", stage: "dedupe") == nil)
    store.advance(bySeconds: 100)
    #expect(try lock("a").take(run: "r1", stage: "dedupe") == nil, "whatever its age")
    try #require(try lock("b").take(run: "r2", stage: "dedupe")).release()
    #expect(
      try lock("a").take(run: "r1", stage: "dedupe") == nil, "r2 saw the source later, whatever came of it")
    #expect(try lock("a").take(run: "r2", stage: "snapshot") != nil, "nobody's by now, and nobody came since")
  }

  @Test func whatIsNotedStays() throws {
    let first = try lease(begin("r1", "a"))
    try first.noteRead(at: Instant(seconds: 5), settings: "s")
    try first.release(refused: "r1")
    let second = try lease(begin("r2", "b"))
    #expect(second.lastRead == Instant(seconds: 5) && second.refusedRun == "r1")
    try second.handOver(to: "dedupe")
    let third = try #require(try lock("c").take(run: "r2", stage: "dedupe"))
    #expect(third.lastRead == Instant(seconds: 5) && third.refusedRun == "r1")
    try third.release()
    #expect(try document().refused == nil && document().lastRead == Instant(seconds: 5))
  }

  /// A source may take longer than the time between renewals: whoever dies then has asked it all the same.
  @Test func aRenewalKeepsWhatIsNoted() throws {
    let beginning = try lock("a").begin(
      run: "r1", stage: "fetch",
      purpose: { (_, _) throws(Failure) in .read(.init(settings: "s", peace: Peace())) }
    ) { (_) throws(Failure) in .over(good: nil) }
    let held = try lease(beginning)
    let read = try #require(try document().lastRead)
    try held.renew()
    try held.renew()
    #expect(try document().lastRead == read && document().readSettings == "s" && document().renewals == 2)
    // It was not read after all: then that is handed back as it was before.
    try held.release()
    #expect(try document().lastRead == nil)
  }

  /// Who is told to end hands the lock back while its work goes on for a moment: that must not touch the lock again.
  @Test func whatWasHandedBackStaysSo() throws {
    let held = try lease(begin("r1", "a"))
    let interruption = Interruption()
    let stop: @Sendable (Lease, Failure) throws(Failure) -> Void = { (lease, _) throws(Failure) in
      try lease.stop()
    }
    func work() throws(Failure) {
      _ = interruption.fire()
      try held.release()
    }
    #expect(throws: Failure.self) {
      try held.hold(
        renewals: .none, interruption: interruption, giveUp: stop, onTrouble: { _ in }, work)
    }
    #expect(try document().state == .stopped)
    let version = try store.info(try ObjectKey("cases/lock.json")).version
    #expect(throws: Failure.self) { try held.prepareHandOver() }
    #expect(throws: Failure.self) { try held.handOver(to: "dedupe") }
    #expect(throws: Failure.self) { try held.stop() }
    try held.renew()
    #expect(try store.info(try ObjectKey("cases/lock.json")).version == version)
  }

  /// A store's version may be a hash of the content.
  @Test func bytesAreNeverRepeated() throws {
    var seen: Set<[UInt8]> = []
    let look = { seen.insert(try store.get(ObjectKey("cases/lock.json")).bytes).inserted }
    for _ in 0..<2 {
      let held = try lease(begin("r", "a"))
      #expect(try look())
      for use in [{ try held.renew() }, { try held.renew() }, { try held.handOver(to: "dedupe") }] {
        try use()
        #expect(try look())
      }
      let taken = try #require(try lock("a").take(run: "r", stage: "dedupe"))
      #expect(try look())
      try taken.release()
      #expect(try look())
    }
  }
}
