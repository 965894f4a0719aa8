import Basics
import ObjectStore
import StrandlineTesting
import Synchronization
import Testing

/// Faults by a seed, one by one.
@Suite struct ChaosTests {
  /// What a process went through.
  private final class Life: Sendable {
    let said = Mutex<[String]>([])
    let slept = Mutex<[Int]>([])
    let deaths = Mutex(0)

    func chaos(_ seed: ChaosSeed, process: String = "fetch") -> Chaos {
      Chaos(
        seed, process: process, sleep: { milliseconds in self.slept.withLock { $0.append(milliseconds) } },
        die: { () throws(StoreError) in
          self.deaths.withLock { $0 += 1 }
          throw StoreError(.unavailable, key: "", "dead")
        }, say: { text in self.said.withLock { $0.append(text) } })
    }
  }

  private static let all = ChaosSeed(seed: 7, strength: 100)

  /// A number at which something happens to an operation, after so many that are only late.
  private func number(of wanted: (Chaos.Fault) -> Bool, in chaos: Chaos, late: Int = 0) throws -> Int {
    func isLate(_ number: Int) -> Bool {
      if case .late? = chaos.fault(at: number) { return true }
      return false
    }
    return try #require(
      (1 + late..<5000).first { number in
        chaos.fault(at: number).map(wanted) == true && (number - late..<number).allSatisfy(isLate)
      })
  }

  /// Lets operations pass until the next one has this number.
  private func pass(to number: Int, _ store: any ObjectStore) { for _ in 1..<number { _ = try? store.now() } }

  @Test func aSeedIsReadAsItIsWritten() {
    #expect(ChaosSeed("7") { 0 } == ChaosSeed(seed: 7, strength: 5))
    #expect(ChaosSeed("7:20") { 0 } == ChaosSeed(seed: 7, strength: 20))
    #expect(ChaosSeed("random:100") { 12 } == ChaosSeed(seed: 12, strength: 100))
    #expect(ChaosSeed(seed: 7, strength: 20).description == "7:20")
    for text in ["", ":", ":5", "x", "7:", "7:0", "7:101", "7:x", "7:5:1", "-1", "7 ", "Random", "1e3"] {
      #expect(ChaosSeed(text) { 0 } == nil, "\(text)")
    }
  }

  @Test func theSameSeedIsTheSameFaults() {
    func faults(_ seed: ChaosSeed, _ process: String) -> [Chaos.Fault?] {
      let chaos = Life().chaos(seed, process: process)
      return (1...500).map { chaos.fault(at: $0) }
    }
    let some = ChaosSeed(seed: 1, strength: 5)
    #expect(faults(some, "fetch") == faults(some, "fetch"))
    #expect(faults(some, "fetch") != faults(some, "dedupe"))
    #expect(faults(some, "fetch") != faults(ChaosSeed(seed: 2, strength: 5), "fetch"))
    let count = faults(some, "fetch").count { $0 != nil }
    #expect((10...50).contains(count), "\(count) of 500, at 5 of 100")
    #expect(!faults(ChaosSeed(seed: 1, strength: 100), "fetch").contains(nil))
  }

  @Test(arguments: [
    Chaos.Fault.fails, .unanswered, .unansweredAndLost, .deathBefore, .deathAfter,
  ])
  func aChangeMeetsEachFault(_ fault: Chaos.Fault) throws {
    let life = Life()
    let chaos = life.chaos(Self.all)
    let number = try number(of: { $0 == fault }, in: chaos, late: 1)
    let inner = MemoryStore()
    let store = chaos.disturb(inner)
    let key = try ObjectKey("k")
    pass(to: number - 1, store)
    let deaths = life.deaths.withLock { $0 }
    let error = #expect(throws: StoreError.self) { try store.put(key, [1], if: .absent) }
    #expect((try inner.getIfPresent(key) != nil) == [.unanswered, .deathAfter].contains(fault))
    let isInDoubt = [.unanswered, .unansweredAndLost].contains(fault)
    #expect(error?.kind == (isInDoubt ? .ambiguous : .unavailable))
    #expect(life.deaths.withLock { $0 } - deaths == ([.deathBefore, .deathAfter].contains(fault) ? 1 : 0))
    // Told from a real one.
    let said = try #require(life.said.withLock { $0.last })
    #expect(
      said.hasPrefix("simulated fault \(number) of 7:100, at operation \(number) of fetch (commit k): "))
    if error?.message != "dead" { #expect(error?.message.hasPrefix("simulated fault \(number) of") == true) }
  }

  @Test func whatIsLateTakesPlace() throws {
    let life = Life()
    let chaos = life.chaos(Self.all)
    let inner = MemoryStore()
    let store = chaos.disturb(inner)
    let number = try number(of: { _ in true }, in: chaos, late: 3)
    pass(to: number - 3, store)
    let slept = life.slept.withLock { $0.count }
    let key = try ObjectKey("k")
    try store.put(key, [1], if: .absent)
    try store.delete(key, ifVersion: nil)
    #expect(life.slept.withLock { $0.count } == slept + 3)
    #expect(life.slept.withLock { $0.allSatisfy { (10..<500).contains($0) } })
  }

  @Test func aRefusalIsNotInDoubt() throws {
    let chaos = Life().chaos(Self.all)
    let store = chaos.disturb(MemoryStore())
    pass(to: try number(of: { $0 == .unanswered }, in: chaos), store)
    let error = #expect(throws: StoreError.self) { try store.delete(ObjectKey("k"), ifVersion: nil) }
    #expect(error?.kind == .notFound)
  }

  @Test func whatIsReadBreaksOffOnce() throws {
    let chaos = Life().chaos(Self.all)
    let inner = MemoryStore()
    let store = chaos.disturb(inner)
    let key = try ObjectKey("k")
    try inner.put(key, [1, 2, 3], if: .absent)
    pass(to: try number(of: { $0 == .unanswered }, in: chaos), store)
    let reader = try store.open(key, range: nil)
    func read() throws(StoreError) -> [UInt8] {
      var problem: StoreError?
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 3) { (room, count) in
        do throws(StoreError) {
          count = unsafe try reader.read(into: UnsafeMutableRawBufferPointer(room))
        } catch {
          problem = error
        }
      }
      if let problem { throw problem }
      return bytes
    }
    let error = #expect(throws: StoreError.self) { try read() }
    #expect(error?.kind == .unavailable)
    #expect(error?.message.contains("the connection broke") == true)
    #expect(try read() == [1, 2, 3])
  }
}
