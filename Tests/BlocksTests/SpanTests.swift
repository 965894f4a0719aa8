import Blocks
import Records
import StrandlineTesting
import Testing

/// How long blocks are, and what a dump has that is no block.
@Suite struct SpanTests {
  private let comma = Format.csv(delimiter: 0x2C)

  @Test(arguments: [50, 200, 700, 2000]) func blocksHaveFourKilobytes(longest: Int) throws {
    var generator = SplitMix64(longest)
    var dump: [UInt8] = Array("id\n".utf8)
    while dump.count < 8 << 20 {
      let length = 50 + generator.below(longest - 49)
      dump += Array("\(generator.next()),".utf8) + [UInt8](repeating: 0x78, count: max(0, length - 22)) + [10]
    }
    let blocks = try record(dump, comma, into: Packs(), as: "a").manifest.spans.filter { $0.kind == .block }
    let mean = dump.count / blocks.count
    #expect(mean > 3300 && mean < 4900, "mean \(mean)")
    #expect(blocks.allSatisfy { $0.length < 16 << 10 + 2000 })
  }

  @Test func brokenDumpIsKeptAndSaysWhy() throws {
    let packs = Packs()
    let page = Array("<html>no</html>".utf8)
    let recording = try record(page, .json(unwrap: []), into: packs, as: "packs/1")
    let broken = try #require(recording.broken)
    #expect(broken.contains("JSON"))
    #expect(try packs.bytes(of: recording.manifest) == page)
  }

  @Test func longRecordsAndLiteralsAreCutIntoStretches() throws {
    let packs = Packs()
    let long = [UInt8](repeating: 0x61, count: 3 << 20)
    let dump = Array("id\n1\n".utf8) + long + [10] + long + [10] + Array("2\n".utf8)
    for size in [1000, 1 << 20, 64 << 20] {
      let recording = try record(dump, comma, into: packs, as: "packs/1", maxRecordBytes: 2 << 20) { size }
      #expect(try packs.bytes(of: recording.manifest) == dump)
      #expect(recording.manifest.recordCount == 4)
      #expect(
        recording.manifest.spans.filter { $0.kind == .oversized }.map(\.records) == [1, 0, 0, 0, 1, 0, 0, 0])
      // Stretches with the same bytes are stored once, whatever their role.
      #expect(recording.newBytes < 2 << 20)
    }
  }

  /// A record that comes back as a header, and a header that comes back as a record, have other numbers.
  @Test func bytesInAnotherRoleKeepNoNumbers() throws {
    let packs = Packs()
    func row(_ letter: UInt8) -> [UInt8] { [UInt8](repeating: letter, count: 17_000) + [10] }
    let tail = (0..<2000).flatMap { Array("\($0),x\n".utf8) }
    let (short, one, two) = (Array("a,b\n".utf8), row(0x71), row(0x72))
    let dumps = [short + tail, short + one + two + tail, two + two + tail, two + one + tail]
    var links: [StateIndex.Link] = []
    for (depth, dump) in dumps.enumerated() {
      let recording = try record(
        dump, comma, base: links.last?.manifest, into: packs, as: "packs/\(depth)")
      let parent = depth == 0 ? nil : links[StateIndex.parentDepth(of: depth)]
      let stored = StateIndex.encode(recording.manifest, depth: depth, parent: parent)
      let again = try StateIndex(decoding: stored).manifest(parent: parent?.manifest)
      #expect(again.values == recording.manifest.values, "dump \(depth)")
      #expect(try packs.bytes(of: again) == dump, "dump \(depth)")
      let ref = StateRef(object: "packs/\(depth)", offset: 0, length: 0, sha256: "\(depth)")
      links.append(.init(ref: ref, depth: depth, manifest: again))
    }
    #expect(!links[3].manifest.isSameDump(as: links[2].manifest))
  }
}
