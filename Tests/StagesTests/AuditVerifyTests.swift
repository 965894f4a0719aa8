import Basics
import Blocks
import Damage
import Dedupe
import Documents
import Hashing
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Whatever is changed or taken away in a store, an audit that verifies says so and names it.
@Suite struct AuditVerifyTests {
  /// A feed with all that there can be: a refused run that was accepted, quarantine, several parts, and more by kind.
  private func world(_ kind: SoundFeed.Kind = .runs) throws -> World {
    let world = try World(on: SoundFeed(kind).store)
    #expect(try world.findings(verify: true).isEmpty)
    return world
  }

  /// Parts that readers need no more.
  private func isRetired(_ path: String, _ world: World) throws -> Bool {
    let retired = try Pointer.read(world.folder)?.pointer.retired ?? []
    return retired.contains { $0.object == path }
  }

  private func paths(_ world: World) throws -> [String] {
    try listing(world.store).keys.sorted().filter { $0.hasPrefix("cases/") }.map { String($0.dropFirst(6)) }
  }

  @Test(arguments: SoundFeed.Kind.allCases) func aByteThatFlipsIsNamed(_ kind: SoundFeed.Kind) throws {
    let world = try world(kind)
    var random = SplitMix64(seed: 11)
    var covered = 0
    for path in try paths(world) where try !isRetired(path, world) {
      let key = try ObjectKey("cases/\(path)")
      let bytes = try world.folder.get(path)
      for place in [0, bytes.count - 1, random.below(bytes.count), random.below(bytes.count)] {
        var changed = bytes
        changed[place] ^= UInt8(1 << random.below(8))
        try world.store.put(key, changed, if: .none)
        let findings = try world.audit(verify: true).findings
        #expect(
          findings.contains { $0.level == .act && ($0.object == path || $0.message.contains(path)) },
          "byte \(place) of \(path): \(findings)")
        covered += 1
      }
      try world.store.put(key, bytes, if: .none)
    }
    #expect(covered > 150)
    #expect(try world.findings(verify: true).isEmpty)
  }

  @Test(arguments: SoundFeed.Kind.allCases) func anObjectThatIsGoneIsNamed(_ kind: SoundFeed.Kind) throws {
    let world = try world(kind)
    let head = try #require(try world.entries().last)
    for path in try paths(world) where path != "lock.json" && path != "published/pointer.json" {
      let key = try ObjectKey("cases/\(path)")
      let bytes = try world.folder.get(path)
      try world.store.delete(key, ifVersion: nil)
      let findings = try world.audit(verify: true).findings
      let isNamed = findings.contains { finding in
        finding.object == path || finding.message.contains(path)
          || (path.hasPrefix("heads/") && finding.kind == .brokenChain)
      }
      let isNeeded =
        try !isRetired(path, world) && (!path.hasPrefix("runs/") || !isLast(path, world))
      #expect(isNamed || !isNeeded, "\(path): \(findings)")
      // What the newest entry and readers need is seen without reading everything.
      if path == head.state.patch.object || path == head.state.manifest.object
        || path.hasPrefix("published/closed/") && isNeeded || path == "published/current.jsonl"
        || path == "published/schema.json" || path == "published/current.manifest"
      {
        let cheap = try world.audit().findings
        #expect(cheap.contains { $0.level == .act && $0.object == path }, "\(path): \(cheap)")
      }
      try world.store.put(key, bytes, if: .none)
    }
    #expect(try world.findings(verify: true).isEmpty)
  }

  /// Without `lock.json` and all answers there is nothing that a head would miss.
  private func isLast(_ path: String, _ world: World) throws -> Bool {
    let parts = path.split(separator: "/")
    let left = try Stage.allCases.filter { try RunLog(world.folder).answer(String(parts[1]), $0) != nil }
    return Stage(rawValue: String(parts[2].dropLast(5))).map { stage in
      left.allSatisfy {
        (Stage.allCases.firstIndex(of: $0) ?? 0) < (Stage.allCases.firstIndex(of: stage) ?? 0)
      }
    } ?? false
  }

  /// Rows that were changed so that every length and digest beside them still fits.
  @Test func rowsThatDoNotFollowFromHistory() throws {
    let world = try world()
    var pointer = try #require(try Pointer.read(world.folder)?.pointer)
    let object = pointer.current[1].object
    var bytes = try world.folder.get(object)
    let place = try #require(bytes.firstIndex(of: UInt8(ascii: "f")))
    bytes[place] = UInt8(ascii: "F")
    try world.store.put(ObjectKey("cases/\(object)"), bytes, if: .none)
    #expect(try world.audit(verify: true).findings.map(\.object) == [object])
    pointer.validFrom = Instant(seconds: 5)
    try world.store.put(ObjectKey("cases/published/pointer.json"), Documents.encode(pointer), if: .none)
    #expect(try world.audit(verify: true).findings.map(\.object) == ["published/pointer.json"])
  }

  /// Entries of before there were digests are walked through as well as can be.
  @Test func aStoreWithoutDigestsIsNotAccused() throws {
    let world = try World()
    for table in [first, second, third] { try world.tick(table.csv) }
    var older: HeadRef?
    for entry in try world.entries() {
      var head = entry
      (head.packs, head.keys, head.quarantine, head.answer) = (nil, nil, nil, nil)
      if !head.ancestors.isEmpty, let older { head.ancestors[0] = older }
      head.ancestors = Array(head.ancestors.prefix(1))
      let bytes = Documents.encode(head)
      try world.store.put(ObjectKey("cases/\(head.object)"), bytes, if: .none)
      try world.store.put(ObjectKey("cases/head.json"), bytes, if: .none)
      older =
        Timeline.ancestors(
          after: CommittedHead(head: head, sha256: hex(SHA256.digest(bytes)), version: ""),
          validFrom: head.validFrom, recordedAt: head.recordedAt
        ).first
    }
    #expect(try world.findings(verify: true).isEmpty)
  }
}
