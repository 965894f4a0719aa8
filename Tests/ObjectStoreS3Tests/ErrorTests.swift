import Basics
import CloudStore
import ObjectStore
import ObjectStoreS3
import StrandlineTesting
import Testing

/// What answers of a service mean, and what a user is told.
@Suite struct ErrorTests {
  private static let keys = [
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hidden-secret",
    "AWS_SESSION_TOKEN": "hidden-token",
    "AWS_REGION": "eu-west-1",
  ]

  private func service(_ stub: Stub, log: RecordingLog = RecordingLog(), clock: ManualClock? = nil) throws
    -> S3Service
  {
    try S3Service(
      "s3://bucket/p",
      in: world(Self.keys.merging(["AWS_ENDPOINT_URL_S3": stub.address]) { $1 }, clock: clock, log: log))
  }

  private static func document(_ code: String, _ more: String = "") -> String {
    "<?xml version=\"1.0\"?>\n<Error><Code>\(code)</Code><Message>Words of hidden-secret.</Message>\(more)</Error>"
  }

  @Test(arguments: [
    (404, "NoSuchKey", ServiceError.Kind.notFound, ""), (404, "NoSuchUpload", .noSuchUpload, ""),
    (404, "NoSuchBucket", .denied, "make the bucket bucket"),
    (301, "PermanentRedirect", .denied, "set AWS_REGION=us-west-9"),
    (400, "AuthorizationHeaderMalformed", .denied, "set AWS_REGION=us-west-9"),
    (307, "TemporaryRedirect", .throttled, "try again later"),
    (403, "InvalidAccessKeyId", .denied, "does not know the access key of the environment"),
    (403, "SignatureDoesNotMatch", .denied, "the secret key of the environment"),
    (400, "ExpiredToken", .expired, "have expired: renew"), (400, "InvalidToken", .denied, "session token"),
    (403, "AccessDenied", .denied, "s3:ListBucket"), (503, "SlowDown", .throttled, ""),
    (503, "ServiceUnavailable", .failed, ""), (500, "InternalError", .failed, ""),
    (400, "RequestTimeout", .failed, ""),
    (409, "ConditionalRequestConflict", .conflict, ""), (409, "OperationAborted", .conflict, ""),
    (412, "PreconditionFailed", .preconditionFailed, ""), (416, "InvalidRange", .invalid, ""),
    (400, "BadDigest", .failed, ""), (400, "KeyTooLongError", .invalid, ""),
    (429, "TooManyRequests", .throttled, ""),
    (501, "NotImplemented", .denied, "conditional writes"),
    (400, "KMS.DisabledException", .denied, "encryption key"),
    (507, "XMinioStorageFull", .failed, "free some space"), (405, "MethodNotAllowed", .denied, "address"),
  ]) func meansWhatItSays(status: Int, code: String, kind: ServiceError.Kind, words: String) throws {
    let stub = try Stub([
      Answer(
        method: "PUT", path: "/bucket/p/k", status: status, headers: ["Retry-After": "7"],
        body: Self.document(code, "<Region>us-west-9</Region>"))
    ])
    let error = #expect(throws: ServiceError.self) {
      _ = try service(stub).put(ObjectKey("k"), [1], if: .absent)
    }
    #expect(error?.kind == kind && error?.retryAfter == 7)
    let message = error?.message ?? ""
    #expect(
      message.hasPrefix("s3://bucket/p/k: the service answered \(status) \(code) (Words of ***.)"),
      "\(message)")
    #expect(message.contains(words) && !message.contains("hidden"), "\(message)")
    #expect(try stub.log().count == 1, "nothing is tried twice")
  }

  @Test(arguments: [
    (302, ServiceError.Kind.denied), (401, .denied), (403, .denied), (404, .notFound), (408, .failed),
    (412, .preconditionFailed),
    (416, .invalid), (418, .invalid), (429, .throttled), (500, .failed), (502, .failed), (504, .failed),
  ]) func understandsAnswersWithoutACode(status: Int, kind: ServiceError.Kind) throws {
    let stub = try Stub([
      Answer(
        path: "/bucket/p/k", status: status, headers: ["Location": "http://127.0.0.1:1/"],
        body: "<html><body>a proxy</html>")
    ])
    let error = #expect(throws: ServiceError.self) {
      _ = try service(stub).open(ObjectKey("k"), range: nil, ifVersion: nil)
    }
    #expect(error?.kind == kind, "\(error?.message ?? "")")
  }

  @Test func asksWhyWhereAHeadDoesNotSay() throws {
    let stub = try Stub([
      Answer(method: "HEAD", path: "/bucket/p/k", status: 403),
      Answer(path: "/bucket/p/k", status: 403, body: Self.document("InvalidAccessKeyId")),
      Answer(method: "HEAD", path: "/bucket", status: 400),
      Answer(path: "/bucket", status: 400, body: Self.document("ExpiredToken")),
    ])
    let service = try service(stub)
    let error = #expect(throws: ServiceError.self) { _ = try service.info(ObjectKey("k")) }
    #expect(error?.message.contains("InvalidAccessKeyId") == true)
    #expect(#expect(throws: ServiceError.self) { _ = try service.now() }?.kind == .expired)
    #expect(try stub.log().map(\.method) == ["HEAD", "GET", "HEAD", "GET"])
  }

  @Test func aBucketThatIsNotThereIsNoAbsentObject() throws {
    let explained = try Stub([
      Answer(method: "HEAD", path: "/bucket", status: 404),
      Answer(path: "/bucket", status: 404, body: Self.document("NoSuchBucket")),
    ])
    let silent = try Stub([Answer(method: "HEAD", path: "/bucket", status: 404)])
    for stub in [explained, silent] {
      let error = #expect(throws: ServiceError.self) { _ = try service(stub).now() }
      #expect(error?.kind == .denied && error?.message.contains("make the bucket bucket") == true)
    }
    // Of an object it is what was asked for, and nobody asks why.
    let object = try Stub([Answer(method: "HEAD", path: "/bucket/p/k", status: 404)])
    let error = #expect(throws: ServiceError.self) { _ = try service(object).info(ObjectKey("k")) }
    #expect(error?.kind == .notFound)
    #expect(try object.log().count == 1)
  }

  @Test func anotherRegionIsNamedByAHeader() throws {
    let stub = try Stub([
      Answer(method: "HEAD", path: "/bucket/p/k", status: 301, headers: ["x-amz-bucket-region": "us-west-9"])
    ])
    let error = #expect(throws: ServiceError.self) { _ = try service(stub).info(ObjectKey("k")) }
    #expect(error?.kind == .denied && error?.message.contains("set AWS_REGION=us-west-9") == true)
  }

  @Test func aCompletedUploadMayBeAnErrorAllTheSame() throws {
    func error(_ body: String) throws -> ServiceError? {
      let stub = try Stub([
        Answer(method: "POST", path: "/bucket/p/k", body: body),
        Answer(method: "HEAD", path: "/bucket/p/k", status: 404),
        // The upload is still known.
        Answer(path: "/bucket/p/k", body: "<ListPartsResult/>"),
      ])
      let service = try service(stub)
      return #expect(throws: ServiceError.self) {
        _ = try service.complete(
          Upload(key: ObjectKey("k"), id: "u"), [PartReceipt(number: 1, tag: "e 1")], if: .absent)
      }
    }
    #expect(try error("  \n" + Self.document("InternalError"))?.kind == .failed)
    #expect(try error(Self.document("PreconditionFailed"))?.kind == .preconditionFailed)
    #expect(try error("")?.kind == .failed)
    #expect(try error("<CompleteMultipartUploadResult>")?.kind == .failed)
    #expect(try error("<CompleteMultipartUploadResult/>")?.kind == .failed, "it tells no version")
  }

  @Test func whatIsDamagedIsFound() throws {
    let right = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    let stub = try Stub([
      Answer(
        method: "PUT", path: "/bucket/p/k", headers: ["ETag": "\"e\"", "x-amz-checksum-sha256": "AAAA"]),
      Answer(method: "PUT", path: "/bucket/p/k", headers: ["ETag": "\"e\"", "x-amz-checksum-sha256": right]),
      Answer(path: "/bucket/p/k", headers: ["ETag": "\"e\"", "x-amz-checksum-sha256": right], body: "hello"),
      Answer(path: "/bucket/p/k", headers: ["ETag": "\"e\"", "x-amz-checksum-sha256": right], body: "hallo"),
      Answer(
        path: "/bucket/p/k", headers: ["ETag": "\"e\"", "x-amz-checksum-sha256": "AAAA-2"], body: "hallo"),
    ])
    let service = try service(stub)
    let key = try ObjectKey("k")
    let hello = Array("hello".utf8)
    #expect(
      #expect(throws: ServiceError.self) { _ = try service.put(key, hello, if: .none) }?.kind == .failed)
    _ = try service.put(key, hello, if: .none)
    #expect(try stub.log().allSatisfy { $0.headers["x-amz-checksum-sha256"] == right })
    func read() throws {
      let body = try service.open(key, range: nil, ifVersion: nil)
      var room = [UInt8](repeating: 0, count: 100)
      while unsafe try room.withUnsafeMutableBytes({ unsafe try body.read(into: $0) }) > 0 {}
    }
    try read()
    #expect(#expect(throws: ServiceError.self) { try read() }?.message.contains("SHA-256") == true)
    try read()
  }

  @Test func aWrongClockIsCorrectedOnce() throws {
    let skewed = Answer(
      method: "PUT", path: "/bucket/p/k", status: 403, headers: ["Date": "Sat, 21 Nov 2026 12:00:00 GMT"],
      body: Self.document("RequestTimeTooSkewed"))
    let good = Answer(method: "PUT", path: "/bucket/p/k", headers: ["ETag": "\"e\""])
    let clock = ManualClock(try #require(Instant("2026-11-21T10:00:00Z")))
    let log = RecordingLog()
    let stub = try Stub([skewed, good])
    let service = try service(stub, log: log, clock: clock)
    _ = try service.put(ObjectKey("k"), [1], if: .none)
    clock.advance(bySeconds: 5)
    _ = try service.put(ObjectKey("k"), [1], if: .none)
    let dates = try stub.log().map { $0.headers["x-amz-date"] }
    #expect(dates == ["20261121T100000Z", "20261121T120000Z", "20261121T120005Z"])
    #expect(log.lines.count == 1 && log.lines[0].contains("7200 s behind"), "\(log.lines)")
    let hopeless = try Stub([skewed])
    let error = #expect(throws: ServiceError.self) {
      _ = try self.service(hopeless, clock: clock).put(ObjectKey("k"), [1], if: .none)
    }
    #expect(error?.kind == .denied && error?.message.contains("set this machine's clock") == true)
    #expect(try hopeless.log().count == 2)
  }

  @Test func nobodyThereIsUnreachable() throws {
    let environment = Self.keys.merging(["AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"]) { $1 }
    let service = try S3Service("s3://bucket", in: world(environment))
    let error = #expect(throws: ServiceError.self) { _ = try service.now() }
    #expect(error?.kind == .unreachable && error?.message.contains("127.0.0.1:1") == true)
  }
}
