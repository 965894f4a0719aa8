import Basics
import ObjectStore
import StrandlineTesting
import Testing

/// A store in front of another behaves as one, and the one behind is never written to.
@Suite struct OverlayStoreTests {
  @Test(arguments: StoreConformance.checks)
  func behavesAsAStore(_ check: StoreConformance.Check) throws {
    let base = CountingStore(MemoryStore())
    try check.run(OverlayStore(over: base, writingTo: MemoryStore()))
    expectReadOnly(base)
  }

  @Test(arguments: StoreConformance.checks)
  func behavesAsAStoreInADirectory(_ check: StoreConformance.Check) throws {
    let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
    try check.run(
      OverlayStore(
        over: DirectoryStore(path: folder.path, create: false),
        writingTo: DirectoryStore(path: other.path, create: false)))
    #expect(try folder.names() == [".strandline"])
  }

  private func expectReadOnly(_ base: CountingStore) {
    let writes = base.log.filter { $0.hasPrefix("commit") || $0.hasPrefix("delete") || $0.hasPrefix("copy") }
    #expect(writes.isEmpty, "\(writes)")
  }

  @Test func whatIsBehindIsReplacedAndDeletedInFrontAlone() throws {
    let (memory, top) = (MemoryStore(), MemoryStore())
    let (a, b, c) = (try ObjectKey("f/a"), try ObjectKey("f/b"), try ObjectKey("f/c"))
    let first = try memory.put(a, [1], if: .absent)
    try memory.put(b, [2], if: .absent)
    let base = CountingStore(memory)
    let store = OverlayStore(over: base, writingTo: top)
    #expect(throws: StoreError.self) { try store.put(a, [9], if: .absent) }
    #expect(throws: StoreError.self) { try store.put(a, [9], if: .version("other")) }
    let second = try store.put(a, [3, 3], if: .version(first.version))
    #expect(throws: StoreError.self) { try store.put(a, [9], if: .version(first.version)) }
    let third = try store.put(a, [4, 4, 4], if: .version(second.version))
    #expect(try store.get(a).bytes == [4, 4, 4] && store.info(a).version == third.version)
    try store.delete(b, ifVersion: store.info(b).version)
    #expect(try store.getIfPresent(b) == nil)
    try store.put(c, [5], if: .absent)
    #expect(try store.list(prefix: "f/", after: nil, limit: 9).entries.map(\.key) == [a, c])
    let page = try store.list(prefix: "", after: nil, limit: 1)
    #expect(page.entries.map(\.size) == [3] && page.more)
    #expect(try !store.list(prefix: "", after: "f/a", limit: 1).more)
    try store.put(b, [6], if: .absent)
    #expect(try store.get(b).bytes == [6])
    try store.delete(b, ifVersion: nil)
    #expect(throws: StoreError.self) { try store.info(b) }
    #expect(store.changes.map(\.size) == [2, 3, nil, 1, 1, nil])
    // Another process goes on with it.
    let next = OverlayStore(over: base, writingTo: top)
    #expect(try next.get(a).bytes == [4, 4, 4] && next.getIfPresent(b) == nil)
    expectReadOnly(base)
    #expect(try memory.get(a).bytes == [1] && memory.get(b).bytes == [2])
  }

  /// Ages are told by the clock behind, however much the clock in front is off.
  @Test func agesAreThoseOfOneClock() throws {
    let (base, top) = (MemoryStore(), MemoryStore(time: Instant(seconds: 5)))
    let store = OverlayStore(over: base, writingTo: top)
    let key = try ObjectKey("k")
    try store.put(key, [1], if: .absent)
    base.advance(bySeconds: 30)
    top.advance(bySeconds: 30)
    let info = try store.info(key)
    #expect(try info.storeTime == base.now())
    #expect(info.storeTime.seconds(since: info.lastModified) == 30)
  }
}
