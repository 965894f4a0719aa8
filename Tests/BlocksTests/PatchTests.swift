import Basics
import Blocks
import Hashing
import StrandlineTesting
import Testing

@Suite struct PatchTests {
  private func random(_ generator: inout SplitMix64) -> (patch: Patch, tags: [Patch.Tag]) {
    var patch = Patch()
    var tags: [Patch.Tag] = []
    for _ in 0..<generator.below(60) {
      let tag: Patch.Tag = generator.pick([
        .blank, .bad, .duplicate, .conflict, .since(0), .since(1), .since(70_000),
      ])
      let count = generator.pick([0, 1, 1, 2, generator.below(300)])
      patch.append(tag, count: count)
      tags += Array(repeating: tag, count: count)
    }
    for entry in [0, 1, 70_000] {
      let recorded = generator.oneIn(2) ? nil : Instant(seconds: Int64(generator.below(1 << 40)))
      patch.births.append(.init(entry: entry, validFrom: Instant(seconds: -5), recordedAt: recorded))
    }
    patch.contested = (0..<generator.below(5)).map { _ in
      Fingerprint(high: generator.next(), low: generator.next())
    }
    return (patch, tags)
  }

  @Test(arguments: 0..<100) func comesBack(seed: Int) throws {
    var generator = SplitMix64(seed)
    let (patch, tags) = random(&generator)
    let again = try Patch(decoding: patch.encoded())
    #expect(again.runs == patch.runs && again.births == patch.births && again.contested == patch.contested)
    #expect(again.runs.flatMap { Array(repeating: $0.tag, count: $0.count) } == tags)
    #expect(again.recordCount == tags.count)
    #expect(again.takenCount == tags.count { $0.entry != nil })
    #expect(zip(patch.runs, patch.runs.dropFirst()).allSatisfy { $0.tag != $1.tag })
    for birth in patch.births { #expect(again.birth(birth.entry) == birth) }
    #expect(again.birth(2) == nil)
  }

  @Test(arguments: 0..<100) func cursorFindsWhatAnArrayHas(seed: Int) throws {
    var generator = SplitMix64(seed)
    let (patch, tags) = random(&generator)
    var cursor = PatchCursor(patch)
    if tags.isEmpty { return }
    var place = 0
    for _ in 0..<300 {
      place = generator.oneIn(3) ? generator.below(tags.count) : (place + 1) % tags.count
      let found = cursor.tag(at: place)
      #expect(found.tag == tags[place], "seed \(seed)")
      let same = tags[place...].prefix { $0 == tags[place] }
      #expect(found.count == same.count)
    }
  }

  @Test func entriesWithoutRecordsAreForgotten() {
    var patch = Patch()
    patch.append(.since(3), count: 2)
    patch.append(.conflict)
    patch.births = [1, 3].map { .init(entry: $0, validFrom: Instant(seconds: 0), recordedAt: nil) }
    patch.pruneBirths()
    #expect(patch.births.map(\.entry) == [3])
  }

  @Test(arguments: 0..<40) func damageIsAFailure(seed: Int) {
    var generator = SplitMix64(seed)
    let bytes = random(&generator).patch.encoded()
    for _ in 0..<200 {
      do {
        let patch = try Patch(decoding: damaged(bytes, &generator))
        #expect(patch.takenCount <= patch.recordCount)
        var cursor = PatchCursor(patch)
        if patch.recordCount > 0 { _ = cursor.tag(at: patch.recordCount - 1) }
      } catch {
        #expect(error.kind == .badData)
      }
    }
  }

  @Test func decisionsThatDoNotExistAreAFailure() {
    func encoded(_ tag: UInt64, _ count: UInt64) -> [UInt8] {
      var out = ByteBuffer()
      for number in [1, 1, tag, count, 0] { out.appendVarint(number) }
      return out.array()
    }
    #expect(throws: Never.self) { try Patch(decoding: encoded(3, 7)) }
    #expect(throws: Failure.self) { try Patch(decoding: encoded(4, 7)) }
    #expect(throws: Failure.self) { try Patch(decoding: encoded(16, 1 << 40)) }
    #expect(throws: Failure.self) { try Patch(decoding: encoded(16, UInt64(Int.max))) }
    #expect(throws: Failure.self) { try Patch(decoding: [2]) }
  }
}
