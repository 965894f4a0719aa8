import Basics
import Coordination
import Documents
import ObjectStore
import StrandlineTesting
import Testing

/// What becomes of leases when a process ends or goes on after a stop.
@Suite struct InterruptionTests {
  private let store = MemoryStore()
  private let interruption = Interruption()

  private func lease() throws -> Lease {
    let lock = Lock(
      store: store, key: try ObjectKey("cases/lock.json"), holder: "a",
      terms: .init())
    guard case .begun(let lease) = try lock.begin(run: "r1", stage: "fetch", endOf: { _ in .over(good: nil) })
    else {
      throw Failure(.software, "interrupted instead of begun")
    }
    return lease
  }

  private func hold(_ lease: Lease, _ body: () throws(Failure) -> Void) throws {
    try lease.hold(
      renewals: .none, interruption: interruption,
      giveUp: { (lease, reason) throws(Failure) in try lease.stop(because: reason) },
      onTrouble: { _ in }, body)
  }

  private func document() throws -> LockDocument {
    try Documents.decode(
      LockDocument.self, from: store.get(try ObjectKey("cases/lock.json")).bytes, name: "lock")
  }

  private func takeOver() throws(Failure) {
    store.advance(bySeconds: 200)
    do {
      let lock = Lock(store: store, key: try ObjectKey("cases/lock.json"), holder: "b", terms: .init())
      _ = try lock.begin(run: "r2", stage: "fetch") { _ in .over(good: nil) }
    } catch { throw Failure(.software, "\(error)") }
  }

  @Test func theReasonStandsInTheLock() throws {
    #expect(throws: Failure.self) {
      try hold(lease()) { () throws(Failure) in
        #expect(interruption.fire(because: Failure(.tryAgain, "the deadline is near")))
        #expect(!interruption.fire(), "once is enough")
        throw Failure(.unavailable, "something else, later")
      }
    }
    #expect(try document().state == .stopped && document().trouble?.message == "the deadline is near")
  }

  @Test func whoGoesOnRenewsFirst() throws {
    let lease = try lease()
    try hold(lease) { () throws(Failure) in
      store.advance(bySeconds: 59)
      try interruption.resume()
      store.advance(bySeconds: 59)
      try interruption.resume()
    }
    #expect(try document().renewals == 2)
    try interruption.resume()
    #expect(try document().renewals == 2, "the work is done")
  }

  @Test func whoGoesOnFindsTheLeaseTaken() throws {
    let failure = try #require(throws: Failure.self) {
      try hold(lease()) { () throws(Failure) in
        try takeOver()
        try interruption.resume()
      }
    }
    #expect(failure.kind == .tryAgain && failure.message.contains("taken over"))
    #expect(try document().run == "r2" && document().state == .held)
  }
}
