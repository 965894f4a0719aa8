import Basics
import Coordination
import ObjectStore
import StrandlineTesting
import Synchronization
import Testing

/// Lost answers, damage, and many at once.
extension LockTests {
  @Test(arguments: [FaultyStore.Fault.ambiguous, .ambiguousAndLost], 1...4)
  func aLostAnswerIsNoLostLock(_ fault: FaultyStore.Fault, _ commit: Int) throws {
    let counting = FaultyStore(MemoryStore())
    try stages(counting)
    let commits = counting.log.indices.filter { counting.log[$0].hasPrefix("commit") }.map { $0 + 1 }
    let faulty = FaultyStore(store, at: commits[commit - 1], fault)
    if fault == .ambiguous {
      try stages(faulty)
      #expect(try document().state == .released)
    } else {
      let failure = #expect(throws: Failure.self) { try stages(faulty) }
      #expect(failure?.kind == .unavailable, "\(String(describing: failure))")
      if commit > 1 { #expect(try document().state == (commit == 4 ? .waiting : .held)) }
    }
    #expect(faulty.fired)
  }

  @Test func aLeaseSurvivesALostAnswer() throws {
    let faulty = FaultyStore(store, at: 6, .ambiguousAndLost)
    let held = try lease(begin("r", "a", on: faulty))
    var failures = 0
    for _ in 0..<3 {
      do throws(Failure) { try held.renew() } catch {
        #expect(error.kind == .unavailable)
        failures += 1
      }
    }
    #expect(failures == 1 && faulty.fired)
    try held.release()
  }

  private func stages(_ store: any ObjectStore) throws {
    let held = try lease(begin("r", "a", on: store))
    try held.renew()
    try held.handOver(to: "dedupe")
    try lock("b", on: store).take(run: "r", stage: "dedupe")?.release()
  }

  @Test func aLockThatCannotBeReadIsNamed() throws {
    try store.put(ObjectKey("cases/lock.json"), Array("{}".utf8), if: .absent)
    let failure = #expect(throws: Failure.self) { try begin("r", "a") }
    #expect(failure?.kind == .badData && failure?.message.hasPrefix("cases/lock.json: the field") == true)
  }

  @Test func oneOfManyWins() throws {
    for round in 0..<50 {
      let tokens = Mutex<[Int]>([])
      let refusals = Mutex(0)
      let key = try ObjectKey("cases/lock.json")
      onThreads(8) { [store] number in
        do throws(Failure) {
          let lock = Lock(
            store: store, key: key, holder: "h\(number)", terms: Lock.Terms(lease: 60, grace: 30))
          if case .begun(let lease) = try lock.begin(
            run: "r\(number)", stage: "fetch", endOf: { _ in .over(good: nil) })
          {
            tokens.withLock { $0.append(lease.token) }
          }
        } catch {
          #expect(error.kind == .tryAgain, "\(error)")
          refusals.withLock { $0 += 1 }
        }
      }
      #expect(tokens.withLock { $0 } == [round + 1], "round \(round)")
      #expect(refusals.withLock { $0 } == 7, "round \(round)")
      store.advance(bySeconds: 61)
    }
  }

  @Test func manyWhoGoOnWithARunAreOne() throws {
    try lease(begin("r", "a")).handOver(to: "dedupe")
    store.advance(bySeconds: 31)
    let winners = Mutex(0)
    let key = try ObjectKey("cases/lock.json")
    onThreads(8) { [store] number in
      do throws(Failure) {
        let lock = Lock(store: store, key: key, holder: "h\(number)", terms: Lock.Terms(lease: 60, grace: 30))
        if try lock.take(run: "r", stage: "dedupe") != nil { winners.withLock { $0 += 1 } }
      } catch {
        #expect(error.kind == .tryAgain, "\(error)")
      }
    }
    #expect(winners.withLock { $0 } == 1)
  }

  @Test func renewalsInTheBackgroundEndWithTheTask() async throws {
    let quick = Lock(
      store: store, key: try ObjectKey("cases/lock.json"), holder: "a",
      terms: Lock.Terms(lease: 0.03, grace: 1))
    let held = try lease(quick.begin(run: "r", stage: "fetch") { _ in .over(good: nil) })
    let task = held.renewInBackground { _ in }
    while try document().renewals < 3 { await Task.yield() }
    task.cancel()
    await task.value
    let renewals = try document().renewals
    try held.release()
    #expect(try document().renewals == renewals && document().state == .released)
  }

  @Test func renewalsEndWhenTheLockIsLost() async throws {
    let quick = Lock(
      store: store, key: try ObjectKey("cases/lock.json"), holder: "a",
      terms: Lock.Terms(lease: 0.03, grace: 1))
    let held = try lease(quick.begin(run: "r", stage: "fetch") { _ in .over(good: nil) })
    store.advance(bySeconds: 1)
    let thief = try lease(begin("r2", "b", over: ["r"]))
    await held.renewInBackground { _ in }.value
    try thief.check()
    #expect(throws: Failure.self) { try held.check() }
  }
}
