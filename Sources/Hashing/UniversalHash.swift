/// A keyed hash near the speed of memory: NH compresses, SipHash ends.
///
/// NH (Black, Halevi, Krawczyk, Krovetz and Rogaway, "UMAC: fast and secure message authentication", 1999) over
/// words of 64 bits: the sum of (m0 + k0)(m1 + k1) over the pairs of a stretch of 4 KiB. For any two different
/// stretches of one length, the sums are equal for at most one key in 2^64; a second sum with the key moved on
/// by a pair (Toeplitz) makes it one in 2^128. That is proven, and needs no assumption but that whoever chooses
/// the stretches does not know the key. SipHash over all sums and the length makes a fingerprint that tells
/// nothing about the key.
struct UniversalHash: Sendable {
  /// Bytes that share one pass over the key.
  static let stretch = 4096
  private static let keyWords = stretch / 8 + 2

  /// Keeps the key's memory; the words are never changed.
  @safe private final class Key: @unchecked Sendable {
    let words: UnsafeMutablePointer<UInt64>
    init() { unsafe words = .allocate(capacity: UniversalHash.keyWords) }
    deinit { unsafe words.deallocate() }
  }

  private let key: Key
  private let ending: (UInt64, UInt64)

  /// The key's words are SHA-256 over the secret and a counter.
  init(secret: [UInt8]) {
    var words: [UInt64] = []
    var counter: UInt8 = 0
    while words.count < Self.keyWords + 2 {
      let digest = SHA256.digest(secret + [counter])
      for start in stride(from: 0, to: 32, by: 8) {
        words.append(digest[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) })
      }
      counter += 1
    }
    key = Key()
    for index in 0..<Self.keyWords { unsafe key.words[index] = words[index] }
    ending = (words[Self.keyWords], words[Self.keyWords + 1])
  }

  /// The hash of bytes.
  @inline(__always)
  func hash(_ bytes: UnsafeRawBufferPointer) -> Fingerprint {
    var end = SipHash(key: ending)
    var position = 0
    let words = unsafe UnsafePointer(key.words)
    while position &+ Self.stretch <= bytes.count {
      unsafe append(nh(bytes.baseAddress! + position, pairs: Self.stretch / 16, words), to: &end)
      position &+= Self.stretch
    }
    let rest = bytes.count &- position
    if rest > 0 {
      let pairs = rest / 16
      let start = unsafe bytes.baseAddress! + position
      var sums = unsafe nh(start, pairs: pairs, words)
      if rest & 15 > 0 {
        // What does not fill a pair is filled up with zeros; the length tells such inputs apart.
        var last: (UInt64, UInt64) = (0, 0)
        unsafe withUnsafeMutableBytes(of: &last) { room in
          unsafe room.baseAddress!.copyMemory(from: start + pairs &* 16, byteCount: rest & 15)
        }
        unsafe add(
          (UInt64(littleEndian: last.0), UInt64(littleEndian: last.1)), words + pairs &* 2, to: &sums)
      }
      append(sums, to: &end)
    }
    end.append(UInt64(bytes.count))
    return end.finish()
  }

  @inline(__always)
  private func append(_ sums: (UInt128, UInt128), to end: inout SipHash) {
    end.append(UInt64(truncatingIfNeeded: sums.0))
    end.append(UInt64(truncatingIfNeeded: sums.0 &>> 64))
    end.append(UInt64(truncatingIfNeeded: sums.1))
    end.append(UInt64(truncatingIfNeeded: sums.1 &>> 64))
  }

  /// Not inlined: alone it has a register for each sum.
  @inline(never)
  private func nh(
    _ bytes: UnsafeRawPointer, pairs: Int, _ key: UnsafePointer<UInt64>
  ) -> (UInt128, UInt128) {
    var sums: (UInt128, UInt128) = (0, 0)
    var index = 0
    while index < pairs {
      let pair = unsafe (
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* 16, as: UInt64.self)),
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* 16 &+ 8, as: UInt64.self))
      )
      unsafe add(pair, key + index &* 2, to: &sums)
      index &+= 1
    }
    return sums
  }

  @inline(__always)
  private func add(
    _ pair: (UInt64, UInt64), _ key: UnsafePointer<UInt64>, to sums: inout (UInt128, UInt128)
  ) {
    sums.0 &+= unsafe Self.product(pair.0 &+ key[0], pair.1 &+ key[1])
    sums.1 &+= unsafe Self.product(pair.0 &+ key[2], pair.1 &+ key[3])
  }

  @inline(__always)
  private static func product(_ a: UInt64, _ b: UInt64) -> UInt128 {
    UInt128(truncatingIfNeeded: a) &* UInt128(truncatingIfNeeded: b)
  }
}
