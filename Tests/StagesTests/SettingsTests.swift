import Basics
import Dedupe
import FeedFile
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

@Suite struct SettingsTests {
  private func feed(_ changes: (String, String)...) throws -> Feed {
    var text = World.plain
    for (old, new) in changes { text = text.replacing(old, with: new) }
    return try parse(feedFile: Array(text.utf8), name: "feed.yaml")
  }

  @Test func aChangedKeyIsRefusedUntilItIsMeant() throws {
    let world = try World()
    let plain = world.feed
    try world.tick(first.csv)
    world.feed = try feed(("key: id", "key: [id, name]"))
    let refused = try world.tick(second.csv).data
    #expect(refused.outcome == .refused)
    #expect(refused.code == Int(Failure.Kind.settings.rawValue))
    for part in ["[\"id\"]", "[\"id\", \"name\"]", "--rekey --accept \(refused.run)", "change it back"] {
      #expect(refused.message?.contains(part) == true, "\(refused.message ?? "")")
    }
    #expect(try world.entries().count == 1)
    // The same again, for as long as nobody does anything.
    #expect(try world.tick().data.outcome == .refused)

    world.feed = plain
    #expect(try world.tick().data.outcome == .published, "changed back")
    try world.check([first, second], "changed back")

    world.feed = try feed(("key: id", "key: [id, name]"))
    world.dump = third.csv
    world.store.advance(bySeconds: 60)
    let event = try world.run(.dedupe, world.fetch(), rekey: true)
    #expect(event.data.outcome == .found)
    #expect(try world.goOn(from: event).data.outcome == .published)
    #expect(try world.entries().count == 3)
    #expect(try world.rows(asOf: world.entries()[2].validFrom) == third.rows)
    #expect(try world.tick().data.outcome == .unchanged)
    // The event of the run that failed: its base is no longer the head.
    #expect(try world.tick(second.csv).data.outcome == .published)
    #expect(try world.entries().count == 4)
  }

  @Test func otherSettingsMakeAnEntryAndNoChange() throws {
    let world = try World()
    try world.tick(first.csv)
    world.feed = try feed(("key: id", "key: id\nguards: { bad: 2% }"))
    #expect(try world.tick().data.outcome == .published)
    try world.check([first, first], "other settings")
    #expect(try world.entries()[1].changes == nil)
    #expect(try world.tick().data.outcome == .unchanged)
  }

  @Test func theSourceIsLeftInPeace() throws {
    let world = try World()
    world.feed = try feed(("min_interval: 0s", "min_interval: 10m"))
    try world.tick(first.csv)
    let event = try world.tick(second.csv)
    #expect(event.data.outcome == .skipped && world.opens == 1)
    #expect(
      event.data.message?.contains("allows the next read in 537 s") == true,
      "\(event.data.message ?? "")")
    // A dump from a file is no read of the source.
    #expect(try world.fetch(isOwnSource: false).data.outcome == .fetched)
    world.store.advance(bySeconds: 600)
    #expect(try world.goOn(from: world.fetch()).data.outcome == .published)
    #expect(world.opens == 2)
    // A source that failed was asked all the same.
    world.store.advance(bySeconds: 600)
    world.failure = Failure(.unavailable, "the source is down")
    #expect(#expect(throws: Failure.self) { try world.tick(third.csv) }?.message == "the source is down")
    #expect(try world.tick().data.outcome == .skipped && world.opens == 3)
    world.store.advance(bySeconds: 600)
    #expect(try world.tick().data.outcome == .published && world.opens == 4)
    try world.check([first, second, third], "in peace")
    // Other settings wait as well: by the longer of the two intervals.
    #expect(try world.tick().data.outcome == .skipped)
    world.feed = try feed(("min_interval: 0s", "min_interval: 1m"))
    let held = try world.tick().data
    #expect(held.outcome == .skipped && world.opens == 4)
    #expect(
      held.message?.hasSuffix(
        ". That was by other settings; to see now what these do: fetch --try-again | dedupe | snapshot | publish"
      )
        == true)
    // Whoever changed them may want to see what they do.
    #expect(try world.goOn(from: world.fetch(insists: true)).data.outcome == .published)
    // Then the new interval counts, and a person has nothing to be in a hurry for.
    #expect(try world.fetch(insists: true).data.outcome == .skipped)
    world.store.advance(bySeconds: 60)
    #expect(try world.tick().data.outcome == .unchanged && world.opens == 6)
  }

  @Test func datedDumpsAreTakenInOrder() throws {
    let world = try World()
    var times: [Instant] = []
    for (day, table) in zip([1, 5, 9], [first, second, third]) {
      world.dump = table.csv
      world.store.advance(bySeconds: 60)
      let time = try #require(Instant("2020-01-0\(day)"))
      times.append(time)
      let event = try world.fetch(observedAt: time, isOwnSource: false)
      #expect(try world.goOn(from: event).data.outcome == .published)
    }
    try world.check([first, second, third], "dated")
    #expect(try world.entries().map(\.validFrom) == times)
    #expect(try world.rows(asOf: #require(Instant("2020-01-08T23:59:59Z"))) == second.rows)
    let early = #expect(throws: Failure.self) { try world.rows(asOf: #require(Instant("2019-12-31"))) }
    #expect(early?.message.contains("history begins at 2020-01-01") == true)

    for (day, says) in [
      ("2020-01-09", "is not after the newest dump"), ("2020-01-02", "in order"), ("2099-01-01", "future"),
    ] {
      let failure = #expect(throws: Failure.self) {
        try world.fetch(observedAt: Instant(day), isOwnSource: false)
      }
      #expect(failure?.kind == .usage && failure?.message.contains(says) == true, "\(failure?.message ?? "")")
    }
    #expect(try world.tick(first.csv).data.outcome == .published)
    try world.check([first, second, third, first], "after the archive")
  }

  /// Valid time only moves forward, even if the store's clock does not.
  @Test func aClockThatGoesBack() throws {
    let world = try World()
    try world.tick(first.csv)
    world.store.setTime(Instant(seconds: 1_600_000_000))
    try world.tick(second.csv)
    try world.check([first, second], "a clock that goes back")
  }

  @Test func withoutAKeyRowsOnlyComeAndGo() throws {
    let world = try World()
    world.feed = try feed(("key: id\n", ""))
    try world.tick(first.csv)
    let event = try world.tick(second.csv)
    #expect(event.data.counts?.updated == 0)
    let whole = "{\"id\":\"1\",\"name\":\"name 1\",\"text\":\"\(first.rows[1]["text"] ?? "")\"}"
    let sink = Rows()
    try world.query.versions(ofKey: [whole], to: sink)
    #expect(sink.rows.count == 1)
    #expect(try world.rows(asOf: world.entries()[0].validFrom) == first.rows)
    #expect(try world.rows(asOf: world.entries()[1].validFrom) == second.rows)
    #expect(
      #expect(throws: Failure.self) { try world.query.versions(ofKey: ["1", "2"], to: sink) }?.kind == .usage)
  }

  /// Another format cuts the same bytes in another way.
  @Test func anotherFormatBeginsAnew() throws {
    let world = try World()
    let dump =
      Array("id;name,text\n1;\"a\nb;c\",d\n2;e,f\n3;g,h\n".utf8)
      + Array(String(repeating: "4;x,y\n", count: 1).utf8)
    world.feed = try feed(("key: id", "key: id;name\nguards: { bad: 100% }"))
    try world.tick(dump)
    world.feed = try feed(
      ("format: csv", "format: csv, delimiter: \";\""),
      ("key: id", "key: id\nguards: { bad: 100%, gone: 100% }"))
    world.store.advance(bySeconds: 60)
    let event = try world.goOn(from: world.run(.dedupe, world.fetch(), rekey: true))
    #expect(event.data.outcome == .published)
    #expect(try world.rows(asOf: world.entries()[1].validFrom).map { $0["id"] } == ["1", "2", "3", "4"])
    #expect(try world.dump(of: event.data.run) == dump)
  }

  @Test func theSourceKnowsThatNothingIsNew() throws {
    let world = try World()
    world.hasTags = true
    try world.tick(first.csv)
    #expect(try world.tick().data.outcome == .unchanged)
    #expect(world.opens == 2 && world.bodies == 1)
    let event = try world.tick(second.csv)
    #expect(event.data.outcome == .published && world.bodies == 2)
    // What was refused is not what the head has: it is asked for again.
    #expect(try world.tick(Array("id,name,text\n".utf8)).data.outcome == .refused)
    #expect(try world.tick().data.outcome == .refused)
    #expect(world.bodies == 4)
    #expect(try world.tick(second.csv).data.outcome == .unchanged)
    #expect(world.bodies == 4)
    // Other settings may make another thing of it.
    world.feed = try feed(("key: id", "key: id\nguards: { bad: 2% }"))
    #expect(try world.tick().data.outcome == .published)
    #expect(world.bodies == 5)
    try world.check([first, second, second], "tags")
  }

  @Test func aDumpThatWasFoundUnchangedCanBeHadToo() throws {
    let world = try World()
    try world.tick(first.csv)
    let event = try world.tick()
    #expect(try world.dump(of: event.data.run) == first.csv)
    try world.tick(second.csv)
    #expect(try world.dump(of: event.data.run) == first.csv)
    let failure = #expect(throws: Failure.self) { try world.dump(of: "nobody") }
    #expect(failure?.kind == .usage && failure?.message.contains("--runs") == true)
    let sink = Rows()
    try world.query.runs(limit: 10, to: sink)
    #expect(sink.rows.map { $0["outcome"] } == ["published", "unchanged", "published"])
  }
}
