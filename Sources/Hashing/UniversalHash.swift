import CNH

/// A keyed hash near the speed of memory: NH compresses, SipHash ends.
///
/// NH (Black, Halevi, Krawczyk, Krovetz and Rogaway, "UMAC: fast and secure message authentication", 1999) over
/// words of 32 bits: the sum of (m0 + k0)(m1 + k1) over the pairs of a stretch of 4 KiB. For any two different
/// stretches of one length, the sums are equal for at most one key in 2^32; three more sums, each with the key
/// moved on by a pair (Toeplitz), make it one in 2^128. That is proven, and needs no assumption but that whoever
/// chooses the stretches does not know the key. SipHash over all sums and the length makes a fingerprint that tells
/// nothing about the key. The same NH, with its four sums, is at work in Adiantum (Crowley and Biggers, 2018).
struct UniversalHash: Sendable {
  /// Bytes that share one pass over the key.
  static let stretch = 4096
  /// In 64 bits: the key of a stretch, and what three more sums need.
  private static let keyWords = stretch / 8 + 4

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
    for index in 0..<Self.keyWords { unsafe key.words[index] = words[index].littleEndian }
    ending = (words[Self.keyWords], words[Self.keyWords + 1])
  }

  /// The hash of bytes.
  @inline(__always)
  func hash(_ bytes: UnsafeRawBufferPointer) -> Fingerprint {
    var end = SipHash(key: ending)
    var position = 0
    while position < bytes.count {
      let length = min(Self.stretch, bytes.count &- position)
      var sums: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
      unsafe withUnsafeMutablePointer(to: &sums) { sums in
        unsafe strandline_nh(
          bytes.baseAddress! + position, length,
          UnsafeRawPointer(key.words).assumingMemoryBound(to: UInt32.self),
          UnsafeMutableRawPointer(sums).assumingMemoryBound(to: UInt64.self))
      }
      end.append(sums.0)
      end.append(sums.1)
      end.append(sums.2)
      end.append(sums.3)
      position &+= length
    }
    end.append(UInt64(bytes.count))
    return end.finish()
  }
}
