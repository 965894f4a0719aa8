import Basics
import Glibc
import ObjectStore
import StrandlineTesting
import Testing

@Suite struct DirectoryStoreTests {
  let folder: TemporaryFolder
  let store: DirectoryStore

  init() throws {
    folder = try TemporaryFolder()
    store = try DirectoryStore(path: folder.path, create: false)
  }

  private func refusal(_ work: () throws -> Void) -> StoreError? {
    #expect(throws: StoreError.self) { try work() }
  }

  private func shell(_ command: String) throws {
    let done = try runProcess("sh", ["-ec", command], directory: folder.path)
    #expect(done.status == 0, "\(done.errorText)")
  }

  @Test func anObjectIsTheFileAtItsKeysPath() throws {
    let key = try ObjectKey("feed/runs/é.json")
    try store.put(key, Array("text".utf8), if: .absent)
    #expect(store.uri(of: key) == folder.path + "/feed/runs/é.json")
    #expect(try runProcess("cat", [store.uri(of: key)]).outputText == "text")
    #expect(store.location == folder.path)
  }

  @Test func uriIsAbsoluteThroughLinksAndRelativePaths() throws {
    try shell("mkdir real; ln -s real link")
    let linked = try DirectoryStore(path: folder.path + "/link/../link/.", create: true)
    #expect(linked.uri(of: try ObjectKey("a")) == folder.path + "/real/a")
    let out = try runProcess(builtExecutable("StoreRace"), ["put", "real", "k", "v"], directory: folder.path)
    #expect(out.status == 0, "\(out.outputText)")
    #expect(try linked.get(ObjectKey("k")).bytes == [0x76])
  }

  @Test func theRootIsMadeOrMissed() throws {
    let path = folder.path + "/x/y/z"
    let error = refusal { _ = try DirectoryStore(path: path, create: false) }
    #expect(error?.kind == .unavailable)
    #expect(error?.message == "no such directory: \(path); create it, or mount what it is on")
    let made = try DirectoryStore(path: path, create: true)
    try made.put(ObjectKey("k"), [1], if: .absent)
    _ = try DirectoryStore(path: path, create: true)
    #expect(try folder.names("x/y/z") == [".strandline", "k"])
  }

  @Test func aRootThatIsNoDirectoryIsRefused() throws {
    try shell("touch file")
    for (path, create) in [("/file", false), ("/file", true), ("/file/below", true)] {
      let error = refusal { _ = try DirectoryStore(path: folder.path + path, create: create) }
      #expect(error?.kind == .denied)
      #expect(error?.message.contains("is no directory") == true)
    }
    #expect(refusal { _ = try DirectoryStore(path: "", create: true) }?.kind == .denied)
    #expect(refusal { _ = try DirectoryStore(path: "/tmp\0/x", create: true) }?.kind == .denied)
  }

  @Test func noKeyIsAFolderOfAnother() throws {
    try store.put(ObjectKey("a/b"), [1], if: .absent)
    for (text, said) in [
      ("a", "a folder a/ with objects in it"), ("a/b/c", "there is a/b:"), ("a/b/c/d", "a/b:"),
    ] {
      let key = try ObjectKey(text)
      for condition in [WriteCondition.none, .absent] {
        let error = refusal { try store.put(key, [2], if: condition) }
        #expect(error?.kind == .invalid)
        #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
      }
    }
    #expect(try folder.names(".strandline/tmp") == [])
    #expect(refusal { try store.delete(ObjectKey("a"), ifVersion: nil) }?.kind == .invalid)
    #expect(try store.get(ObjectKey("a/b")).bytes == [1])
  }

  @Test func anEmptyFolderIsInNobodysWay() throws {
    try shell("mkdir -p a/b")
    #expect(try store.list(prefix: "", after: nil, limit: 9).entries.isEmpty)
    try store.put(ObjectKey("a/b"), [1], if: .absent)
    #expect(try store.get(ObjectKey("a/b")).bytes == [1])
  }

  @Test func linksAreNotFollowed() throws {
    let outside = try TemporaryFolder()
    try DirectoryStore(path: outside.path, create: false).put(ObjectKey("secret"), [1], if: .absent)
    try shell("ln -s \(outside.path) out; ln -s \(outside.path)/secret file; ln -s nowhere dangling")
    for text in ["out/secret", "out/new", "out/deep/new", "file", "dangling"] {
      let key = try ObjectKey(text)
      let error = refusal { try store.put(key, [2], if: .none) }
      #expect(error?.kind == .invalid, "\(text): \(error.map { "\($0)" } ?? "")")
      #expect(error?.message.contains("symbolic link") == true)
      #expect(refusal { _ = try store.open(key, range: nil) }?.kind == .invalid)
      #expect(refusal { try store.delete(key, ifVersion: nil) }?.kind == .invalid)
    }
    #expect(try outside.names() == [".strandline", "secret"])
    #expect(try store.list(prefix: "", after: nil, limit: 9).entries.isEmpty)
    #expect(try store.list(prefix: "out/", after: nil, limit: 9).entries.isEmpty)
  }

  @Test func whatIsNoFileIsRefused() throws {
    try shell("mkfifo pipe")
    let key = try ObjectKey("pipe")
    #expect(refusal { _ = try store.open(key, range: nil) }?.kind == .invalid)
    #expect(refusal { try store.put(key, [1], if: .none) }?.kind == .invalid)
    #expect(try store.list(prefix: "", after: nil, limit: 9).entries.isEmpty)
  }

  @Test func filesThatAreNoKeysAreNotListed() throws {
    try shell(
      "touch 'back\\slash' .strandline-notes ok \"$(printf 'bad\\377')\"; mkdir .strandline2; touch .strandline2/x"
    )
    #expect(try store.list(prefix: "", after: nil, limit: 9).entries.map(\.key.description) == ["ok"])
  }

  @Test func aVersionNeverComesTwice() throws {
    // Same bytes, deleted and made anew within one tick of the clock, so that inodes and times come again.
    let key = try ObjectKey("k")
    var versions: Set<String> = []
    for _ in 0..<200 {
      versions.insert(try store.put(key, [1], if: .absent).version)
      versions.insert(try store.put(key, [1], if: .none).version)
      try store.delete(key, ifVersion: nil)
    }
    #expect(versions.count == 400)
  }

  @Test func aStampIsLaterThanTheOneBefore() throws {
    func stamp(_ version: String) throws -> Int {
      try #require(version.split(separator: "-").first.flatMap { Int($0) })
    }
    let key = try ObjectKey("k")
    try store.put(key, [1], if: .absent)
    // As if the clock ticked slowly: whatever the tick, the next stamp is another.
    try shell("touch -d '+0.9 seconds' k")
    let old = try stamp(store.info(key).version)
    let next = try stamp(store.put(key, [1], if: .none).version)
    #expect(next > old)
    try store.delete(key, ifVersion: nil)
    try store.put(key, [1], if: .absent)
    let anew = try store.info(key)
    #expect(try stamp(anew.version) > next)
    #expect(anew.lastModified <= anew.storeTime)
  }

  @Test func aClockThatWasAheadIsNotFollowed() throws {
    let key = try ObjectKey("k")
    try store.put(key, [1], if: .absent)
    let before = try store.info(key)
    try shell("touch -d 2099-01-01 k")
    let ahead = try store.info(key)
    #expect(ahead.version != before.version)
    #expect(ahead.storeTime >= ahead.lastModified)
    try store.put(key, [1], if: .version(ahead.version))
    let after = try store.info(key)
    #expect(after.lastModified < ahead.lastModified)
    #expect(after.version != ahead.version && after.version != before.version)
    #expect(after.lastModified >= before.lastModified)
  }

  @Test func theTimeIsTheFileSystems() throws {
    let now = try store.now()
    try shell("touch probe")
    let written = try store.info(ObjectKey("probe"))
    #expect(now <= written.lastModified)
    #expect(written.lastModified.seconds(since: now) < 60)
  }

  @Test func aFileThatIsCutWhileItIsReadIsReported() throws {
    let key = try ObjectKey("k")
    try store.put(key, [UInt8](repeating: 1, count: 1000), if: .absent)
    let reader = try store.open(key, range: nil)
    try shell("truncate -s 10 k")
    var room = [UInt8](repeating: 0, count: 100)
    let error = refusal {
      for _ in 0..<3 {
        _ = unsafe try room.withUnsafeMutableBufferPointer { (room) throws(StoreError) in
          unsafe try reader.read(into: UnsafeMutableRawBufferPointer(room))
        }
      }
    }
    #expect(error?.kind == .unavailable)
    #expect(error?.message.contains("came short: it ends at byte 10 of 1000") == true)
  }

  @Test func namesThatAreTooLongForTheFileSystemAreRefused() throws {
    // A key is at most 900 bytes; the path it makes is only bounded by the file system, part by part.
    let long = try ObjectKey((0..<4).map { _ in String(repeating: "é", count: 100) }.joined(separator: "/"))
    try store.put(long, [1], if: .absent)
    #expect(try store.list(prefix: "", after: nil, limit: 9).entries.map(\.key) == [long])
  }

  @Test func aStoreTidiedAwayUnderAWriterIsReported() throws {
    let writer = try store.create(ObjectKey("k"), if: .absent)
    try shell("rm -r .strandline")
    let error = refusal { _ = try writer.commit() }
    #expect(error?.kind == .unavailable)
    #expect(error?.message.contains(".strandline/lock") == true)
    #expect(refusal { _ = try store.create(ObjectKey("k"), if: .absent) }?.kind == .unavailable)
    try DirectoryStore(path: folder.path, create: false).put(ObjectKey("k"), [1], if: .absent)
  }
}
