import CloudStore
import ObjectStore
import ObjectStoreGCS
import Testing

/// What the service says, and what it means to whoever asked.
@Suite struct RefusalTests {
  private let stub: Stub
  private let service: GCSService
  private let key: ObjectKey

  init() throws {
    stub = try Stub()
    service = try stub.service()
    key = try ObjectKey("k")
    try _ = service.put(key, bytes(1000), if: .absent)
  }

  @Test(arguments: [
    ("429", "", ServiceError.Kind.throttled), ("403", "userRateLimitExceeded", .throttled),
    ("403", "forbidden", .denied), ("500", "", .failed), ("503", "", .failed), ("408", "", .failed),
    ("409", "", .conflict), ("412", "", .preconditionFailed), ("416", "", .invalid), ("400", "", .invalid),
    ("302", "", .failed), ("410", "", .notFound),
  ]) func statusesHaveMeanings(status: String, reason: String, kind: ServiceError.Kind) throws {
    try stub.faults(#"[{"do": "\#(status)", "reason": "\#(reason)", "retry_after": 7}]"#)
    let error = expect(kind) { _ = try service.info(key) }
    #expect(error?.retryAfter == 7)
    #expect(error?.message.contains(status) == true && error?.message.hasPrefix("gs://bucket/t1/k: ") == true)
    if kind == .denied { #expect(error?.message.contains("roles/storage.objectUser") == true) }
  }

  @Test func aBucketThatIsNotThereIsSaid() throws {
    let none = try stub.service(GCSLocation("gs://nobucket/x"))
    let calls: [() throws -> Void] = [
      { _ = try none.info(key) }, { _ = try none.read(key) }, { _ = try none.put(key, [], if: .absent) },
      { _ = try none.list(prefix: "", after: nil, limit: 1) }, { _ = try none.now() },
      { _ = try none.beginUpload(key, if: .none) }, { try none.delete(key, ifVersion: nil) },
    ]
    for call in calls {
      let error = expect(.denied, call)
      #expect(error?.message.contains("There is no bucket nobucket") == true, "\(error?.message ?? "")")
    }
  }

  @Test func oneNameTakesOneWriteASecond() throws {
    try stub.control("settings", #"{"seconds_per_write": 60}"#)
    expect(.throttled) { _ = try service.put(key, [1], if: .none) }
  }

  @Test func bytesThatWereDamagedOrCutAreNoticed() throws {
    for fault in ["cut", "flip"] {
      try stub.faults(#"[{"method": "GET", "do": "\#(fault)"}]"#)
      expect(.unreachable) { _ = try service.read(key) }
    }
    #expect(try service.read(key) == bytes(1000))
  }

  @Test func whoDoesNotAnswerIsUnreachable() throws {
    try stub.faults(#"[{"do": "refuse"}]"#)
    expect(.unreachable) { _ = try service.info(key) }
    try stub.faults(#"[{"do": "lost"}]"#)
    expect(.unreachable) { _ = try service.put(key, [7], if: .none) }
    #expect(try service.read(key) == [7])
  }
}
