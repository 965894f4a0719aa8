import Basics
import Blocks
import Hashing
import Records
import StrandlineTesting
import Testing

@Suite struct StateIndexTests {
  /// A chain of manifests, each an edit of the one that skip-deltas choose.
  private func chain(_ generator: inout SplitMix64, length: Int) throws -> (
    links: [StateIndex.Link], stored: [[UInt8]]
  ) {
    let packs = Packs()
    var dump = RandomDump(&generator, rows: 300, width: 100)
    var links: [StateIndex.Link] = []
    var stored: [[UInt8]] = []
    for depth in 0..<length {
      let manifest = try record(
        dump.bytes, dump.format, base: links.last?.manifest, into: packs, as: "packs/\(depth)"
      ).manifest
      let parent = depth == 0 ? nil : links[StateIndex.parentDepth(of: depth)]
      stored.append(StateIndex.encode(manifest, depth: depth, parent: parent))
      let ref = StateRef(object: "packs/\(depth)", offset: depth * 1000, length: depth, sha256: "abc\(depth)")
      links.append(.init(ref: ref, depth: depth, manifest: manifest))
      dump.edit(&generator, width: 100)
    }
    return (links, stored)
  }

  /// Whatever the edits, a manifest is read in five objects, and in two where its edit of the base is short.
  @Test(arguments: 0..<3) func shortEditsAreOfTheBase(seed: Int) throws {
    var generator = SplitMix64(seed)
    let packs = Packs()
    var dump = RandomDump(&generator, rows: 3000, width: 100)
    var stored: [String: [UInt8]] = [:]
    func chain(_ ref: StateRef) throws -> [StateIndex.Link] {
      let index = try StateIndex(decoding: try #require(stored[ref.object]))
      let earlier = try index.parent.map(chain) ?? []
      let manifest = try index.manifest(parent: earlier.last?.manifest)
      return earlier + [.init(ref: ref, depth: index.depth, manifest: manifest, parent: index.parent)]
    }
    var read: [StateIndex.Link] = []
    var lengths: [Int] = []
    for depth in 0..<90 {
      let name = "packs/\(depth)"
      let manifest = try record(
        dump.bytes, dump.format, base: read.last?.manifest, into: packs, as: name
      ).manifest
      stored[name] = StateIndex.encode(manifest, after: read)
      read = try chain(StateRef(object: name, offset: 0, length: 0, sha256: ""))
      #expect(read.last?.depth == depth && read.last?.manifest.values == manifest.values, "depth \(depth)")
      #expect(read.last?.manifest.objects == manifest.objects)
      lengths.append(read.count)
      dump.edit(&generator, width: 100)
    }
    #expect(lengths.allSatisfy { $0 <= 5 }, "\(lengths)")
    #expect(Array(lengths[..<3]) == [1, 2, 2] && lengths.contains { $0 > 2 }, "\(lengths)")
  }

  @Test func parentsClearTheLowestDigitInBase4() {
    let depths = [0, 1, 2, 3, 4, 6, 7, 12, 13, 40, 255, 256]
    #expect(depths.map { StateIndex.parentDepth(of: $0) } == [0, 0, 0, 0, 0, 4, 4, 0, 12, 32, 252, 0])
    for depth in 0..<256 {
      var steps = 0
      var next = depth
      while next > 0 {
        next = StateIndex.parentDepth(of: next)
        steps += 1
      }
      #expect(steps <= 4, "\(depth)")
    }
  }

  @Test(arguments: 0..<12) func chainsComeBack(seed: Int) throws {
    var generator = SplitMix64(seed)
    let (links, stored) = try chain(&generator, length: 40)
    var manifests: [Manifest] = []
    for (depth, link) in links.enumerated() {
      let index = try StateIndex(decoding: stored[depth])
      let parent = depth == 0 ? nil : StateIndex.parentDepth(of: depth)
      #expect(index.depth == depth)
      #expect(index.parent == parent.map { links[$0].ref })
      let manifest = try index.manifest(parent: parent.map { manifests[$0] })
      #expect(manifest.values == link.manifest.values, "seed \(seed), depth \(depth)")
      #expect(manifest.objects == link.manifest.objects)
      #expect(manifest.fingerprinter.secret == fingerprinter.secret)
      manifests.append(manifest)
    }
  }

  @Test func editIsShort() throws {
    let packs = Packs()
    var rows = (0..<20_000).map { "\($0),\($0 &* 7919 % 10_007),some text that fills\n" }
    func recorded(_ base: Manifest?, _ name: String) throws -> Manifest {
      try record(
        Array("id,x,t\n".utf8) + rows.joined().utf8, .csv(delimiter: 0x2C), base: base, into: packs, as: name
      ).manifest
    }
    let base = try recorded(nil, "bases/1")
    let link = StateIndex.Link(
      ref: StateRef(object: "bases/1", offset: 0, length: 0, sha256: ""), depth: 0, manifest: base)
    rows[9_999] = "9999,changed,some text\n"
    let edit = StateIndex.encode(try recorded(base, "packs/2"), depth: 1, parent: link)
    #expect(StateIndex.encode(base, depth: 0, parent: nil).count > 3000)
    #expect(edit.count < 300)
  }

  @Test(arguments: 0..<10) func damageIsAFailure(seed: Int) throws {
    var generator = SplitMix64(seed)
    let (links, stored) = try chain(&generator, length: 3)
    var failures = 0
    for round in 0..<400 {
      let depth = generator.below(3)
      let bytes = damaged(stored[depth], &generator)
      do {
        let index = try StateIndex(decoding: bytes)
        let manifest = try index.manifest(parent: depth == 0 ? nil : links[0].manifest)
        // Whatever came through can be used without a trap.
        _ = (manifest.byteCount, manifest.recordCount)
        let reader = BlockReader(manifest, from: Packs())
        for span in manifest.spans.prefix(50) {
          #expect(throws: Failure.self) { try unsafe reader.withBytes(of: span) { _ in } }
        }
      } catch {
        failures += 1
        #expect(error.kind == .badData, "seed \(seed), round \(round)")
      }
    }
    #expect(failures > 40)
  }

  @Test func lastBytesAreNotForgotten() throws {
    var generator = SplitMix64(1)
    let stored = try chain(&generator, length: 1).stored[0]
    #expect(throws: Failure.self) { try StateIndex(decoding: Array(stored.dropLast())) }
    #expect(throws: Failure.self) { try StateIndex(decoding: []) }
    #expect(throws: Failure.self) { try StateIndex(decoding: [9] + stored.dropFirst()) }
  }

  @Test func editWithoutItsParentIsAFailure() throws {
    var generator = SplitMix64(2)
    let (links, stored) = try chain(&generator, length: 2)
    #expect(throws: Failure.self) { try StateIndex(decoding: stored[1]).manifest(parent: nil) }
    #expect(throws: Failure.self) { try StateIndex(decoding: stored[0]).manifest(parent: links[0].manifest) }
  }
}

/// Bytes with some changed, some missing, or some more.
func damaged(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
  var bytes = bytes
  switch generator.below(4) {
  case 0: return Array(bytes.prefix(generator.below(bytes.count)))
  case 1: bytes.insert(UInt8(generator.below(256)), at: generator.below(bytes.count))
  default:
    // The beginning says most: lengths, counts, the first steps.
    for _ in 0...generator.below(3) {
      let place = generator.below(generator.oneIn(2) ? min(150, bytes.count) : bytes.count)
      bytes[place] = generator.oneIn(2) ? 0xFF : UInt8(generator.below(256))
    }
  }
  return bytes
}
