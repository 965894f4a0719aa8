import Basics
import Blocks
import Compression
import Coordination
import Documents
import FeedSources
import Hashing
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Each answer says what its stage took, and names the one that it answers to.
@Suite struct EventLogTests {
  private func answers(_ world: World, _ run: String) throws -> [RunEvent] {
    try Stage.allCases.compactMap { try RunLog(world.folder).answer(run, $0) }
  }

  private func digest(_ world: World, _ path: String) throws -> String {
    hex(SHA256.digest(try world.folder.get(path)))
  }

  @Test func eachAnswerNamesTheOneBefore() throws {
    let world = try World()
    try world.tick(first.csv)
    let run = try world.tick(second.csv).data.run
    let events = try answers(world, run)
    #expect(events.count == 4)
    #expect(events[0].data.work?.acknowledges == nil)
    #expect(events[0].data.work?.received == second.csv.count)
    for (before, event) in zip(events, events.dropFirst()) {
      let named = try #require(event.data.work?.acknowledges)
      #expect(named.id == before.id)
      #expect(try named.sha256 == digest(world, "runs/\(before.id).json"))
      #expect(event.data.work?.received == nil, "what fetch took is in its own answer")
    }
    for event in events {
      #expect(event.data.work?.software == Software.version)
      #expect(event.data.settings.count == 32)
      // What a stage took is little beside what it carries to the next one.
      #expect(Documents.encode(event.data.work).count < 400)
    }
    let publication = try #require(events[3].data.work?.publication)
    #expect(publication.rows == second.rows.count)
    #expect(publication.made == 1 && publication.kept == 0 && publication.closed == 1)
  }

  @Test func theHeadNamesWhatItFollowsFrom() throws {
    let world = try World()
    for table in [first, second, third] { try world.tick(table.csv) }
    for head in try world.entries() {
      #expect(head.answer?.id == "\(head.run)/dedupe")
      #expect(try head.answer?.sha256 == digest(world, "runs/\(head.run)/dedupe.json"))
      let named = (head.packs ?? []) + (head.keys ?? [])
      #expect(named.contains { $0.object == head.state.manifest.object })
      for ref in named { #expect(ref.fits(try world.folder.get(ref.object)), "\(ref.object)") }
    }
  }

  /// Short descriptions of manifests travel with events, through logs and event buses.
  @Test func noEventHasTheSecret() throws {
    let world = try World()
    let many = Table(0..<400)
    for table in [many, many.changing([5], to: "one"), many.changing([7], to: "two")] {
      try world.tick(table.csv)
    }
    let states = StateStore(world.folder)
    var carried = 0
    for head in try world.entries() {
      let ref = head.state.manifest
      let secret = try states.manifest(ref).fingerprinter.secret
      #expect(secret.count == 32)
      #expect((ref.carried == nil) == (head.state.depth == 0), "only a base has the secret")
      for event in try answers(world, head.run) {
        #expect(event.data.dump?.manifest.carried == ref.carried)
      }
      guard let stored = ref.carried else { continue }
      var plain = Zstandard.Decompressor()
      let text = try unsafe stored.withUnsafeBytes { try unsafe plain.decompress($0, limit: 1 << 20) }
      #expect(!text.indices.contains { text[$0...].starts(with: secret) })
      carried += 1
    }
    #expect(carried == 2)
  }

  @Test func aRefusedDumpThatIsAcceptedBringsItsPacks() throws {
    let world = try World()
    try world.tick(Table(0..<400).csv)
    let one = try world.tick(Table(0..<400, text: "other").removing(Array(100..<300)).csv)
    let two = try world.tick(Table(0..<400, text: "other").removing(Array(100..<299)).csv)
    #expect(one.data.outcome == .refused && two.data.outcome == .refused)
    #expect(try world.goOn(from: world.accept(two.data.run)).data.outcome == .published)
    let head = try #require(try world.entries().last)
    let named = Set((head.packs ?? []).map(\.object))
    let manifest = try StateStore(world.folder).manifest(head.state.manifest)
    for object in Set(manifest.spans.map { manifest.objects[Int($0.object)].key }) {
      #expect(named.contains(object) || object.hasPrefix("bases/"), "\(object)")
    }
    #expect(head.answer?.id == "\(two.data.run)-accepted/dedupe")
    let accepted = try #require(try answers(world, "\(two.data.run)-accepted").first)
    #expect(accepted.data.work?.acknowledges?.id == "\(two.data.run)/dedupe")
  }

  @Test func aTriggerIsAcknowledgedAndTheSameAnswerComesAgain() throws {
    let world = try World()
    world.dump = first.csv
    let trigger = (source: "//scheduler/jobs/cases", id: "4711")
    let event = try world.fetch(trigger: trigger)
    #expect(event.data.work?.acknowledges == EventRef(id: "4711", source: "//scheduler/jobs/cases"))
    world.store.advance(bySeconds: 5)
    #expect(try world.fetch(trigger: trigger) == event)
    let found = try world.run(.dedupe, event)
    world.store.advance(bySeconds: 5)
    #expect(try Documents.encode(world.run(.dedupe, event)) == Documents.encode(found))
  }

  @Test func timeAndRequestsAreThoseOfTheProcess() throws {
    let world = try World()
    world.dump = first.csv
    let fetched = try world.fetch()
    let clock = ManualClock()
    let context = try StageContext(
      folder: world.folder, clock: clock, randomness: SeededRandomness(seed: 4), log: SilentLog(),
      terms: Lock.Terms(), renewsInBackground: false, requests: { ["get": 3, "put": 2] })
    clock.advance(bySeconds: 1.2345)
    let found = try DedupeStage(context).run(fetched)
    #expect(found.data.work?.seconds == 1.234 || found.data.work?.seconds == 1.235)
    #expect(found.data.work?.requests == ["get": 3, "put": 2])
    #expect(fetched.data.work?.requests == nil)
    // What was written as a number is read and written as the same one: digests are of these bytes.
    #expect(try Documents.encode(world.passed(found)) == Documents.encode(found))
  }
}
