import Basics
import Blocks
import Dedupe
import History
import ObjectStore
import StrandlineTesting
import Testing

@Suite struct TimelineTests {
  private static func head(_ seq: Int, validFrom: Int64, recordedAt: Int64, after parent: CommittedHead?)
    -> Head
  {
    let object = ObjectRef(object: "patches/p", bytes: 1, sha256: "")
    let (valid, recorded) = (Instant(seconds: validFrom), Instant(seconds: recordedAt))
    return Head(
      feed: "cases", seq: seq, run: "r\(seq)", validFrom: valid, recordedAt: recorded,
      state: State(
        manifest: StateRef(object: "bases/b", offset: 0, length: 1, sha256: ""), depth: 0, patch: object,
        settings: "s", header: [], endsOpen: false),
      generation: Generation(base: "b", baseBytes: 1, packBytes: 0), changes: nil, counts: Counts(),
      columns: nil,
      source: SourceMark(),
      ancestors: Timeline.ancestors(after: parent, validFrom: valid, recordedAt: recorded))
  }

  /// Entries whose valid time now and then goes back, as after an undo.
  private func timeline(_ count: Int, _ store: MemoryStore, seed: UInt64) throws -> [Head] {
    let timeline = Timeline(FeedFolder(store: store, feed: "cases"))
    var random = SplitMix64(seed: seed)
    var heads: [Head] = []
    var parent: CommittedHead?
    for seq in 1...count {
      let goesBack = seed > 0 && Int.random(in: 0..<10, using: &random) == 0
      let time = Int64(seq * 100) - (goesBack ? Int64.random(in: 1...Int64(seq * 100), using: &random) : 0)
      let head = Self.head(seq, validFrom: time, recordedAt: Int64(seq * 100 + 1), after: parent)
      parent = try timeline.append(head, after: parent)
      #expect(parent?.head == head)
      heads.append(head)
    }
    return heads
  }

  @Test func anyEntryIsAFewStepsAway() throws {
    let store = MemoryStore()
    let heads = try timeline(300, store, seed: 0)
    for seq in 1...300 {
      let reading = FaultyStore(store)
      let timeline = Timeline(FeedFolder(store: reading, feed: "cases"))
      #expect(try timeline.entry(seq, from: heads[299]) == heads[seq - 1])
      #expect(reading.operations <= 20, "entry \(seq): \(reading.operations) reads")
      let asking = FaultyStore(store)
      let asOf = Timeline(FeedFolder(store: asking, feed: "cases"))
      #expect(try asOf.entry(asOf: heads[seq - 1].validFrom) == heads[seq - 1])
      #expect(asking.operations <= 22, "as of entry \(seq): \(asking.operations) reads")
      let knowing = FaultyStore(store)
      let known = Timeline(FeedFolder(store: knowing, feed: "cases"))
      #expect(
        try known.entry(asOf: Instant(seconds: 1 << 40), knownAt: heads[seq - 1].recordedAt) == heads[seq - 1]
      )
      #expect(knowing.operations <= 22, "known at entry \(seq): \(knowing.operations) reads")
    }
    let failure = #expect(throws: Failure.self) {
      try Timeline(FeedFolder(store: store, feed: "cases")).entry(0, from: heads[9])
    }
    #expect(failure?.message.contains("no entry 0") == true)
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>) func asOfIsALinearScan(_ seed: UInt64) throws {
    let store = MemoryStore()
    let heads = try timeline(60, store, seed: seed)
    let timeline = Timeline(FeedFolder(store: store, feed: "cases"))
    for time in stride(from: Int64(0), through: 6200, by: 50) {
      let instant = Instant(seconds: time)
      #expect(
        try timeline.entry(asOf: instant) == heads.last { $0.validFrom <= instant }, "seed \(seed), \(time)")
      for known in stride(from: Int64(0), through: 6200, by: 350) {
        let moment = Instant(seconds: known)
        let wanted = heads.last { $0.validFrom <= instant && $0.recordedAt <= moment }
        #expect(
          try timeline.entry(asOf: instant, knownAt: moment) == wanted,
          "seed \(seed), \(time) known at \(known)")
      }
    }
  }

  @Test func damageIsFound() throws {
    let store = MemoryStore()
    let heads = try timeline(40, store, seed: 0)
    let key = try ObjectKey("cases/" + heads[19].object)
    var bytes = try store.get(key).bytes
    // Another digit in a number: still a document, but not what was recorded.
    let place = try #require(bytes.lastIndex(of: UInt8(ascii: "2")))
    bytes[place] = UInt8(ascii: "3")
    try store.put(key, bytes, if: .none)
    let timeline = Timeline(FeedFolder(store: store, feed: "cases"))
    let failure = #expect(throws: Failure.self) { try timeline.entry(20, from: heads[39]) }
    #expect(failure?.kind == .badData && failure?.message.contains("\(heads[19].object) is damaged") == true)
    try store.delete(key, ifVersion: nil)
    let gone = #expect(throws: Failure.self) { try timeline.entry(20, from: heads[39]) }
    #expect(gone?.message.contains("the store is incomplete") == true)
    try store.put(ObjectKey("cases/head.json"), Array("{\"format\":2}".utf8), if: .none)
    let newer = #expect(throws: Failure.self) { try timeline.newest() }
    #expect(newer?.kind == .settings && newer?.message.contains("use a newer strandline") == true)
    try store.put(ObjectKey("cases/head.json"), Array("{".utf8), if: .none)
    #expect(#expect(throws: Failure.self) { try timeline.newest() }?.kind == .badData)
  }

  @Test func onlyOneEntryFollows() throws {
    let store = MemoryStore()
    let timeline = Timeline(FeedFolder(store: store, feed: "cases"))
    let first = try #require(
      try timeline.append(Self.head(1, validFrom: 1, recordedAt: 1, after: nil), after: nil))
    var two = Self.head(2, validFrom: 2, recordedAt: 2, after: first)
    two.run = "a"
    let second = try #require(try timeline.append(two, after: first))
    var other = two
    other.run = "b"
    #expect(try timeline.append(other, after: first) == nil)
    // The same run once more, with another time: what was recorded first counts.
    var again = two
    again.recordedAt = Instant(seconds: 9)
    #expect(try timeline.append(again, after: first)?.head == two)
    let third = try #require(
      try timeline.append(Self.head(3, validFrom: 3, recordedAt: 3, after: second), after: second))
    #expect(try timeline.append(again, after: first)?.head == two, "behind the head by now")
    #expect(try timeline.newest()?.sha256 == third.sha256)
  }

  /// Without its head a feed must not begin anew beside what is left of it.
  @Test func aHeadThatIsGoneIsNoticed() throws {
    let table = Table(0..<9)
    for (runs, publishes) in [(1, true), (1, false), (3, true), (3, false)] {
      let world = try World()
      for run in 0..<runs { try world.tick(table.changing([run], to: "run").csv) }
      if !publishes { try world.store.delete(ObjectKey("cases/published/pointer.json"), ifVersion: nil) }
      try world.store.delete(ObjectKey("cases/head.json"), ifVersion: nil)
      var failure: Failure?
      do throws(Failure) { try world.tick(table.csv) } catch { failure = error }
      // A first entry alone may be one that was only prepared, by a run that died.
      if runs == 1, !publishes {
        #expect(failure == nil)
      } else {
        #expect(failure?.kind == .badData && failure?.message.contains("put the newest of heads/") == true)
      }
    }
  }
}
