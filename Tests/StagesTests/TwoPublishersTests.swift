import Basics
import FeedFile
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Two publishers of one entry: the first is taken for dead, the second dies, then the first goes on. What readers go
/// through has to agree in the end: the pointer, and the lists of the files that it names.
@Suite struct TwoPublishersTests {
  /// Why the entry is published by whom.
  enum Kind: CaseIterable {
    /// By the run that added it, which is gone on with.
    case ownRun
    /// By runs that find nothing new but that the entry is not published.
    case laterRuns
    /// By its own run, with settings that do not ask for `current.jsonl` and lists any more.
    case turnedOff
  }

  private static let pauses = [
    "published/current.manifest", "published/history.manifest", "pointer.json", "publish.json", "lock.json",
  ]

  @Test(arguments: pauses, Kind.allCases)
  func theSecondDiesAnywhere(pause: String, kind: Kind) throws {
    // A later run's publication leaves no answer.
    if kind == .laterRuns, pause == "publish.json" { return }
    if kind == .turnedOff, pause.hasSuffix(".manifest") { return }
    // Where the first one sleeps before its pointer, everything is tried; elsewhere the second one just dies.
    for fault in pause == "pointer.json" ? FaultyStore.Fault.allCases : [.before] {
      var number = 1
      while try meet(pause, kind, at: number, fault) { number += 1 }
      #expect(number > 5, "\(pause), \(kind), \(fault)")
    }
  }

  /// - Returns: whether the second had so many operations.
  private func meet(_ pause: String, _ kind: Kind, at number: Int, _ fault: FaultyStore.Fault) throws -> Bool
  {
    let world = try World(StaleFilesTests.on)
    world.leastPart = 2 << 10
    try world.tick(first.csv)
    let event = try owed(world, kind)
    let slow = Interposed(world.store) { $0.hasSuffix(pause) }
    let dying = FaultyStore(world.store, at: number, fault)
    slow.action = {
      world.store.advance(bySeconds: World.beyondAll)
      // Only what publish does is counted.
      _ = Result { () throws(Failure) in
        let resumed = try world.fetch()
        _ = try world.run(.publish, resumed, on: dying)
      }
      world.store.advance(bySeconds: World.beyondAll)
    }
    // The lock is written when it is taken, too: then nobody has lost anything yet.
    _ = Result { () throws(Failure) in try world.run(.publish, event, on: slow) }
    #expect(slow.fired)
    guard dying.operations >= number else { return false }
    let why = "\(pause), \(kind), \(fault) at operation \(number) (\(dying.log[number - 1]))"
    try world.settle(why)
    try expectAgreement(in: world, why)
    // The rest of history is nothing that publishers touch.
    if number % 8 == 0, kind != .turnedOff { try world.check([first, second], why) }
    return true
  }

  /// Whether the pointer is that of the newest entry, and the lists are its own.
  private func expectAgreement(in world: World, _ why: String) throws {
    let pointer = try #require(try Pointer.read(world.folder)?.pointer, "\(why)")
    #expect(pointer.seq == 2, "\(why)")
    #expect(try world.findings() == [], "\(why)")
    if pointer.currentFile == nil {
      #expect(try StaleFilesTests.stale(world) == [], "\(why)")
      return
    }
    for (list, parts) in [("current", pointer.current), ("history", pointer.closed + pointer.current)] {
      let names = parts.map { $0.uri + "\n" }.joined()
      let there = String(decoding: try world.folder.get("published/\(list).manifest"), as: UTF8.self)
      #expect(there == names, "\(why): published/\(list).manifest")
    }
  }

  /// An entry that is to be published, and the event that says so.
  private func owed(_ world: World, _ kind: Kind) throws -> RunEvent {
    if kind == .turnedOff {
      world.feed = try parse(feedFile: Array(StaleFilesTests.off.utf8), name: "feed.yaml")
    }
    let event = try world.recorded(second.csv)
    guard kind == .laterRuns else { return event }
    // The run's own publication fails in a way that ends the run.
    let denied = Denying(world.store, writing: { $0.contains("published/parts") })
    let failure = #expect(throws: Failure.self) { _ = try world.run(.publish, event, on: denied) }
    #expect(failure?.kind == .settings)
    world.store.advance(bySeconds: 60)
    let later = try world.fetch()
    #expect(later.data.outcome == .unchanged && later.data.published == nil)
    return later
  }
}
