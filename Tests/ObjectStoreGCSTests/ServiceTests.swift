import Basics
import CloudStore
import HTTP
import ObjectStore
import ObjectStoreGCS
import Testing

/// Call by call, each one request.
@Suite struct ServiceTests {
  private let service: GCSService
  private let key: ObjectKey

  init() throws {
    service = try Stub.shared.service()
    key = try ObjectKey("a/b c+d?e#f=g&h%20ü日/x")
  }

  @Test func objectsHaveGenerationsAndConditionsAreKept() throws {
    let first = try service.put(key, Array("one".utf8), if: .absent)
    #expect(first.size == 3 && Int64(first.version)! > 0)
    expect(.preconditionFailed) { _ = try service.put(key, [], if: .absent) }
    let second = try service.put(key, Array("two!".utf8), if: .version(first.version))
    #expect(second.version != first.version)
    expect(.preconditionFailed) { _ = try service.put(key, [], if: .version(first.version)) }
    for odd in ["", "0", "-1", "x", "01", "99999999999999999999"] {
      expect(.preconditionFailed) { _ = try service.put(key, [], if: .version(odd)) }
      expect(.preconditionFailed) { try service.delete(key, ifVersion: odd) }
    }
    #expect(try service.read(key) == Array("two!".utf8))
    let info = try service.info(key)
    #expect(info.size == 4 && info.version == second.version && info.lastModified <= info.storeTime)
    #expect(try service.open(key, range: nil, ifVersion: nil).info.lastModified == info.lastModified)
    expect(.preconditionFailed) { _ = try service.read(key, ifVersion: first.version) }
    #expect(try service.read(key, ifVersion: second.version).count == 4)
    expect(.preconditionFailed) { try service.delete(key, ifVersion: first.version) }
    try service.delete(key, ifVersion: second.version)
    expect(.notFound) { try service.delete(key, ifVersion: nil) }
    expect(.notFound) { _ = try service.info(key) }
    expect(.notFound) { _ = try service.read(key) }
    expect(.preconditionFailed) { _ = try service.put(key, [], if: .version(second.version)) }
  }

  @Test func rangesAreWithinTheObject() throws {
    try _ = service.put(key, Array("0123456789".utf8), if: .none)
    #expect(try service.read(key, range: 2..<5) == Array("234".utf8))
    let body = try service.open(key, range: 9..<10, ifVersion: nil)
    #expect(body.info.size == 10)
    for range in [5..<11, 10..<11, 20..<30] { expect(.invalid) { _ = try service.read(key, range: range) } }
    try _ = service.put(key, [], if: .none)
    #expect(try service.read(key) == [])
    expect(.invalid) { _ = try service.read(key, range: 0..<1) }
  }

  @Test func whatWasStoredCompressedIsReadAsItIsStored() throws {
    let name = "t-gzip/x"
    let parts = [
      "--B\r\ncontent-type: application/json\r\n\r\n{\"name\":\"\(name)\",\"contentEncoding\":\"gzip\"}\r\n",
      "--B\r\ncontent-type: text/plain\r\n\r\nnot really gzip\r\n--B--",
    ]
    var request = HTTPRequest(
      "\(Stub.shared.address)/upload/storage/v1/b/bucket/o?uploadType=multipart", method: "POST",
      headers: ["Content-Type": "multipart/related; boundary=B"])
    request.body = Array(parts.joined().utf8)
    try HTTPClient().send(request).requireSuccess()
    let service = try Stub.shared.service(GCSLocation("gs://bucket/t-gzip"))
    #expect(try service.read(ObjectKey("x")) == Array("not really gzip".utf8))
  }

  @Test func wholeObjectsAreCopiedByTheServer() throws {
    let stub = try Stub()
    let (service, other) = (try stub.service(), try ObjectKey("copy"))
    try _ = service.put(key, bytes(1000), if: .absent)
    let written = try service.rewrite(other, from: key, if: .absent)
    #expect(written.size == 1000)
    #expect(try service.read(other) == bytes(1000))
    expect(.preconditionFailed) { _ = try service.rewrite(other, from: key, if: .absent) }
    expect(.notFound) { _ = try service.rewrite(other, from: ObjectKey("none"), if: .none) }
    // In several steps, as between classes of storage.
    try stub.control("settings", #"{"rewrite_bytes": 300}"#)
    try _ = service.rewrite(other, from: key, if: .version(written.version))
    #expect(try stub.log().filter { $0.contains("rewriteToken=") }.count == 3)
    // A store's writer does so if its whole content is one object.
    let store = stub.store(service)
    let writer = try store.create(ObjectKey("whole"), if: .absent)
    try writer.copy(from: key, range: 0..<1000)
    #expect(try writer.commit().size == 1000)
    #expect(store.requests[.copy] == 1)
    let longer = try store.create(ObjectKey("longer"), if: .absent)
    try longer.copy(from: key, range: 0..<1000)
    try longer.write([7])
    #expect(try longer.commit().size == 1001)
    #expect(try service.read(ObjectKey("longer")) == bytes(1000) + [7])
  }

  @Test func pagesBeginAfterAKey() throws {
    let names = ["a", "a!b", "a/b", "a/ü", "aé", "b/1", "b/10", "b/2", "c"]
    for name in names { try _ = service.put(ObjectKey(name), [1, 2], if: .absent) }
    let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for limit in [1, 2, 3, 9, 10, 5000] {
      for prefix in ["", "a", "b/1", "z"] {
        var (seen, after): ([String], String?) = ([], nil)
        while true {
          let page = try service.list(prefix: prefix, after: after, limit: limit)
          #expect(page.entries.count <= limit && page.entries.allSatisfy { $0.size == 2 })
          seen += page.entries.map(\.key.description)
          guard page.more, !page.entries.isEmpty else { break }
          after = seen.last
        }
        #expect(
          seen == sorted.filter { $0.utf8.starts(with: prefix.utf8) }, "limit \(limit), prefix \(prefix)")
      }
    }
    // A key need not exist to begin after it, nor is it left out if it is the first.
    #expect(try service.list(prefix: "", after: "b/1!", limit: 1).entries.map(\.key.description) == ["b/10"])
    #expect(try service.list(prefix: "b", after: "a", limit: 1).entries.map(\.key.description) == ["b/1"])
    #expect(try service.list(prefix: "", after: "c", limit: 9).entries.isEmpty)
  }

  @Test func whatIsNoKeyOfOursIsLeftOut() throws {
    let place = try Stub.shared.place()
    let folder = place.prefix.dropLast()
    for name in ["x/", "x//y", "x/z"] {
      let encoded = "\(folder)/\(name)".replacing("/", with: "%2F")
      let url = "\(Stub.shared.address)/upload/storage/v1/b/bucket/o?uploadType=media&name=\(encoded)"
      try HTTPClient().send(HTTPRequest(url, method: "POST", body: [1])).requireSuccess()
    }
    let page = try Stub.shared.service(place).list(prefix: "", after: nil, limit: 1)
    #expect(page.entries.map(\.key.description) == ["x/z"] && !page.more)
  }

  @Test func theClockIsTheServices() throws {
    let before = try service.put(key, [1], if: .none).storeTime
    let now = try service.now()
    #expect(now >= before && now.seconds(since: before) < 60)
  }

  @Test func urisAreTheEngines() throws {
    let service = try Stub.shared.service(GCSLocation("gs://bucket/p/q/"))
    #expect(service.uri(of: key) == "gs://bucket/p/q/\(key)" && service.location == "gs://bucket/p/q")
  }
}
