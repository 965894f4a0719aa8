import ObjectStore
import StrandlineTesting
import Testing

@Suite struct FaultyStoreTests {
  private func work(_ store: any ObjectStore) throws {
    let key = try ObjectKey("k")
    try store.put(key, [1], if: .absent)  // 1 create, 2 commit
    _ = try store.info(key)  // 3
    _ = try store.get(key)  // 4
    _ = try store.list(prefix: "", after: nil, limit: 1)  // 5
    _ = try store.now()  // 6
    try store.delete(key, ifVersion: nil)  // 7
  }

  @Test func countsAndTellsWhatIsDone() throws {
    let store = FaultyStore(MemoryStore())
    try work(store)
    #expect(store.log == ["create k", "commit k", "info k", "open k", "list", "now", "delete k"])
    #expect(store.operations == 7)
    #expect(!store.fired)
  }

  @Test(arguments: 1...7, [FaultyStore.Fault.before, .after])
  func diesAndStaysDead(_ number: Int, _ fault: FaultyStore.Fault) throws {
    let inner = MemoryStore()
    let store = FaultyStore(inner, at: number, fault)
    let error = #expect(throws: StoreError.self) { try work(store) }
    #expect(error?.kind == .unavailable)
    #expect(error?.message.hasPrefix(FaultyStore.mark) == true)
    #expect(store.fired)
    #expect(store.operations == number)
    #expect(throws: StoreError.self) { try store.now() }
    #expect(store.operations == number, "a dead process does nothing that counts")
    let done = fault == .after ? number : number - 1
    #expect((try inner.getIfPresent(ObjectKey("k")) != nil) == (2...6).contains(done))
  }

  @Test func theDeadNeitherReadNorWrite() throws {
    let store = FaultyStore(MemoryStore(), at: 5, .before)
    let key = try ObjectKey("k")
    try store.put(key, [1], if: .absent)
    let reader = try store.open(key, range: nil)
    let writer = try store.create(key, if: .none)
    #expect(throws: StoreError.self) { try store.now() }
    #expect(throws: StoreError.self) { try writer.write([1]) }
    #expect(throws: StoreError.self) { try writer.copy(from: key, range: 0..<1) }
    #expect(throws: StoreError.self) { try writer.commit() }
    #expect(throws: StoreError.self) {
      _ = unsafe try reader.read(into: UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }
  }

  @Test(arguments: [FaultyStore.Fault.ambiguous, .ambiguousAndLost])
  func losesOneAnswer(_ fault: FaultyStore.Fault) throws {
    let inner = MemoryStore()
    let store = FaultyStore(inner, at: 2, fault)
    let key = try ObjectKey("k")
    let error = #expect(throws: StoreError.self) { try store.put(key, [1], if: .absent) }
    #expect(error?.kind == .ambiguous)
    #expect(error?.message.hasPrefix(FaultyStore.mark) == true)
    #expect((try store.getIfPresent(key) != nil) == (fault == .ambiguous))
    try store.put(key, [2], if: .none)
  }

  @Test func aRefusalIsNotInDoubt() throws {
    let inner = MemoryStore()
    let key = try ObjectKey("k")
    try inner.put(key, [1], if: .absent)
    let error = #expect(throws: StoreError.self) {
      try FaultyStore(inner, at: 2, .ambiguous).put(key, [2], if: .absent)
    }
    #expect(error?.kind == .preconditionFailed)
  }

  @Test func otherOperationsAreNotInDoubt() throws {
    let store = FaultyStore(MemoryStore(), at: 6, .ambiguous)
    try work(store)
    #expect(!store.fired)
  }
}
