import CNH
import Hashing
import StrandlineTesting
import Testing

@Suite struct FingerprinterTests {
  private static let secret = (0..<32).map { UInt8($0 * 7 + 1) }
  private let fast = Fingerprinter(secret: secret)
  private let slow = SlowHash(secret: secret)

  /// Where a word, a pair or a stretch ends, and one byte to either side.
  private static let lengths =
    Array(0...300)
    + [512, 1008, 1024, 2048, 4080, 4096, 4112, 8176, 8192, 8208, 12_288, 65_536].flatMap {
      Array($0 - 2...$0 + 2)
    }

  private func print(_ bytes: [UInt8]) -> Fingerprint {
    unsafe bytes.withUnsafeBytes { unsafe fast.fingerprint($0) }
  }

  private func noise(_ count: Int, _ seed: Int) -> [UInt8] {
    var generator = SplitMix64(seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  @Test func everyLengthIsTheModels() {
    for length in Self.lengths {
      for bytes in [
        noise(length, length), [UInt8](repeating: 0, count: length), [UInt8](repeating: 255, count: length),
      ] {
        #expect(print(bytes) == slow.fingerprint(bytes), "\(length) bytes")
      }
    }
  }

  /// Whatever the processor has, and without it.
  @Test func everyWayToSumIsTheModels() {
    for length in Self.lengths where length <= 4096 {
      let bytes = noise(length, length + 7)
      for anywhere in [false, true] {
        var sums: [UInt64] = [1, 1, 1, 1]
        unsafe bytes.withUnsafeBytes { bytes in
          unsafe slow.key.withUnsafeBufferPointer { key in
            if anywhere {
              unsafe strandline_nh_anywhere(bytes.baseAddress, bytes.count, key.baseAddress, &sums)
            } else {
              unsafe strandline_nh(bytes.baseAddress, bytes.count, key.baseAddress, &sums)
            }
          }
        }
        #expect(sums == (0..<4).map { slow.nh(bytes, $0) }, "\(length) bytes")
      }
    }
  }

  @Test func anySecretIsTheModels() {
    var generator = SplitMix64(1)
    for seed in 0..<60 {
      let secret = noise(32, seed)
      let bytes = noise(generator.below(9000), seed + 1000)
      let fingerprint = unsafe bytes.withUnsafeBytes { unsafe Fingerprinter(secret: secret).fingerprint($0) }
      #expect(fingerprint == SlowHash(secret: secret).fingerprint(bytes), "secret \(seed)")
    }
  }

  /// Bytes may lie at any address.
  @Test func addressMakesNoDifference() {
    let bytes = noise(5000, 3)
    for shift in 0..<17 {
      let moved = [UInt8](repeating: 1, count: shift) + bytes
      let fingerprint = unsafe moved.withUnsafeBytes {
        unsafe fast.fingerprint(UnsafeRawBufferPointer(rebasing: $0[shift...]))
      }
      #expect(fingerprint == print(bytes))
    }
  }

  @Test(arguments: [1, 8, 15, 16, 17, 64, 300, 4095, 4096, 4097, 4112, 8200])
  func everyBitCounts(length: Int) {
    var bytes = noise(length, length)
    var seen: Set = [print(bytes)]
    for bit in 0..<length * 8 {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(seen.insert(print(bytes)).inserted, "bit \(bit) of \(length) bytes")
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }

  /// Zeros at the end, and any bytes more or less, make another fingerprint.
  @Test func lengthCounts() {
    var zeros: Set<Fingerprint> = []
    var prefixes: Set<Fingerprint> = []
    let bytes = noise(9000, 9)
    for length in 0...9000 {
      zeros.insert(print([UInt8](repeating: 0, count: length)))
      prefixes.insert(print(Array(bytes[..<length])))
    }
    #expect(zeros.count == 9001 && prefixes.count == 9001)
    for length in Self.lengths {
      let bytes = noise(length, length + 5)
      #expect(print(bytes) != print(bytes + [0]))
      #expect(print(bytes) != print([0] + bytes))
    }
  }

  /// Stretches that trade places are other bytes, though the sums of their pairs are the same ones.
  @Test func orderCounts() {
    let (a, b) = (noise(4096, 1), noise(4096, 2))
    #expect(print(a + b) != print(b + a))
    #expect(print(a + a) != print(a))
    let (c, d) = (noise(16, 3), noise(16, 4))
    #expect(print(c + d) != print(d + c))
    #expect(print(Array(c[8...] + c[..<8])) != print(c))
  }

  @Test func secretsAndAlgorithmsAreToldApart() {
    var other = Self.secret
    other[31] ^= 1
    let bytes = noise(100, 1)
    #expect(
      unsafe bytes.withUnsafeBytes { unsafe Fingerprinter(secret: other).fingerprint($0) } != print(bytes))
    #expect(!Fingerprinter(secret: other).isSame(as: fast))
    #expect(Fingerprinter(secret: Self.secret).isSame(as: fast))
    #expect(!Fingerprinter(secret: Self.secret, algorithm: .sha256).isSame(as: fast))
  }

  /// The first half of SHA-256 over the secret, 32 zeros and the bytes.
  @Test func sha256IsThePrefixedDigest() {
    let sha256 = Fingerprinter(secret: Self.secret, algorithm: .sha256)
    for length in Self.lengths {
      let bytes = noise(length, length)
      let digest = SHA256.digest(Self.secret + [UInt8](repeating: 0, count: 32) + bytes)
      let fingerprint = unsafe bytes.withUnsafeBytes { unsafe sha256.fingerprint($0) }
      let (high, low) = (digest[0..<8], digest[8..<16])
      #expect(
        fingerprint
          == Fingerprint(high: word(ArraySlice(high.reversed())), low: word(ArraySlice(low.reversed()))))
    }
  }
}
