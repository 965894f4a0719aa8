import StrandlineTesting
import Testing

extension CloudTests {
  /// Feed files and dumps that are objects themselves.
  @Suite struct SourceTests {
    @Test(arguments: Cloud.faithful)
    func aFeedFileNamesWhatIsBesideIt(_ cloud: Cloud) throws {
      let storage = CloudStorage(cloud: cloud, place: cloud.place())
      try storage.put(
        "feeds/feed.yaml", "feed: cases\nstore: ../store\nsource: { path: ./data/cases.csv }\nkey: [id]\n")
      try check(storage, source: "feeds/data/cases.csv", feed: "\(storage.place)/feeds/feed.yaml")
    }

    @Test(arguments: Cloud.faithful)
    func aDumpIsNamedByItsURL(_ cloud: Cloud) throws {
      let storage = CloudStorage(cloud: cloud, place: cloud.place())
      try check(storage, source: "in/ü +cases.csv", feed: nil)
    }

    @Test(arguments: Cloud.faithful)
    func whatIsNotThereSaysWhatToDo(_ cloud: Cloud) throws {
      let place = cloud.place()
      let bench = try Bench(
        cloud, place, settings: "feed: cases\nsource: { url: \(place)/nothing.csv }\nkey: [id]\n")
      try bench.tick().expect(69, says: "\(place)/nothing.csv", "wait until the object is there")
      try bench.tick(["--feed", "\(place)/feed.yaml"]).expect(
        69, says: "\(place)/feed.yaml", "check the name")
    }

    private func check(_ storage: CloudStorage, source: String, feed: String?) throws {
      let bench = try Bench(
        storage.cloud, storage.place + "/history",
        settings: "feed: cases\nsource: { url: \"\(storage.place)/\(source)\" }\nkey: [id]\n")
      func tick() throws -> Event {
        let tick = try bench.tick(feed.map { ["--feed", $0] } ?? [])
        #expect(tick.status == 0, "\(tick)")
        try expectNoSecret(tick)
        return try #require(try tick.event, "\(tick)")
      }
      try storage.put(source, "id,v\n1,a\n")
      let first = try tick()
      #expect(first.data.seq == 1)
      #expect(first.data.store == storage.place + (feed == nil ? "/history" : "/store"))
      // The version is the same, so that the dump is not even opened.
      let unchanged = try tick()
      #expect(unchanged.data.outcome == "unchanged" && unchanged.data.dump == nil)
      try storage.put(source, "id,v\n1,b\n")
      #expect(try tick().data.seq == 2)
      #expect(try tick().data.outcome == "unchanged")
    }
  }
}
