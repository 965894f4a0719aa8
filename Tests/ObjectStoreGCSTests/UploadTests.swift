import CloudStore
import ObjectStore
import ObjectStoreGCS
import Testing

/// Objects that go in parts, with answers that are lost and parts that arrive by half.
@Suite struct UploadTests {
  private let stub: Stub
  private let service: GCSService
  private let key: ObjectKey
  private let whole = bytes(2_000_000)
  private let length = 3 * 256 << 10

  init() throws {
    stub = try Stub()
    service = try stub.service()
    key = try ObjectKey("big/object")
  }

  /// Sends everything, each part again as long as an answer is lost.
  private func send(_ condition: WriteCondition = .absent, tries: Int = 3) throws -> Written {
    let upload = try service.beginUpload(key, if: condition)
    var receipts: [PartReceipt] = []
    for start in stride(from: 0, to: whole.count, by: length) {
      let end = min(start + length, whole.count)
      let part = UploadPart(
        number: receipts.count + 1, offset: start, total: end == whole.count ? whole.count : nil)
      var left = tries
      while true {
        do throws(ServiceError) {
          receipts.append(try service.send(part, Array(whole[start..<end]), of: upload))
          break
        } catch {
          left -= 1
          guard left > 0, error.kind == .unreachable || error.kind == .failed else { throw error }
        }
      }
    }
    return try service.complete(upload, receipts, if: condition)
  }

  @Test func partsMakeAnObjectAtTheEnd() throws {
    let upload = try service.beginUpload(key, if: .absent)
    try _ = service.send(UploadPart(number: 1, offset: 0), Array(whole[..<length]), of: upload)
    expect(.notFound) { _ = try service.info(key) }
    try service.abort(upload)
    try service.abort(upload)
    expect(.noSuchUpload) {
      try _ = service.send(UploadPart(number: 2, offset: length), Array(whole[..<length]), of: upload)
    }
    #expect(try send().size == whole.count)
    #expect(try service.read(key) == whole)
    expect(.preconditionFailed) { _ = try service.beginUpload(key, if: .absent) }
  }

  @Test func anEmptyLastPartEndsAnUpload() throws {
    for count in [0, 256 << 10] {
      let upload = try service.beginUpload(key, if: .none)
      if count > 0 {
        try _ = service.send(UploadPart(number: 1, offset: 0), Array(whole[..<count]), of: upload)
      }
      let receipt = try service.send(UploadPart(number: 2, offset: count, total: count), [], of: upload)
      #expect(receipt.written?.size == count)
      #expect(try service.read(key) == Array(whole[..<count]))
    }
  }

  @Test func theConditionIsJudgedAtTheEnd() throws {
    let upload = try service.beginUpload(key, if: .absent)
    try _ = service.put(key, [1], if: .absent)
    expect(.preconditionFailed) {
      try _ = service.send(UploadPart(number: 1, offset: 0, total: 10), Array(whole[..<10]), of: upload)
    }
    #expect(try service.read(key) == [1])
  }

  @Test(arguments: ["lost", "late-503", "break-part", "keep-half", "refuse", "503"], 0..<3)
  func aPartThatCameHalfOrWithoutAnAnswerIsGoneOnWith(fault: String, part: Int) throws {
    try stub.faults(#"[{"method": "PUT", "path": "upload_id", "skip": \#(part), "do": "\#(fault)"}]"#)
    #expect(try send().size == whole.count)
    #expect(try service.read(key) == whole)
    let log = try stub.log()
    #expect(log.filter { $0.hasPrefix("PUT") }.count <= 6, "\(log)")
  }

  @Test func aStoreWritesThroughAllOfIt() throws {
    let store = stub.store(service)
    var sizes = CloudSizes()
    sizes.part = 256 << 10
    let small = stub.store(service, sizes: sizes)
    try stub.faults(
      #"[{"method": "PUT", "do": "lost", "times": 2}, {"method": "PUT", "skip": 3, "do": "429", "retry_after": 2}, "#
        + #"{"method": "PUT", "skip": 4, "do": "break-part", "times": 2}, {"path": "uploadType", "do": "503"}, "#
        + #"{"method": "GET", "do": "cut", "times": 2}, {"method": "GET", "do": "flip", "skip": 1}]"#)
    let written = try small.put(key, whole, if: .absent)
    let (there, info) = try store.get(key)
    #expect(there == whole && info.version == written.version)
  }

  @Test func theAddressOfAnUploadIsInNoMessage() throws {
    let upload = try service.beginUpload(key, if: .absent)
    let session = try #require(upload.id.split(separator: "=").last)
    try stub.faults(
      #"[{"method": "PUT", "do": "refuse"}, {"method": "PUT", "do": "503"}, {"method": "PUT", "do": "410"}]"#)
    let kinds: [ServiceError.Kind] = [.unreachable, .failed, .noSuchUpload]
    for kind in kinds {
      let error = expect(kind) {
        try _ = service.send(UploadPart(number: 1, offset: 0), Array(whole[..<length]), of: upload)
      }
      #expect(error?.message.contains(session) == false, "\(error?.message ?? "")")
    }
  }
}
