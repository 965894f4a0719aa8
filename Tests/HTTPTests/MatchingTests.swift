import Basics
import FeedFile
import FeedSources
import Glibc
import ObjectStore
import Records
import StrandlineTesting
import Testing

/// Sources that are patterns.
@Suite struct MatchingTests {
  private let scratch: Scratch
  private let store = MemoryStore()

  init() throws { scratch = try Scratch() }

  private var opener: SourceOpener {
    SourceOpener(clock: ManualClock(), log: RecordingLog(), randomness: ConstantRandomness()) {
      [store] (url) throws(Failure) in
      do {
        return StoredSource(
          store: store, key: try ObjectKey(String(url.dropFirst("s3://bucket/".utf8.count))))
      } catch { throw Failure(.settings, "\(error)") }
    }
  }

  private func open(
    _ pattern: String, _ take: Source.Take, etag: String? = nil, format: Format = .csv(delimiter: 44)
  ) throws(Failure) -> Opened {
    var request = SourceRequest(try SourceLocation(pattern))
    request.take = take
    request.format = format
    request.etag = etag
    return try opener.open(request)
  }

  private func text(
    _ pattern: String, _ take: Source.Take, format: Format = .csv(delimiter: 44), by size: Int = 1000
  ) throws -> String {
    String(decoding: try #require(open(pattern, take, format: format).body).all(by: size), as: UTF8.self)
  }

  /// Files are older the later they come in the alphabet.
  private func write(_ names: String...) throws {
    for (number, name) in names.enumerated() {
      let path = try scratch.write(name, Array("id\n\(name)\n".utf8))
      var times = [timespec(tv_sec: 1000 - number, tv_nsec: 0), timespec(tv_sec: 1000 - number, tv_nsec: 0)]
      try #require(unsafe utimensat(AT_FDCWD, path, &times, 0) == 0)
    }
  }

  @Test func filesAreTaken() throws {
    try write("b.csv", "c.csv", "a.csv", ".d.csv", "e.txt")
    let pattern = "\(scratch.path)/*.csv"
    for size in [1, 2, 1000] {
      #expect(try text(pattern, .all, by: size) == "id\na.csv\nb.csv\nc.csv\n")
    }
    #expect(try text(pattern, .newest) == "id\nb.csv\n")
    #expect(try text(pattern, .last) == "id\nc.csv\n")
    #expect(try text("\(scratch.path)/?.txt", .newest) == "id\ne.txt\n")
  }

  @Test func filesInFoldersAndPackedOnes() throws {
    for folder in ["x[1]", "x[1]/c.csv"] {
      try #require(unsafe mkdir("\(scratch.path)/\(folder)", 0o755) == 0)
    }
    _ = try scratch.write("x[1]/a.csv", Array("id\n1".utf8))
    _ = try scratch.write("x[1]/b.csv", try gzip([Array("id\n2\n".utf8)], in: scratch))
    #expect(try text("\(scratch.path)/x[1]/*.csv", .all) == "id\n1\n2\n")
    #expect(try text("\(scratch.path)/*/?.csv", .last) == "id\n2\n")
  }

  @Test func documentsArePutTogether() throws {
    _ = try scratch.write("a.json", Array("{\"items\":[1,2]}".utf8))
    _ = try scratch.write("b.json", Array("{\"items\":[]}".utf8))
    _ = try scratch.write("c.json", Array("{\"items\":[ 3 ]}".utf8))
    #expect(
      try text("\(scratch.path)/*.json", .all, format: .json(unwrap: ["items"])) == "{\"items\":[1,2,3]}")
  }

  @Test func aFileThatDoesNotFitIsNamed() throws {
    try write("a.csv", "b.csv")
    _ = try scratch.write("b.csv", Array("key\n1\n".utf8))
    let error = #expect(throws: Failure.self) { try text("\(scratch.path)/*.csv", .all) }
    #expect(error?.kind == .badData && error?.message.contains("/b.csv has another header") == true)
    _ = try scratch.write("b.csv", [])
    let empty = #expect(throws: Failure.self) { try text("\(scratch.path)/*.csv", .all) }
    #expect(empty?.message.contains("/b.csv is empty") == true, "\(empty?.message ?? "")")
  }

  @Test(arguments: Source.Take.allCases)
  func nothingMatches(take: Source.Take) throws {
    let error = #expect(throws: Failure.self) { try open("\(scratch.path)/*.none", take) }
    #expect(
      error?.kind == .unavailable && error?.message.contains("no file matches \(scratch.path)/*.none") == true
    )
    let object = #expect(throws: Failure.self) { try open("s3://bucket/none/*.csv", take) }
    #expect(
      object?.kind == .unavailable
        && object?.message.contains("no object matches s3://bucket/none/*.csv") == true)
  }

  @Test func objectsAreTaken() throws {
    var versions: [String] = []
    for name in ["in/b.csv", "in/a.csv", "in/c.txt", "in/deep/d.csv", "other/e.csv", "in/c[1].csv"] {
      versions.append(try store.put(ObjectKey(name), Array("id\n\(name)\n".utf8), if: .absent).version)
    }
    #expect(try text("s3://bucket/in/*.csv", .all) == "id\nin/a.csv\nin/b.csv\nin/c[1].csv\n")
    #expect(try text("s3://bucket/in/*.csv", .last) == "id\nin/c[1].csv\n")
    #expect(try text("s3://bucket/in/c[1]*.csv", .newest) == "id\nin/c[1].csv\n")
    #expect(try text("s3://bucket/in/*/?.csv", .newest) == "id\nin/deep/d.csv\n")
    let newest = try #require(open("s3://bucket/in/*.csv", .newest).body)
    #expect(newest.etag == versions[5] && newest.name == "s3://bucket/in/c[1].csv")
  }

  @Test(arguments: Source.Take.allCases)
  func theSameObjectsAreNotReadAgain(take: Source.Take) throws {
    for name in ["in/b.csv", "in/a.csv"] {
      try store.put(ObjectKey(name), Array("id\n1\n".utf8), if: .absent)
    }
    let etag = try #require(open("s3://bucket/in/*.csv", take).body?.etag)
    guard case .unchanged(let same, _) = try open("s3://bucket/in/*.csv", take, etag: etag) else {
      Issue.record("the same is read again")
      return
    }
    #expect(same == etag)
    try store.put(ObjectKey("in/c.csv"), Array("id\n2\n".utf8), if: .absent)
    let body = try #require(open("s3://bucket/in/*.csv", take, etag: etag).body)
    #expect(body.etag != etag)
  }
}
