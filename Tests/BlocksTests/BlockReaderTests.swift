import Basics
import Blocks
import Compression
import Hashing
import Records
import StrandlineTesting
import Testing

@Suite struct BlockReaderTests {
  private func recorded(_ packs: Packs) throws(Failure) -> (manifest: Manifest, bytes: [UInt8]) {
    var generator = SplitMix64(3)
    var bytes = Array("id,text\n".utf8)
    for row in 0..<30_000 { bytes += Array("\(row),\(generator.next())\n".utf8) }
    return (try record(bytes, .csv(delimiter: 0x2C), into: packs, as: "bases/1").manifest, bytes)
  }

  /// Spans in no order, over more frames than are kept.
  @Test func anyOrder() throws {
    let packs = Packs()
    let (manifest, bytes) = try recorded(packs)
    var places: [Int] = [0]
    for span in manifest.spans { places.append(places[places.count - 1] + Int(span.length)) }
    let reader = BlockReader(manifest, from: packs)
    var generator = SplitMix64(4)
    for _ in 0..<300 {
      let index = generator.below(manifest.spans.count)
      let found = try unsafe reader.withVerifiedBytes(of: manifest.spans[index]) { unsafe Array($0) }
      #expect(found == Array(bytes[places[index]..<places[index + 1]]))
    }
  }

  @Test(arguments: 0..<60) func damageIsFound(seed: Int) throws {
    let packs = Packs()
    let (manifest, bytes) = try recorded(packs)
    var generator = SplitMix64(seed)
    var pack = packs.objects["bases/1"] ?? []
    let place = 8 + generator.below(pack.count - 8)
    if generator.oneIn(3) {
      pack.removeSubrange(place...)
    } else {
      pack[place] ^= UInt8(1 + generator.below(255))
    }
    packs.objects["bases/1"] = pack
    do {
      // A bit of a frame that says nothing may be changed: then the bytes are right all the same.
      #expect(try packs.bytes(of: manifest) == bytes)
    } catch {
      #expect(error.kind == .badData && error.message.contains("bases/1"))
    }
  }

  @Test func anotherBlockInItsPlaceIsFound() throws {
    let packs = Packs()
    let manifest = try recorded(packs).manifest
    let reader = BlockReader(manifest, from: packs)
    var span = manifest.spans[5]
    span.offset += 1
    #expect(throws: Failure.self) { try unsafe reader.withVerifiedBytes(of: span) { _ in } }
    span.offset = 200 << 10
    #expect(throws: Failure.self) { try unsafe reader.withBytes(of: span) { _ in } }
  }

  /// A dump that came in many packs, laid out in one base.
  @Test(arguments: 0..<10) func baseHoldsTheDumpInOrder(seed: Int) throws {
    var generator = SplitMix64(seed)
    let packs = Packs()
    var dump = RandomDump(&generator, rows: 400, width: 300)
    var manifest = try record(dump.bytes, dump.format, into: packs, as: "packs/0").manifest
    for run in 1..<8 {
      dump.edit(&generator, width: 300)
      manifest = try record(dump.bytes, dump.format, base: manifest, into: packs, as: "packs/\(run)").manifest
    }
    let laidOut = try record(try packs.bytes(of: manifest), dump.format, into: packs, as: "bases/1").manifest

    #expect(laidOut.objects.map(\.key) == ["bases/1"])
    #expect(laidOut.recordCount == manifest.recordCount)
    let alone = Packs()
    alone.objects["bases/1"] = packs.objects["bases/1"]
    #expect(try alone.bytes(of: laidOut) == dump.bytes)
  }
}
