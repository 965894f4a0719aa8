import Gzip
import StrandlineTesting
import Testing

@Suite struct InflaterTests {
  /// Inflates by pieces of random sizes.
  private func inflate(_ packed: [UInt8], seed: UInt64) throws -> (bytes: [UInt8], isWhole: Bool) {
    var generator = SplitMix64(seed: seed)
    let inflater = Inflater()
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 5000, alignment: 16)
    defer { unsafe room.deallocate() }
    var bytes: [UInt8] = []
    var start = 0
    while true {
      let end = min(packed.count, start + Int.random(in: 0...3000, using: &generator))
      let output = unsafe UnsafeMutableRawBufferPointer(
        rebasing: room[..<Int.random(in: 1...5000, using: &generator)])
      let (taken, made) = try unsafe packed[start..<end].withUnsafeBytes {
        unsafe try inflater.inflate($0, into: output)
      }
      start += taken
      unsafe bytes.append(contentsOf: output[..<made])
      if start == packed.count, made == 0 { return (bytes, inflater.isWhole) }
    }
  }

  private func sample(_ generator: inout SplitMix64) -> [UInt8] {
    let alphabet = UInt8.random(in: 1...255, using: &generator)
    return (0..<Int.random(in: 0...40000, using: &generator)).map { _ in
      UInt8.random(in: 0...alphabet, using: &generator)
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func givesBackWhatWasPacked(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let parts = (0..<Int.random(in: 1...4, using: &generator)).map { _ in sample(&generator) }
    let packed = try gzip(parts, in: Scratch())
    let (bytes, isWhole) = try inflate(packed, seed: seed)
    #expect(bytes == parts.flatMap(\.self) && isWhole)
    let padded = try inflate(packed + Array(repeating: 0, count: 700), seed: seed)
    #expect(padded.bytes == bytes && padded.isWhole)
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func seesEveryCutAndEveryChangedByte(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let part = sample(&generator) + [1]
    let packed = try gzip([part], in: Scratch())
    let cut = try inflate(Array(packed[..<Int.random(in: 0..<packed.count, using: &generator)]), seed: seed)
    #expect(!cut.isWhole && part.starts(with: cut.bytes))
    var changed = packed
    // The header's time, flags and system say nothing about the content.
    let place = Int.random(in: 10..<packed.count, using: &generator)
    changed[place] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
    let result = Result { try inflate(changed, seed: seed) }
    if case .success(let (bytes, isWhole)) = result { #expect(!isWhole || bytes == part, "byte \(place)") }
  }

  @Test func refusesWhatFollows() throws {
    let packed = try gzip([[1, 2, 3]], in: Scratch())
    for tail in [[65], [0, 31], [31, 65]] as [[UInt8]] {
      #expect(throws: GzipError.self) { try inflate(packed + tail, seed: 1) }
    }
    #expect(throws: GzipError.broken("it is no gzip")) { try inflate(Array("a,b\n".utf8), seed: 1) }
    #expect(try inflate([], seed: 1).isWhole == false)
  }
}
