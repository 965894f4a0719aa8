import Basics
import ObjectStore
import StrandlineTesting
import Testing

@Suite struct ConformanceTests {
  @Test(arguments: StoreConformance.checks)
  func memory(_ check: StoreConformance.Check) throws { try check.run(MemoryStore()) }

  @Test(arguments: StoreConformance.checks)
  func directory(_ check: StoreConformance.Check) throws {
    let folder = try TemporaryFolder()
    let store = try DirectoryStore(path: folder.path, create: false)
    try check.run(store)
    #expect(try folder.names(".strandline/tmp") == [], "temporary files were left")
  }

  @Test(arguments: StoreConformance.checks)
  func faultyWithoutFault(_ check: StoreConformance.Check) throws {
    try check.run(FaultyStore(MemoryStore()))
  }

  @Test func aStoreThatBreaksARuleIsFoundOut() {
    let failures = StoreConformance.failures { Careless() }
    #expect(failures.contains { $0.hasPrefix("create-only refuses what exists") }, "\(failures)")
    #expect(failures.contains { $0.hasPrefix("compare-and-swap wants the version") }, "\(failures)")
    #expect(failures.contains { $0.hasPrefix("a listing is in the order") }, "\(failures)")
    #expect(!failures.contains { $0.hasPrefix("an empty object is an object") }, "\(failures)")
  }

  @Test func theMemoryStoreRefusesWhatADirectoryRefuses() throws {
    let store = MemoryStore()
    try store.put(ObjectKey("a/b"), [1], if: .absent)
    for text in ["a", "a/b/c"] {
      let key = try ObjectKey(text)
      let error = #expect(throws: StoreError.self) { try store.put(key, [2], if: .none) }
      #expect(error?.kind == .invalid)
      #expect(error?.message.contains("folder of another") == true)
    }
    try store.put(ObjectKey("a/bc"), [1], if: .absent)
  }

  @Test func theMemoryStoresClockIsSet() throws {
    let store = MemoryStore(time: Instant(seconds: 100))
    let key = try ObjectKey("k")
    try store.put(key, [1], if: .absent)
    store.advance(bySeconds: 2.5)
    #expect(try store.info(key).lastModified == Instant(seconds: 100))
    #expect(try store.info(key).storeTime == Instant(microseconds: 102_500_000))
    store.setTime(Instant(seconds: 7))
    #expect(try store.now() == Instant(seconds: 7))
  }
}

/// Ignores conditions, as some imitations of S3 do, and lists backwards.
private struct Careless: StoreInFront {
  let base: any ObjectStore = MemoryStore()
  func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    try base.create(key, if: .none)
  }
  func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    try base.delete(key, ifVersion: nil)
  }
  func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    let page = try base.list(prefix: prefix, after: after, limit: limit)
    return ListPage(entries: page.entries.reversed(), more: page.more)
  }
}
