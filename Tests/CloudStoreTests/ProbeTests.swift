import Basics
import CloudStore
import ObjectStore
import StrandlineTesting
import Testing

@Suite struct ProbeTests {
  @Test(arguments: MemoryService.Habits.all)
  func aGoodStorePassesOnce(_ habits: MemoryService.Habits) throws {
    let rig = Rig(habits)
    let store = rig.store()
    try StoreProbe.ensure(store, randomness: SeededRandomness(seed: 1))
    #expect(rig.service.keys == [StoreProbe.answer], "only the answer is left")
    #expect(store.requests.total <= 8, "\(store.requests)")
    let later = rig.store()
    try StoreProbe.ensure(later, randomness: SeededRandomness(seed: 2))
    #expect(later.requests.description == "1 request: 1 class B (1 get)")
  }

  @Test(arguments: MemoryService.Habits.all)
  func faultsDoNotMisleadIt(_ habits: MemoryService.Habits) throws {
    for seed in 0..<300 as Range<UInt64> {
      let rig = Rig(habits)
      let store = rig.store(over: FaultyService(rig.service, seed: seed), seed: seed)
      do throws(StoreError) { try StoreProbe.ensure(store, randomness: SeededRandomness(seed: seed)) } catch {
        #expect(error.kind != .denied, "seed \(seed): \(error)")
      }
    }
  }

  @Test(arguments: MemoryService.Habits.all)
  func aProxyThatSendsTwiceDoesNotMisleadIt(_ habits: MemoryService.Habits) throws {
    var faults = FaultyService.Faults()
    faults.secondAnswers = 3
    for seed in 0..<100 as Range<UInt64> {
      let rig = Rig(habits)
      let store = rig.store(over: FaultyService(rig.service, seed: seed, faults), seed: seed)
      do throws(StoreError) { try StoreProbe.ensure(store, randomness: SeededRandomness(seed: seed)) } catch {
        #expect(error.kind != .denied, "seed \(seed): \(error)")
      }
    }
  }

  @Test(arguments: MemoryService.Habits.all)
  func aStoreThatIgnoresConditionsIsRefused(_ habits: MemoryService.Habits) throws {
    var careless = habits
    careless.honoursConditions = false
    for seed in 0..<100 as Range<UInt64> {
      let rig = Rig(careless)
      let faulty = FaultyService(rig.service, seed: seed)
      let store = rig.store(over: seed == 0 ? rig.service : faulty, seed: seed)
      let error = #expect(throws: StoreError.self) {
        try StoreProbe.ensure(store, randomness: SeededRandomness(seed: seed))
      }
      if seed == 0 {
        #expect(error?.kind == .denied)
        #expect(error?.message.contains("must not be used") == true)
        #expect(rig.service.keys == [])
      }
    }
  }

  @Test func itWorksOnAnyStore() throws {
    let store = MemoryStore()
    try StoreProbe.ensure(store, randomness: SeededRandomness(seed: 1))
    try StoreProbe.ensure(store, randomness: SeededRandomness(seed: 1))
    #expect(
      try store.list(prefix: "", after: nil, limit: 9).entries.map(\.key.description) == [StoreProbe.answer])
  }
}
