import Basics
import FeedSources
import ObjectStore
import StrandlineTesting
import Testing

/// A dump that is an object of a store.
@Suite struct ObjectSourceTests {
  private let store = MemoryStore()

  private var opener: SourceOpener {
    SourceOpener(clock: ManualClock(), log: RecordingLog(), randomness: ConstantRandomness()) {
      [store] (url) throws(Failure) in
      do {
        return StoredSource(
          store: store, key: try ObjectKey(String(url.dropFirst("s3://bucket/".utf8.count))))
      } catch { throw Failure(.settings, "\(error)") }
    }
  }

  private func open(_ url: String, etag: String? = nil) throws(Failure) -> Opened {
    var request = SourceRequest(try SourceLocation(url))
    request.etag = etag
    return try opener.open(request)
  }

  @Test func anObjectIsRead() throws {
    try store.put(ObjectKey("folder/dump.csv"), Array("id\n1\n".utf8), if: .absent)
    guard case .body(let body) = try open("s3://bucket/folder/dump.csv") else {
      Issue.record("nothing is read")
      return
    }
    #expect(body.expectedBytes == 5 && body.name == "s3://bucket/folder/dump.csv")
    #expect(try body.all() == Array("id\n1\n".utf8) && body.receivedBytes == 5)
  }

  @Test func theSameVersionIsNotReadAgain() throws {
    let key = try ObjectKey("dump.csv")
    let written = try store.put(key, Array("id\n".utf8), if: .absent)
    guard case .unchanged(let etag, _) = try open("gs://bucket/dump.csv", etag: written.version) else {
      Issue.record("the same version is read again")
      return
    }
    #expect(etag == written.version)
    try store.put(key, Array("id\n2\n".utf8), if: .none)
    guard case .body(let body) = try open("gs://bucket/dump.csv", etag: written.version) else {
      Issue.record("another version is not read")
      return
    }
    #expect(body.etag != written.version)
  }

  @Test func whatIsNotThereIsSaid() throws {
    let error = #expect(throws: Failure.self) { try open("s3://bucket/none.csv") }
    #expect(error?.kind == .unavailable && error?.message.contains("s3://bucket/none.csv") == true)
  }
}
