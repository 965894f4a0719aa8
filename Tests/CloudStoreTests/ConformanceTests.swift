import Basics
import CloudStore
import ObjectStore
import StrandlineTesting
import Testing

@Suite struct ConformanceTests {
  @Test(arguments: StoreConformance.checks, MemoryService.Habits.all)
  func small(_ check: StoreConformance.Check, _ habits: MemoryService.Habits) throws {
    let rig = Rig(habits)
    try check.run(rig.store())
    #expect(rig.service.openUploads == 0, "an upload was left open")
    #expect(rig.log.warnings == [])
  }

  @Test(arguments: StoreConformance.checks, MemoryService.Habits.all)
  func large(_ check: StoreConformance.Check, _ habits: MemoryService.Habits) throws {
    try check.run(Rig(habits).store(sizes: CloudSizes()))
  }

  @Test(arguments: StoreConformance.checks, MemoryService.Habits.all)
  func faulty(_ check: StoreConformance.Check, _ habits: MemoryService.Habits) throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      let rig = Rig(habits)
      var faults = FaultyService.Faults()
      // These look for refusals where a first try without an answer leaves a doubt, or use names again.
      faults.onlyCertain = [
        "compare-and-swap wants the version that is there", "a deleted object is gone, once",
        "delete may want a version", "objects come and go beside each other",
      ].contains(check.description)
      let faulty = FaultyService(rig.service, seed: seed, faults)
      var sizes = Rig.small
      // What is read slowly while it is replaced cannot be gone on with once its connection broke.
      sizes.atOnce = 300_000
      try check.run(rig.store(over: faulty, seed: seed, sizes: sizes))
    }
  }
}
