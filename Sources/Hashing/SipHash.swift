/// SipHash with one round a word, three at the end and 128 bits, over 64-bit words
/// (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; the 128-bit form is the reference
/// implementation's).
struct SipHash {
  private var v0: UInt64
  private var v1: UInt64
  private var v2: UInt64
  private var v3: UInt64
  private var words: UInt64 = 0

  @inline(__always)
  init(key: (UInt64, UInt64)) {
    v0 = key.0 ^ 0x736f_6d65_7073_6575
    v1 = key.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
    v2 = key.0 ^ 0x6c79_6765_6e65_7261
    v3 = key.1 ^ 0x7465_6462_7974_6573
  }

  @inline(__always)
  private mutating func round() {
    v0 &+= v1
    v1 = v1 &<< 13 | v1 &>> 51
    v1 ^= v0
    v0 = v0 &<< 32 | v0 &>> 32
    v2 &+= v3
    v3 = v3 &<< 16 | v3 &>> 48
    v3 ^= v2
    v0 &+= v3
    v3 = v3 &<< 21 | v3 &>> 43
    v3 ^= v0
    v2 &+= v1
    v1 = v1 &<< 17 | v1 &>> 47
    v1 ^= v2
    v2 = v2 &<< 32 | v2 &>> 32
  }

  /// Takes in the next word of the message.
  @inline(__always)
  mutating func append(_ word: UInt64) {
    v3 ^= word
    round()
    v0 ^= word
    words &+= 1
  }

  /// The hash of the words, a message of eight times as many bytes.
  @inline(__always)
  consuming func finish() -> Fingerprint {
    let end = words &* 8 &<< 56
    append(end)
    v2 ^= 0xee
    round()
    round()
    round()
    let first = v0 ^ v1 ^ v2 ^ v3
    v1 ^= 0xdd
    round()
    round()
    round()
    return Fingerprint(high: first, low: v0 ^ v1 ^ v2 ^ v3)
  }
}
