import Basics
import CloudStore
import ObjectStore
import StrandlineTesting
import Testing

/// One writer that does this and that, and a model of what there must be.
final class OneWriter {
  let rig: Rig
  let faulty: FaultyService
  private(set) var outcomes: [String: Int] = [:]
  private let store: CloudStore
  private let seed: UInt64
  private var random: SplitMix64
  private var model: [ObjectKey: [UInt8]] = [:]
  private var versions: [ObjectKey: [String]] = [:]
  private var contents = 0

  init(_ habits: MemoryService.Habits, seed: UInt64) {
    rig = Rig(habits)
    self.seed = seed
    var faults = FaultyService.Faults()
    // A name that was deleted and is used again could come back by a late write.
    if seed % 2 == 0 { faults.late = 0 }
    faulty = FaultyService(rig.service, seed: seed, faults)
    var policy = RetryPolicy()
    // Given up soon, so that this is seen too.
    policy.failures.tries = 3
    store = rig.store(over: faulty, seed: seed, policy: policy)
    random = SplitMix64(seed: seed &+ 99)
  }

  func run(steps: Int) throws {
    let keys = try ["a", "b/c", "b/d", "e"].map { try ObjectKey($0) }
    for step in 0..<steps {
      let key = random.pick(keys)
      switch random.below(10) {
      case 0...4: try write(key, keys)
      case 5...6: try read(key)
      case 7: if seed % 2 == 0 { try delete(key) }
      case 8: try list()
      default: try look(key)
      }
      #expect(rig.service.keys == model.keys.sorted().map(\.description), "seed \(seed), step \(step)")
      for (key, bytes) in model {
        #expect(rig.service.bytes(key) == bytes, "seed \(seed), step \(step): \(key)")
      }
    }
  }

  private func write(_ key: ObjectKey, _ keys: [ObjectKey]) throws {
    let old = model[key]
    let condition: WriteCondition =
      switch random.below(4) {
      case 0: .none
      case 1: .absent
      default: versions[key].map { .version(random.oneIn(4) ? random.pick($0) : $0[$0.count - 1]) } ?? .absent
      }
    let holds =
      switch condition {
      case .none: true
      case .absent: old == nil
      case .version(let version): old != nil && versions[key]?.last == version
      }
    contents += 1
    var bytes = content(contents, random.pick([10, 900, 3000, 8192, 8193, 20_000, 60_000]))
    do throws(StoreError) {
      let writer = try store.create(key, if: condition)
      var from = 0
      while from < bytes.count {
        let piece = min(bytes.count - from, 1 + random.below(30_000))
        try writer.write(Array(bytes[from..<from + piece]))
        from += piece
      }
      for _ in 0..<random.below(3) { bytes += try copy(random.pick(keys), writer) }
      let written = try writer.commit()
      note("done")
      #expect(holds, "seed \(seed): a write took place whose condition \(condition) did not hold")
      #expect(written.size == bytes.count)
      model[key] = bytes
      versions[key, default: []].append(written.version)
    } catch {
      note(error.kind.rawValue)
      faulty.arrive()
      let there = rig.service.bytes(key)
      switch error.kind {
      case .preconditionFailed: #expect(!holds, "seed \(seed): \(error)")
      case .unavailable: #expect(there == old, "seed \(seed): it took place all the same: \(error)")
      case .ambiguous:
        #expect(there == old || (holds && there == bytes), "seed \(seed): \(error)")
        if there != old {
          model[key] = bytes
          versions[key, default: []].append(try rig.service.info(key).version)
        }
      default: Issue.record("seed \(seed): \(error.kind) \(error)")
      }
    }
  }

  /// Appends a range of another object, one that may not be there.
  private func copy(_ key: ObjectKey, _ writer: any ObjectWriter) throws(StoreError) -> [UInt8] {
    let bytes = model[key] ?? []
    let range = someRange(bytes.count)
    do throws(StoreError) {
      try writer.copy(from: key, range: range)
    } catch {
      note(error.kind.rawValue)
      if error.kind == .unavailable { throw error }
      #expect(error.kind == (model[key] == nil ? .notFound : .invalid), "seed \(seed): \(error)")
      #expect(model[key] == nil || range.upperBound > bytes.count, "seed \(seed): \(error)")
      return []
    }
    return Array(bytes[range])
  }

  private func someRange(_ size: Int) -> Range<Int> {
    let lower = random.below(size + 1)
    return lower..<lower + random.below(size - lower + (random.oneIn(8) ? 20 : 1))
  }

  private func read(_ key: ObjectKey) throws {
    let bytes = model[key]
    let range = random.oneIn(2) ? nil : someRange(bytes?.count ?? 10)
    do throws(StoreError) {
      let reader = try store.open(key, range: range)
      var wanted = range ?? 0..<reader.info.size
      for _ in 0..<4 {
        try expect(reader, bytes ?? [], wanted)
        wanted = someRange(reader.info.size).clamped(to: 0..<reader.info.size)
        try reader.move(to: wanted)
      }
      note("done")
    } catch {
      note(error.kind.rawValue)
      switch error.kind {
      case .notFound: #expect(bytes == nil, "seed \(seed): \(error)")
      case .invalid: #expect((range?.upperBound ?? 0) > (bytes?.count ?? 0), "seed \(seed): \(error)")
      case .unavailable: break
      default: Issue.record("seed \(seed): \(error.kind) \(error)")
      }
    }
  }

  /// Reads some of a range, or all.
  private func expect(_ reader: any ObjectReader, _ bytes: [UInt8], _ range: Range<Int>) throws(StoreError) {
    var seen: [UInt8] = []
    let most = random.oneIn(2) ? random.below(range.count + 1) : .max
    var room = [UInt8](repeating: 0, count: 1 + random.below(9000))
    while seen.count < most {
      let count = unsafe try room.withUnsafeMutableBufferPointer { (room) throws(StoreError) in
        unsafe try reader.read(into: UnsafeMutableRawBufferPointer(room))
      }
      if count == 0 { break }
      seen += room[..<count]
    }
    #expect(seen.elementsEqual(bytes[range].prefix(seen.count)), "seed \(seed): other bytes of \(range)")
    #expect(seen.count >= min(most, range.count), "seed \(seed): \(range) came short")
  }

  private func delete(_ key: ObjectKey) throws {
    let version = random.oneIn(2) ? nil : versions[key].map { random.pick($0) }
    let isThere = model[key] != nil
    let holds = isThere && (version == nil || version == versions[key]?.last)
    do throws(StoreError) {
      try store.delete(key, ifVersion: version)
      note("done")
      // What is not there may be taken for what an earlier try removed.
      #expect(holds || !isThere, "seed \(seed): a delete took place")
      model[key] = nil
    } catch {
      note(error.kind.rawValue)
      switch error.kind {
      case .notFound: #expect(!isThere, "seed \(seed): \(error)")
      case .preconditionFailed: #expect(isThere && !holds, "seed \(seed): \(error)")
      case .unavailable: break
      case .ambiguous: if rig.service.bytes(key) == nil { model[key] = nil }
      default: Issue.record("seed \(seed): \(error.kind) \(error)")
      }
    }
  }

  private func list() throws {
    do throws(StoreError) {
      let found = try store.list(prefix: "b/", after: nil, limit: 10).entries.map(\.key)
      #expect(found == model.keys.filter { $0.description.hasPrefix("b/") }.sorted(), "seed \(seed)")
    } catch {
      #expect(error.kind == .unavailable, "seed \(seed): \(error)")
    }
  }

  private func look(_ key: ObjectKey) throws {
    do throws(StoreError) {
      let info = try store.info(key)
      #expect(info.size == model[key]?.count && info.version == versions[key]?.last, "seed \(seed)")
    } catch {
      #expect(error.kind == .unavailable || model[key] == nil, "seed \(seed): \(error)")
    }
  }

  private func note(_ outcome: String) { outcomes[outcome, default: 0] += 1 }
}
