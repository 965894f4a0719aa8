import Basics
import CloudStore
import ObjectStore
import StrandlineTesting
import Synchronization
import Testing

/// Waits, deadlines, messages and counts, against a service that follows a script.
@Suite struct PatienceTests {
  let rig = Rig()
  let key = ObjectKeyForTests.key

  @Test func retryAfterIsObeyed() throws {
    let service = Scripted(rig.service, [ServiceError(.throttled, "SlowDown", retryAfter: 17)])
    let began = rig.clock.now()
    try rig.store(over: service).put(key, [1], if: .absent)
    #expect((17...18).contains(rig.clock.now().seconds(since: began)))
    #expect(rig.log.warnings == ["put feed/k: SlowDown; trying again"])
  }

  @Test func throttlesWaitASecondAtLeastAndWaitsGrow() throws {
    let service = Scripted(rig.service, (0..<6).map { _ in ServiceError(.throttled, "429") })
    let began = rig.clock.now()
    try rig.store(over: service).put(key, [1], if: .absent)
    #expect((6...70).contains(rig.clock.now().seconds(since: began)))
    #expect(rig.log.warnings.count == 1, "one warning for an operation")
  }

  @Test func afterTheDeadlineThereIsNoFurtherTry() throws {
    let (clock, deadline) = (rig.clock, rig.clock.now().advanced(bySeconds: 10))
    let service = Scripted(
      rig.service, (0..<99).map { _ in ServiceError(.throttled, "SlowDown: less, please") })
    let store = rig.store(over: service, deadline: { deadline })
    let error = #expect(throws: StoreError.self) { try store.info(key) }
    #expect(error?.kind == .unavailable)
    #expect(clock.now() <= deadline)
    let message = error?.message ?? ""
    #expect(message.hasPrefix("info was tried ") && message.contains("SlowDown: less, please"), "\(message)")
    #expect(message.hasSuffix("the time for it is over"), "\(message)")
    clock.set(deadline.advanced(bySeconds: 60))
    let before = store.requests.total
    #expect(throws: StoreError.self) { try store.info(key) }
    #expect(store.requests.total == before + 1, "the first try is always made")
  }

  @Test func whatWantsToBeLeftAloneForLongIs() throws {
    let service = Scripted(rig.service, [ServiceError(.failed, "503", retryAfter: 3600)])
    let error = #expect(throws: StoreError.self) { try rig.store(over: service).info(key) }
    #expect(error?.message == "info failed: 503; it wants to be left alone for 3600 s")
  }

  @Test func credentialsAreRenewedOnce() throws {
    let store = rig.store(over: Scripted(rig.service, [ServiceError(.expired, "ExpiredToken")]))
    try store.put(key, [1], if: .absent)
    let again = Scripted(rig.service, (0..<2).map { _ in ServiceError(.expired, "ExpiredToken") })
    let error = #expect(throws: StoreError.self) { try rig.store(over: again).info(key) }
    #expect(error?.kind == .denied)
  }

  @Test func finalAnswersAreNotTriedAgain() throws {
    for kind in [ServiceError.Kind.denied, .invalid, .notFound, .preconditionFailed] {
      let store = rig.store(over: Scripted(rig.service, [ServiceError(kind, "AccessDenied: mend it")]))
      let error = #expect(throws: StoreError.self) { try store.put(key, [1], if: .absent) }
      #expect(error?.kind.rawValue == kind.rawValue)
      #expect(error?.message == "AccessDenied: mend it")
      #expect(store.requests.total == 1)
    }
  }

  @Test func theStoresTimeIsNotAskedForTwice() throws {
    let store = rig.store()
    let first = try store.now()
    rig.clock.advance(bySeconds: 100.25)
    #expect((100...101).contains(try store.now().seconds(since: first)))
    #expect(try store.now().microseconds % 1_000_000 == 0)
    #expect(store.requests.total == 1)
    let written = rig.store()
    try written.put(key, [1], if: .absent)
    #expect(try written.now() <= written.info(key).lastModified)
    #expect(written.requests.description == "2 requests: 1 class A (1 put), 1 class B (1 head)")
  }
}

enum ObjectKeyForTests {
  static let key: ObjectKey = {
    do { return try ObjectKey("feed/k") } catch { preconditionFailure("\(error)") }
  }()
}
