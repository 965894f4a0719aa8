import Basics
import Glibc
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// A store that is damaged anywhere is noticed and the object named, or every answer is right all the same.
@Suite struct FlipTests {
  /// How many places are tried; `make flips FLIPS=10000` asks for more.
  private static let trials =
    unsafe getenv("STRANDLINE_TEST_FLIPS").flatMap { unsafe Int(String(cString: $0)) } ?? 60

  /// What was asked, and what came of it.
  private enum Answer: Equatable {
    case told(String)
    case failed(String)
  }

  @Test func nothingDamagedIsBelieved() throws {
    let sound = try Sound()
    let right = sound.ask(try sound.copy())
    for (question, answer) in right {
      guard case .told = answer else { throw Failure(.software, "\(question): \(answer)") }
    }
    var random = SplitMix64(seed: 5)
    var found = 0
    for trial in 0..<Self.trials {
      let world = try sound.copy()
      let (paths, what) = try sound.damage(world, &random)
      for ((question, answer), (_, wanted)) in zip(sound.ask(world), right) {
        switch answer {
        case wanted: break
        case .failed(let message):
          found += 1
          let isNamed = paths.contains { message.contains($0) }
          #expect(isNamed, "trial \(trial), \(what): \(question) does not name it: \(message)")
        case .told(let text):
          Issue.record("trial \(trial), \(what): \(question) is believed: \(text.prefix(300))")
        }
      }
    }
    #expect(found > 0, "no damage was ever met")
  }

  /// A store in which there is everything, and what may be asked of it.
  private struct Sound {
    let world: World
    let heads: [Head]
    let runs: [String]
    let objects: [(path: String, bytes: [UInt8])]
    let next: Table

    init() throws {
      world = try World(World.plain + "\nguards: { bad: 10% }\n")
      world.leastPart = 2 << 10
      var table = Table(0..<300)
      try world.tick(table.csv)
      for run in 1...3 {
        table = table.changing([run * 70], to: "run \(run)")
        try world.tick(table.csv)
      }
      let refused = try world.tick(table.removing(Array(0..<150)).csv)
      #expect(refused.data.outcome == .refused)
      _ = try world.goOn(from: world.accept(refused.data.run))
      try world.tick(table.csv + Array("300,too,many,fields\n".utf8))
      try #require(try world.rewind(to: .entry(4)) != nil)
      table = table.changing([9], to: "after the rewind")
      try world.tick(table.csv)
      next = table.changing([11, 250], to: "next").removing([40])
      heads = try world.entries()
      var runs: Set<String> = []
      var objects: [(path: String, bytes: [UInt8])] = []
      for key in try listing(world.store).keys.sorted() {
        objects.append((String(key.dropFirst(6)), try world.store.get(try ObjectKey(key)).bytes))
        let parts = key.split(separator: "/")
        if parts[1] == "runs", parts[3] == "fetch.json" { runs.insert(String(parts[2])) }
      }
      let log = RunLog(world.folder)
      self.runs = try runs.sorted().filter { try log.lastAnswer($0)?.data.dump != nil }
      self.objects = objects
    }

    /// The same in a store of its own, an hour later.
    func copy() throws -> World {
      let other = try World(World.plain + "\nguards: { bad: 10% }\n", seed: 77)
      other.leastPart = 2 << 10
      other.store.setTime(try world.store.now())
      for object in objects {
        _ = try other.store.put(ObjectKey("cases/\(object.path)"), object.bytes, if: .none)
      }
      other.store.advance(bySeconds: 3600)
      return other
    }

    /// Flips a bit, cuts an object off, or swaps two objects.
    /// - Returns: the objects that are damaged, and what was done.
    func damage(_ world: World, _ random: inout SplitMix64) throws -> (paths: [String], what: String) {
      while true {
        let index = random.below(objects.count)
        let (path, bytes) = objects[index]
        if bytes.isEmpty { continue }
        let put = { (path: String, bytes: [UInt8]) in
          _ = try world.store.put(ObjectKey("cases/\(path)"), bytes, if: .none)
        }
        let dice = random.below(10)
        if dice == 0 {
          let left = random.below(bytes.count)
          try put(path, Array(bytes.prefix(left)))
          return ([path], "\(path) cut off after \(left) of \(bytes.count)")
        }
        if dice == 1 {
          let other = objects[random.below(objects.count)]
          if other.bytes == bytes { continue }
          try put(path, other.bytes)
          try put(other.path, bytes)
          return ([path, other.path], "\(path) and \(other.path) swapped")
        }
        var changed = bytes
        let (place, bit) = (random.below(bytes.count), random.below(8))
        changed[place] ^= UInt8(1 << bit)
        try put(path, changed)
        return ([path], "bit \(bit) of byte \(place) of \(path)")
      }
    }

    func ask(_ world: World) -> [(String, Answer)] {
      var answers: [(String, Answer)] = []
      func ask(_ question: String, _ body: () throws -> String) {
        do { answers.append((question, .told(try body()))) } catch let error as Failure {
          answers.append((question, .failed(error.message)))
        } catch { answers.append((question, .failed("\(error)"))) }
      }
      for head in heads {
        ask("as-of \(head.seq)") {
          let sink = Rows()
          try world.query.asOf(head.validFrom, knownAt: head.recordedAt, to: sink)
          return "\(sink.rows.map { $0.sorted { $0.key < $1.key }.map(\.value) })"
        }
      }
      for (old, new) in zip(heads, heads.dropFirst()) {
        ask("diff \(new.seq)") {
          let sink = Rows(asJSON: true)
          try world.query.difference(old.validFrom, new.validFrom, to: sink)
          return "\(sink.rows.map { $0.sorted { $0.key < $1.key }.map(\.value) })"
        }
      }
      for key in ["70", "9", "1"] {
        ask("key \(key)") {
          let sink = Rows()
          try world.query.versions(ofKey: [key], to: sink)
          return "\(sink.rows.map { $0.sorted { $0.key < $1.key }.map(\.value) })"
        }
      }
      for run in runs { ask("dump \(run)") { String(decoding: try world.dump(of: run), as: UTF8.self) } }
      // A next run, and what is known after it. It changes the store, so it comes last.
      ask("next run") {
        let event = try world.tick(next.csv)
        let sink = Rows()
        try world.query.asOf(event.data.validFrom, to: sink)
        return "\(event.data.outcome) \(sink.rows.map { $0.sorted { $0.key < $1.key }.map(\.value) })"
      }
      return answers
    }
  }
}
