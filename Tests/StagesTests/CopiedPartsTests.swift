import Basics
import Documents
import Hashing
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Parts that are put together from earlier ones are, byte for byte, what rendering them would have made.
@Suite struct CopiedPartsTests {
  static let lenient =
    "\nmin_interval: 0s\nguards: { bad: 100%, gone: 100%, duplicates: 100%, empty: accept, truncated: accept }\n"

  @Test(arguments: 0..<6) func overRandomHistories(_ seed: Int) throws {
    let rule = seed % 2 == 0 ? "first" : "last"
    let world = try World(
      "feed: cases\nsource: { path: a.csv }\nkey: id\nduplicates: \(rule)\(Self.lenient)", seed: UInt64(seed))
    world.leastPart = 8 << 10
    var random = SplitMix64(seed)
    var sheet = Sheet(rows: 1500, &random)
    var copied = 0
    for run in 0..<14 {
      for _ in 0..<random.below(5) + 1 { sheet.edit(run, &random) }
      copied += try publish(sheet.csv, world, "seed \(seed), run \(run)")
    }
    #expect(copied > 20_000, "seed \(seed): nothing much was copied")
  }

  @Test(arguments: 0..<4) func overRandomHistoriesOfJSON(_ seed: Int) throws {
    let isDocument = seed % 2 == 1
    let format = isDocument ? "format: json, unwrap: result.rows" : "format: jsonl"
    let world = try World("feed: cases\nsource: { path: a, \(format) }\nkey: id\(Self.lenient)", seed: 3)
    world.leastPart = 8 << 10
    var random = SplitMix64(seed)
    var sheet = Sheet(rows: 400, &random)
    var copied = 0
    for run in 0..<12 {
      for _ in 0..<random.below(5) + 1 { sheet.edit(run, &random) }
      copied += try publish(sheet.json(asDocument: isDocument), world, "seed \(seed), run \(run)")
    }
    #expect(copied > 20_000, "seed \(seed): nothing much was copied")
  }

  /// Where a new name changes no record (`added: none`), blocks and times stay what they were, but their rows do not.
  @Test func renamedColumnsAreRendered() throws {
    let world = try World(
      "feed: cases\nsource: { path: a.csv }\nkey: id\ncolumns: { added: none }\(Self.lenient)")
    world.leastPart = 8 << 10
    var random = SplitMix64(9)
    var sheet = Sheet(rows: 1000, &random)
    _ = try publish(sheet.csv, world, "first")
    sheet.columns[2] = "other"
    #expect(try publish(sheet.csv, world, "renamed") == 0)
    let pointer = try #require(try Pointer.read(world.folder)?.pointer)
    #expect(pointer.seq == 2)
    for part in pointer.current {
      #expect(try world.lines(part.object).allSatisfy { $0["other"] != nil && $0["text"] == nil })
    }
    sheet.rows[5][2] = "changed"
    #expect(try publish(sheet.csv, world, "changed") > 0)
  }

  /// Publishes a dump, and once more as if nothing could be copied.
  /// - Returns: how many bytes were copied.
  private func publish(_ dump: [UInt8], _ world: World, _ why: String) throws -> Int {
    world.store.advance(bySeconds: 60)
    world.dump = dump
    var event = try world.fetch()
    for stage in [Stage.dedupe, .snapshot] { event = try world.run(stage, event) }
    guard event.data.outcome == .recorded else {
      #expect(event.data.outcome == .unchanged, "\(why)")
      return 0
    }
    let far = try copy(world.store)
    let other = try copy(world.store)
    let folder = FeedFolder(store: other, feed: "cases")
    if let (pointer, version) = try Pointer.read(folder) {
      _ = try folder.replace(
        "published/pointer.json", Documents.encode(pointer.withoutLayouts), ifVersion: version)
    }
    let store = FaultyStore(world.store)
    #expect(try world.run(.publish, event, on: store).data.outcome == .published, "\(why)")
    let rendering = FaultyStore(other)
    #expect(try world.run(.publish, event, on: rendering).data.outcome == .published, "\(why)")
    #expect(rendering.copiedBytes == 0, "\(why)")
    let made = try #require(try Pointer.read(world.folder)?.pointer)
    let wanted = try #require(try Pointer.read(folder)?.pointer)
    #expect(made.columns == wanted.columns, "\(why)")
    #expect(made.current.count == wanted.current.count && made.current.count <= 16, "\(why)")
    for (part, model) in zip(made.current, wanted.current) {
      #expect(part.digest == model.digest, "\(why)")
      #expect(part.rows == model.rows && part.recordBytes == model.recordBytes, "\(why): \(part.object)")
      let bytes = try world.folder.get(part.object)
      #expect(bytes.count == part.bytes, "\(why)")
      #expect(bytes.count { $0 == 10 } == part.rows, "\(why)")
      let isSame = try bytes == folder.get(model.object)
      #expect(isSame, "\(why): \(part.object)")
    }
    let file = "published/current.jsonl"
    #expect(try world.folder.get(file) == folder.get(file), "\(why)")
    // A store that is far away is not asked for what was just written to it.
    let counting = CountingStore(far)
    #expect(try world.run(.publish, event, on: counting).data.outcome == .published, "\(why)")
    let remote = FeedFolder(store: far, feed: "cases")
    for (part, model) in zip(try #require(try Pointer.read(remote)?.pointer).current, made.current) {
      let isSame = try remote.get(part.object) == world.folder.get(model.object)
      #expect(isSame && part.digest == model.digest && part.rows == model.rows, "\(why): \(part.object)")
    }
    #expect(try remote.get(file) == folder.get(file), "\(why)")
    return store.copiedBytes
  }

  /// What the layouts say may be gone or wrong: then rows are rendered.
  @Test func layoutsMayBeDamaged() throws {
    var random = SplitMix64(5)
    let world = try World("feed: cases\nsource: { path: a.csv }\nkey: id\(Self.lenient)")
    world.leastPart = 8 << 10
    var sheet = Sheet(rows: 2000, &random)
    for damage in 0..<10 {
      _ = try publish(sheet.csv, world, "before damage \(damage)")
      let (pointer, version) = try #require(try Pointer.read(world.folder))
      var changed = pointer
      // The layouts of all parts stand in one object.
      let path = try #require(pointer.current.first?.layout?.object)
      let key = try world.folder.key(path)
      var bytes = try world.store.get(key).bytes
      for (number, part) in pointer.current.enumerated() {
        let layout = try #require(part.layout)
        #expect(layout.object == path)
        let section = layout.offset..<layout.offset + layout.bytes
        // So that every part is made anew.
        changed.current[number].digest = nil
        switch damage {
        case 1: bytes[section.lowerBound + random.below(layout.bytes)] ^= 1 << UInt8(random.below(8))
        case 3: changed.current[number].layout = pointer.current[(number + 1) % pointer.current.count].layout
        case 4: changed.current[number].layout = nil
        // Its digest is right, but it is none: of another version, cut off, or with other lengths.
        case 5: bytes[section.lowerBound + 7] += 1
        case 6: changed.current[number].layout?.bytes -= 1
        case 7: bytes[section.upperBound - 4] &+= 1
        // The part itself is not what it was.
        case 8: try world.store.put(try world.folder.key(part.object), Array("cut".utf8), if: .none)
        case 9: changed.current[number].layout?.offset = [-1, bytes.count, .max][number % 3]
        default: break
        }
        if (5...7).contains(damage), let layout = changed.current[number].layout {
          let cut = bytes[layout.offset..<layout.offset + layout.bytes]
          changed.current[number].layout?.sha256 = hex(SHA256.digest(Array(cut)))
        }
      }
      if damage == 0 { try world.store.delete(key, ifVersion: nil) }
      // Of the first part as well.
      if damage == 2 { bytes.removeLast(bytes.count - random.below(pointer.current[0].layout?.bytes ?? 0)) }
      if [1, 2, 5, 7].contains(damage) { try world.store.put(key, bytes, if: .none) }
      _ = try world.folder.replace("published/pointer.json", Documents.encode(changed), ifVersion: version)
      sheet.rows[random.below(sheet.rows.count)][2] = "changed \(damage)"
      #expect(try publish(sheet.csv, world, "damage \(damage)") == 0)
    }
    sheet.rows[7][2] = "changed at last"
    #expect(try publish(sheet.csv, world, "without damage") > 0)
  }

  /// `current.jsonl` comes from the parts; where one is not what it was, from the dump.
  @Test(arguments: 0..<6, [false, true])
  func theFileOfAllRecordsOutlivesParts(_ damage: Int, _ isRemote: Bool) throws {
    var random = SplitMix64(damage)
    let world = try World("feed: cases\nsource: { path: a.csv }\nkey: id\(Self.lenient)", isRemote: isRemote)
    world.leastPart = 8 << 10
    var sheet = Sheet(rows: 2000, &random)
    _ = try publish(sheet.csv, world, "first")
    let last = try #require(try Pointer.read(world.folder)?.pointer)
    let part = try #require(last.current.last)
    let key = try world.folder.key(part.object)
    var bytes = try world.store.get(key).bytes
    switch damage {
    case 0: try world.store.delete(key, ifVersion: nil)
    case 1: bytes.removeLast()
    case 2: bytes += bytes[...(try #require(bytes.firstIndex(of: 10)))]
    // As long as it was, but with another time, another number of rows, or an end without a line feed.
    case 3: bytes[20] ^= 1
    case 4: bytes[try #require(bytes.firstIndex(of: 10))] = 32
    default: bytes[bytes.count - 1] = 32
    }
    if damage > 0 { try world.store.put(key, bytes, if: .none) }
    sheet.rows[3][2] = "changed"
    try world.tick(sheet.csv)
    let pointer = try #require(try Pointer.read(world.folder)?.pointer)
    #expect(pointer.current.last?.object == part.object && pointer.seq == 2)
    let rows = try world.lines("published/current.jsonl").map { line -> [String?] in
      sheet.columns.map { line[$0 == "A/B" ? "A_B" : $0] ?? nil }
    }
    #expect(rows == sheet.rows.map { row in row.map { String?.some($0) } })
    #expect(pointer.currentFile?.rows == sheet.rows.count)
  }

  /// What stands in one place changes the parts in that place.
  @Test func partsThatWereNotHitAreUsedAgain() throws {
    var random = SplitMix64(8)
    let world = try World("feed: cases\nsource: { path: a.csv }\nkey: id\(Self.lenient)")
    world.leastPart = 8 << 10
    var sheet = Sheet(rows: 4000, &random)
    _ = try publish(sheet.csv, world, "first")
    var (made, counts) = (0, 0)
    for run in 0..<20 {
      let before = try #require(try Pointer.read(world.folder)?.pointer)
      let start = random.below(sheet.rows.count - 10)
      for row in start..<start + 8 { sheet.rows[row][2] = "run \(run)" }
      sheet.rows.insert(["x\(run)", "new", "new", "new"], at: start)
      _ = try publish(sheet.csv, world, "run \(run)")
      let after = try #require(try Pointer.read(world.folder)?.pointer)
      made += after.current.count { part in !before.current.contains { $0.object == part.object } }
      counts += after.current.count
    }
    #expect(counts > 20 * 6 && made <= 20 * 2, "\(made) of \(counts) parts were made anew in 20 runs")
  }
}

extension Pointer {
  /// As one that knows nothing of what its parts are.
  fileprivate var withoutLayouts: Pointer {
    var copy = self
    for index in current.indices {
      copy.current[index].layout = nil
      copy.current[index].digest = nil
    }
    // Whether it is written anew is not to depend on what is left out here.
    copy.currentFile = nil
    return copy
  }
}

/// All objects of a store in another one, whose clock stands where that one's does.
func copy(_ store: MemoryStore) throws -> MemoryStore {
  let other = MemoryStore(time: try store.now())
  var keys: [ObjectKey] = []
  try store.forEach(prefix: "") { key, _ in keys.append(key) }
  for key in keys { try other.put(key, store.get(key).bytes, if: .absent) }
  return other
}
