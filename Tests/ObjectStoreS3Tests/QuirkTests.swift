import Basics
import CloudStore
import ObjectStore
import ObjectStoreS3
import Testing

/// Answers that are rare, and what is made of them.
@Suite struct QuirkTests {
  private func service(_ stub: Stub) throws -> S3Service {
    try S3Service(
      "s3://bucket/p",
      in: world([
        "AWS_ENDPOINT_URL_S3": stub.address, "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s",
      ]))
  }

  @Test func radosgwIsToldVersionsWithoutQuotes() throws {
    let id = ["x-amz-request-id": "tx00000b65cf88a4a117fc8-006b01a48d-1016-default", "ETag": "\"e2\""]
    let stub = try Stub([
      Answer(method: "PUT", path: "/bucket/p/k", status: 412, headers: id),
      Answer(method: "PUT", path: "/bucket/p/k", headers: id),
      Answer(method: "PUT", path: "/bucket/p/k", status: 412, headers: id),
    ])
    let service = try service(stub)
    let key = try ObjectKey("k")
    // Learnt from the refusal, which changed nothing, so it is asked once more; from then on known.
    #expect(try service.put(key, [1], if: .version("e1")).version == "e2")
    let error = #expect(throws: ServiceError.self) { _ = try service.put(key, [1], if: .version("e2")) }
    #expect(error?.kind == .preconditionFailed)
    #expect(try stub.log().map { $0.headers["if-match"] } == ["\"e1\"", "e1", "e2"])
  }

  @Test func othersAreToldVersionsInQuotes() throws {
    let stub = try Stub([Answer(method: "PUT", path: "/bucket/p/k", status: 412)])
    let service = try service(stub)
    let error = #expect(throws: ServiceError.self) {
      _ = try service.put(ObjectKey("k"), [1], if: .version("e"))
    }
    #expect(error?.kind == .preconditionFailed)
    #expect(try stub.log().map { $0.headers["if-match"] } == ["\"e\""], "nothing is tried twice")
  }

  @Test func anObjectThatIsGoneIsNotOfItsVersion() throws {
    let body = "<Error><Code>NoSuchKey</Code></Error>"
    let stub = try Stub([Answer(method: "PUT", path: "/bucket/p/k", status: 404, body: body)])
    let error = #expect(throws: ServiceError.self) {
      _ = try service(stub).put(ObjectKey("k"), [1], if: .version("e"))
    }
    #expect(error?.kind == .preconditionFailed)
  }

  @Test func pagesWithoutAnyOfOursArePassedOver() throws {
    func page(_ key: String, _ token: String?) -> Answer {
      let more = token.map {
        "<IsTruncated>true</IsTruncated><NextContinuationToken>\($0)</NextContinuationToken>"
      }
      return Answer(
        path: "/bucket",
        body:
          "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>\(key)</Key><Size>3</Size></Contents>"
          + "\(more ?? "<IsTruncated>false</IsTruncated>")</ListBucketResult>")
    }
    let stub = try Stub([page("p/", "t+1/="), page("p/a//b", "t2"), page("p/a+b%2B%C3%A9", nil)])
    let found = try service(stub).list(prefix: "", after: "0", limit: 2000)
    #expect(found.entries.map(\.key.description) == ["a b+é"] && found.entries[0].size == 3 && !found.more)
    let asked = try stub.log().map(\.path)
    let base = "/bucket?"
    let rest = "encoding-type=url&list-type=2&max-keys=1000&prefix=p%2F"
    #expect(
      asked == [
        "\(base)\(rest)&start-after=p%2F0", "\(base)continuation-token=t%2B1%2F%3D&\(rest)",
        "\(base)continuation-token=t2&\(rest)",
      ])
    let endless = try Stub([page("p/", "t")])
    let error = #expect(throws: ServiceError.self) {
      _ = try service(endless).list(prefix: "", after: nil, limit: 1)
    }
    #expect(error?.message.contains("not how to go on") == true)
  }

  @Test func uploadsAreListedPageByPage() throws {
    func page(_ key: String, _ begun: String, more: Bool) -> Answer {
      Answer(
        path: "/bucket",
        body: "<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>\(more)</IsTruncated>"
          + "<NextKeyMarker>p%2F\(key)</NextKeyMarker><NextUploadIdMarker>\(key)</NextUploadIdMarker>"
          + "<Upload><Key>p%2F\(key)</Key><UploadId>id-\(key)</UploadId><Initiated>\(begun)</Initiated></Upload>"
          + "</ListMultipartUploadsResult>")
    }
    let stub = try Stub([
      page("a", "2026-11-20T10:00:00.000Z", more: true), page("b", "2026-11-21T10:00:00.000Z", more: true),
      page("c", "2026-11-20T11:00:00Z", more: false),
    ])
    let before = try #require(Instant("2026-11-21T00:00:00Z"))
    let found = try service(stub).abandoned(prefix: "", before: before)
    #expect(
      found == [Upload(key: try ObjectKey("a"), id: "id-a"), Upload(key: try ObjectKey("c"), id: "id-c")])
    #expect(
      try stub.log()[1].path.contains("key-marker=p%2Fa&")
        && stub.log()[1].path.contains("upload-id-marker=a"))
  }

  @Test func anUploadMayBeCompletedWithoutAVersion() throws {
    let stub = try Stub([
      Answer(
        method: "POST", path: "/bucket/p/k",
        body: "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>"),
      Answer(method: "HEAD", path: "/bucket/p/k", headers: ["ETag": "\"e-2\"", "Content-Length": "7"]),
    ])
    let upload = Upload(key: try ObjectKey("k"), id: "u")
    let parts = [PartReceipt(number: 1, tag: "a 3"), PartReceipt(number: 2, tag: "b 4 sum")]
    let written = try service(stub).complete(upload, parts, if: .none)
    #expect(written.version == "e-2" && written.size == 7)
    let body = try stub.log()[0].body
    #expect(body.contains("<PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part>"))
    #expect(body.contains("<ETag>&quot;b&quot;</ETag><ChecksumSHA256>sum</ChecksumSHA256>"))
  }

  @Test func aRangeThatIsNoneIsNotTaken() throws {
    let stub = try Stub([Answer(path: "/bucket/p/k", headers: ["ETag": "\"e\""], body: "all of it")])
    let error = #expect(throws: ServiceError.self) {
      _ = try service(stub).open(ObjectKey("k"), range: 0..<3, ifVersion: nil)
    }
    #expect(error?.kind == .failed)
  }

  @Test func compressedObjectsComeAsTheyAre() throws {
    let stub = try Stub([
      Answer(path: "/bucket/p/k", headers: ["ETag": "\"e\"", "Content-Encoding": "gzip"], body: "as it is")
    ])
    let body = try service(stub).open(ObjectKey("k"), range: nil, ifVersion: nil)
    var room = [UInt8](repeating: 0, count: 100)
    let count = unsafe try room.withUnsafeMutableBytes { unsafe try body.read(into: $0) }
    #expect(String(decoding: room[..<count], as: UTF8.self) == "as it is" && body.info.size == 8)
    #expect(try stub.log()[0].headers["accept-encoding"] == "identity")
  }
}
