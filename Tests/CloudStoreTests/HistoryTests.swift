import Basics
import CloudStore
import ObjectStore
import StrandlineTesting
import Synchronization
import Testing

/// Seeded histories against a model: whatever fails, an answer tells the truth.
@Suite struct HistoryTests {
  @Test(arguments: MemoryService.Habits.all)
  func oneWriter(_ habits: MemoryService.Habits) throws {
    var faults = 0
    var kinds: [String: Int] = [:]
    for seed in 0..<1000 as Range<UInt64> {
      let history = OneWriter(habits, seed: seed)
      try history.run(steps: 25)
      faults += history.faulty.count
      kinds.merge(history.outcomes) { $0 + $1 }
    }
    // The mixture has to reach all of them, or the test shows little.
    for kind in ["done", "preconditionFailed", "notFound", "ambiguous", "invalid"] {
      #expect(kinds[kind, default: 0] > 50, "\(kinds)")
    }
    #expect(faults > 10_000)
  }

  @Test(arguments: MemoryService.Habits.all)
  func severalWriters(_ habits: MemoryService.Habits) throws {
    let key = try ObjectKey("feed/counter")
    for seed in 0..<60 as Range<UInt64> {
      let rig = Rig(habits)
      try rig.store().put(key, Array("0".utf8), if: .absent)
      let problems = Mutex<[String]>([])
      onThreads(4) { thread in
        let faulty = FaultyService(rig.service, seed: seed * 10 + UInt64(thread))
        let store = rig.store(over: faulty, seed: seed * 10 + UInt64(thread))
        for _ in 0..<5 {
          do throws(StoreError) {
            while true {
              do throws(StoreError) { try StoreConformance.increment(key, in: store) } catch {
                if error.kind == .unavailable { continue }
                throw error
              }
              break
            }
          } catch { problems.withLock { $0.append("\(error.kind): \(error)") } }
        }
        faulty.arrive()
      }
      #expect(problems.withLock { $0 } == [], "seed \(seed)")
      #expect(try StoreConformance.total(key, in: rig.store()) == 20, "seed \(seed)")
    }
  }

  /// Of many that create an object with lost answers, exactly one is told that it did.
  @Test(arguments: MemoryService.Habits.all)
  func oneCreator(_ habits: MemoryService.Habits) throws {
    for seed in 0..<100 as Range<UInt64> {
      let rig = Rig(habits)
      let key = try ObjectKey("once")
      let size = seed % 2 == 0 ? 10 : 20_000
      let told = Mutex<[String]>([])
      onThreads(4) { thread in
        let store = rig.store(over: FaultyService(rig.service, seed: seed * 10 + UInt64(thread)), seed: seed)
        do throws(StoreError) {
          try store.put(key, content(thread, size), if: .absent)
          told.withLock { $0.append("won \(thread)") }
        } catch {
          if error.kind != .preconditionFailed { told.withLock { $0.append("\(error.kind) \(thread)") } }
        }
      }
      let won = told.withLock { $0.filter { $0.hasPrefix("won") } }
      let unsure = told.withLock { $0.filter { $0.hasPrefix("ambiguous") } }
      #expect(won.count <= 1 && won.count + unsure.count >= 1, "seed \(seed): \(told.withLock { $0 })")
      if let winner = won.first.flatMap({ Int($0.dropFirst(4)) }) {
        #expect(rig.service.bytes(key) == content(winner, size), "seed \(seed)")
      }
    }
  }
}
