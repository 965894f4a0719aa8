import Basics
import CloudStore
import ObjectStore
import ObjectStoreS3
import Testing

/// Call by call against real servers.
@Suite struct ServiceTests {
  /// What S3's users find hard: signs, spaces, other letters, what looks encoded already.
  static let oddKeys = [
    "a+b", "a=b", "a b", "a%2Fb", "a&b;c", "é/日本語", "e\u{301}", "\u{1F600}", "a'b\"c<d>", "a*b(c)!",
    "x@y:z,$~",
    "q?r#s", "a//b".replacing("//", with: "/-/"), "[1]{2}|3^4`5",
  ]

  private func text(_ body: any ServiceBody) throws -> String {
    var all: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 1000)
    while true {
      let count = unsafe try room.withUnsafeMutableBytes { unsafe try body.read(into: $0) }
      if count == 0 { return String(decoding: all, as: UTF8.self) }
      all += room[..<count]
    }
  }

  private func expect(
    _ kind: ServiceError.Kind, _ work: () throws -> Void, _ place: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: ServiceError.self, sourceLocation: place) { try work() }
    #expect(error?.kind == kind, "\(error?.message ?? "")", sourceLocation: place)
  }

  @Test(arguments: Live.all) func writesAndReads(server: Live) throws {
    let service = try server.service("writes")
    let key = try ObjectKey("a/object")
    expect(.notFound) { _ = try service.info(key) }
    expect(.notFound) { _ = try service.open(key, range: nil, ifVersion: nil) }
    let written = try service.put(key, Array("0123456789".utf8), if: .absent)
    #expect(written.size == 10 && !written.version.contains("\""))
    let info = try service.info(key)
    #expect(info.size == 10 && info.version == written.version)
    #expect(abs(info.lastModified.seconds(since: info.storeTime)) < 60)
    #expect(abs(try service.now().seconds(since: info.storeTime)) < 60)
    let whole = try service.open(key, range: nil, ifVersion: nil)
    #expect(whole.info.size == 10 && whole.info.version == info.version)
    #expect(try text(whole) == "0123456789")
    let part = try service.open(key, range: 2..<5, ifVersion: info.version)
    #expect(part.info.size == 10)
    #expect(try text(part) == "234")
    expect(.invalid) { _ = try service.open(key, range: 8..<11, ifVersion: nil) }
    expect(.invalid) { _ = try service.open(key, range: 10..<11, ifVersion: nil) }
    let empty = try ObjectKey("empty")
    #expect(try service.put(empty, [], if: .none).size == 0)
    #expect(try text(service.open(empty, range: nil, ifVersion: nil)) == "")
    try service.delete(key, ifVersion: nil)
    expect(.notFound) { _ = try service.info(key) }
  }

  @Test(arguments: Live.all) func keepsConditions(server: Live) throws {
    let service = try server.service("conditions")
    let key = try ObjectKey("object")
    expect(.preconditionFailed) {
      _ = try service.put(key, [1], if: .version("d41d8cd98f00b204e9800998ecf8427e"))
    }
    let first = try service.put(key, [1], if: .absent)
    expect(.preconditionFailed) { _ = try service.put(key, [2], if: .absent) }
    let second = try service.put(key, [2], if: .version(first.version))
    #expect(second.version != first.version)
    expect(.preconditionFailed) { _ = try service.put(key, [3], if: .version(first.version)) }
    expect(.preconditionFailed) { _ = try service.open(key, range: nil, ifVersion: first.version) }
    #expect(try text(service.open(key, range: nil, ifVersion: second.version)) == "\u{2}")
    // Another process, which has not learnt yet who answers.
    let other = try server.service("conditions")
    let third = try other.put(key, [3], if: .version(second.version))
    #expect(try service.info(key).version == third.version)
  }

  @Test(arguments: Live.all, ["", "when_supported", "when_required"])
  func completesUploads(server: Live, checksums: String) throws {
    let service = try server.service(
      "uploads/\(checksums)x", ["AWS_REQUEST_CHECKSUM_CALCULATION": checksums])
    let (key, source) = (try ObjectKey("parts"), try ObjectKey("source +é"))
    let long = [UInt8](repeating: 65, count: 5 << 20)
    _ = try service.put(source, long + long, if: .none)
    func upload(_ condition: WriteCondition) throws -> Written {
      let upload = try service.beginUpload(key, if: condition)
      let parts = [
        try service.send(UploadPart(number: 1, offset: 0), long, of: upload),
        try service.copy(
          UploadPart(number: 2, offset: 5 << 20), from: source, range: 1..<5 << 20 + 1, of: upload),
        try service.send(
          UploadPart(number: 3, offset: 10 << 20, total: 10 << 20 + 3), [1, 2, 3], of: upload),
      ]
      do { return try service.complete(upload, parts, if: condition) } catch {
        try service.abort(upload)
        throw error
      }
    }
    expect(.preconditionFailed) { _ = try upload(.version("0000-1")) }
    let written = try upload(.absent)
    #expect(written.size == 10 << 20 + 3)
    let info = try service.info(key)
    #expect(info.size == written.size && info.version == written.version)
    expect(.preconditionFailed) { _ = try upload(.absent) }
    expect(.preconditionFailed) { _ = try upload(.version("0000-1")) }
    #expect(try service.info(key).version == written.version)
    _ = try upload(.version(written.version))
    let body = try service.open(key, range: nil, ifVersion: nil)
    let text = try text(body)
    #expect(text.utf8.count == info.size && text.hasSuffix("A\u{1}\u{2}\u{3}"))
  }

  @Test(arguments: Live.all) func findsAbandonedUploads(server: Live) throws {
    let service = try server.service("abandoned")
    let odd = try Self.oddKeys.map { try ObjectKey("x/\($0)") }
    let uploads = try odd.map { try service.beginUpload($0, if: .none) }
    _ = try service.beginUpload(ObjectKey("y"), if: .none)
    let later = try service.now().advanced(bySeconds: 60)
    let found = Set(try service.abandoned(prefix: "x/", before: later))
    #expect(
      found == Set(uploads),
      "\(found.subtracting(uploads).map(\.key)) for \(Set(uploads).subtracting(found).map(\.key))")
    // moto says of every upload that it was begun in 2010.
    if server != .moto {
      #expect(try service.abandoned(prefix: "x/", before: later.advanced(bySeconds: -3600)) == [])
    }
    for upload in uploads { try service.abort(upload) }
    #expect(try service.abandoned(prefix: "x/", before: later) == [])
    #expect(try service.abandoned(prefix: "", before: later).map(\.key.description) == ["y"])
    let part = UploadPart(number: 1, offset: 0)
    // moto answers 500 to a part of an upload that it does not know.
    expect(server == .moto ? .failed : .noSuchUpload) { _ = try service.send(part, [1], of: uploads[0]) }
    expect(.noSuchUpload) {
      _ = try service.complete(uploads[0], [PartReceipt(number: 1, tag: "e 1")], if: .none)
    }
  }

  @Test(arguments: Live.all) func listsInPages(server: Live) throws {
    let service = try server.service("lists")
    let names = Self.oddKeys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for name in names { _ = try service.put(ObjectKey(name), Array(name.utf8), if: .absent) }
    for limit in [1, 3, 1000] {
      var (found, after): ([String], String?) = ([], nil)
      while true {
        let page = try service.list(prefix: "", after: after, limit: limit)
        #expect(page.entries.count <= limit)
        found += page.entries.map(\.key.description)
        #expect(page.entries.allSatisfy { $0.size == $0.key.description.utf8.count })
        after = found.last
        if !page.more { break }
      }
      #expect(found.elementsEqual(names) { $0.utf8.elementsEqual($1.utf8) }, "\(found)")
    }
    #expect(try service.list(prefix: "é/", after: nil, limit: 9).entries.count == 1)
    expect(.invalid) { _ = try service.list(prefix: "", after: nil, limit: 0) }
  }

  @Test(arguments: Live.all) func agreesWithAnotherClient(server: Live) throws {
    let service = try server.service("boto")
    for name in Self.oddKeys {
      _ = try service.put(ObjectKey("ours/\(name)"), Array("of \(name)".utf8), if: .none)
    }
    let ours = Self.oddKeys.map { "boto/ours/\($0)" }
    let read = try server.boto(ours.map { ["get", $0] } + [["list", "boto/ours/"]])
    #expect(read.dropLast().map { $0[0] } == Self.oddKeys.map { "of \($0)" })
    #expect(Set(read.last ?? []) == Set(ours))
    try server.boto(
      Self.oddKeys.map { ["put", "boto/theirs/\($0)", "by boto: \($0)"] } + [
        ["put", "boto/theirs/folder/", ""]
      ])
    for name in Self.oddKeys {
      let body = try service.open(ObjectKey("theirs/\(name)"), range: nil, ifVersion: nil)
      #expect(try text(body) == "by boto: \(name)")
    }
    var listed: [String] = []
    var page = try service.list(prefix: "theirs/", after: nil, limit: 1)
    while let last = page.entries.last {
      listed.append(last.key.description)
      if !page.more { break }
      page = try service.list(prefix: "theirs/", after: last.key.description, limit: 1)
    }
    // Not the folder, which is no key of ours.
    #expect(Set(listed) == Set(Self.oddKeys.map { "theirs/\($0)" }) && listed.count == Self.oddKeys.count)
  }

  @Test(arguments: Live.all) func saysThatThereIsNoBucket(server: Live) throws {
    let service = try S3Service("s3://nowhere/x", in: world(server.variables()))
    let key = try ObjectKey("a")
    for work in [
      { _ = try service.put(key, [1], if: .absent) },
      { _ = try service.open(key, range: nil, ifVersion: nil) },
      { _ = try service.list(prefix: "", after: nil, limit: 1) },
    ] {
      let error = #expect(throws: ServiceError.self) { try work() }
      #expect(
        error?.kind == .denied && error?.message.contains("NoSuchBucket") == true, "\(error?.message ?? "")")
      #expect(error?.message.contains("make the bucket nowhere") == true)
    }
  }
}
