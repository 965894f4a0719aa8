import Basics
import Dedupe
import FeedFile
import History
import Stages
import StrandlineTesting
import Testing

/// Keys of several parts in JSON, which has no header that would show what is misspelt.
@Suite struct KeyPartTests {
  private static let settings = """
    feed: cases
    source: { path: cases.jsonl, format: jsonl }
    key: [id, place.region]
    min_interval: 0s
    """

  private func dump(_ count: Int, _ rest: (Int) -> String) -> [UInt8] {
    (0..<count).flatMap { Array("{\"id\":\($0)\(rest($0))}\n".utf8) }
  }

  @Test func aPartThatNoRecordHas() throws {
    let world = try World(Self.settings)
    let event = try world.tick(dump(3) { _ in ",\"place\":{\"regoin\":\"x\"}" })
    #expect(event.data.outcome == .refused)
    let message = event.data.message ?? ""
    for text in [
      "no record has \"place.region\", which is part of `key`", "dedupe --accept \(event.data.run)",
    ] {
      #expect(message.contains(text), "\(message)")
    }
    #expect(try world.entries().isEmpty)
    // It may come to have it one day.
    let accepted = try world.goOn(from: world.accept(event.data.run))
    #expect(accepted.data.outcome == .published && accepted.data.counts?.inserted == 3)
    #expect(try world.tick(dump(4) { _ in "" }).data.outcome == .published, "nobody asks twice")
  }

  /// Whoever says that the key is new on purpose has not seen yet that a part of it is misspelt.
  @Test func aNewKeyThatIsMisspelt() throws {
    let world = try World(Self.settings.replacing("[id, place.region]", with: "[id]"))
    try world.tick(dump(3) { _ in ",\"place\":{\"region\":\"x\"}" })
    world.feed.key = ["id", "place.regoin"]
    let event = try world.tick(dump(3) { _ in ",\"place\":{\"region\":\"y\"}" })
    #expect(event.data.outcome == .refused && event.data.message?.contains("the key changed") == true)
    var options = DedupeStage.Options()
    options.rekey = true
    let again = try DedupeStage(world.process(), options: options).accept(event.data.run)
    let command = "dedupe --rekey --accept \(again.data.run)"
    #expect(again.data.outcome == .refused && again.data.message?.contains(command) == true, "\(again)")
    #expect(try world.entries().count == 1)
    // A person has seen it now.
    let taken = try DedupeStage(world.process(), options: options).accept(again.data.run)
    #expect(try world.goOn(from: taken).data.outcome == .published)
  }

  /// Null is something, and one record of thousands will do.
  @Test func aPartThatFewRecordsHave() throws {
    let world = try World(Self.settings)
    let event = try world.tick(dump(20_000) { $0 == 19_999 ? ",\"place\":{\"region\":null}" : "" })
    #expect(event.data.outcome == .published && event.data.counts?.inserted == 20_000)
  }
}
