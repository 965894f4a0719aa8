import Hashing

/// The keyed hash as the papers have it, number by number and without any haste.
struct SlowHash {
  /// The words of NH's key, two in each number, and SipHash's key after them.
  private let words: [UInt64]
  private static let stretch = 4096
  private static let keyWords = stretch / 8 + 4

  /// The key's words are SHA-256 over the secret and a counter, read big-endian.
  init(secret: [UInt8]) {
    var words: [UInt64] = []
    var counter: UInt8 = 0
    while words.count < Self.keyWords + 2 {
      let digest = SHA256.digest(secret + [counter])
      for place in 0..<4 {
        var word: UInt64 = 0
        for byte in digest[place * 8..<place * 8 + 8] { word = word * 256 + UInt64(byte) }
        words.append(word)
      }
      counter += 1
    }
    self.words = words
  }

  /// NH of each stretch, with the key as it is and moved on by one, two and three pairs; then the length;
  /// SipHash-1-3-128 over all.
  func fingerprint(_ bytes: [UInt8]) -> Fingerprint {
    var sums: [UInt64] = []
    for start in stride(from: 0, to: bytes.count, by: Self.stretch) {
      let stretch = Array(bytes[start..<min(bytes.count, start + Self.stretch)])
      for pairs in 0..<4 { sums.append(nh(stretch, pairs)) }
    }
    sums.append(UInt64(bytes.count))
    let key = littleEndian(words[Self.keyWords]) + littleEndian(words[Self.keyWords + 1])
    let hash = slowSipHash128(key, sums.flatMap { littleEndian($0) }, rounds: 1, ending: 3)
    return Fingerprint(high: word(hash[0..<8]), low: word(hash[8..<16]))
  }

  /// The sum of (m0 + k0)(m1 + k1): the inner sums modulo 2^32, the outer one modulo 2^64.
  func nh(_ stretch: [UInt8], _ shift: Int) -> UInt64 {
    let padded = stretch + [UInt8](repeating: 0, count: (32 - stretch.count % 32) % 32)
    var sum: UInt64 = 0
    for pair in 0..<padded.count / 8 {
      let message = word(padded[pair * 8..<pair * 8 + 8])
      let key = words[pair + shift]
      let first = UInt32(message & 0xffff_ffff) &+ UInt32(key & 0xffff_ffff)
      let second = UInt32(message >> 32) &+ UInt32(key >> 32)
      sum &+= UInt64(first) * UInt64(second)
    }
    return sum
  }

  /// The words of the key, as C takes them.
  var key: [UInt32] { words.flatMap { [UInt32($0 & 0xffff_ffff), UInt32($0 >> 32)] } }
}

/// SipHash with 128 bits for any numbers of rounds.
func slowSipHash128(_ key: [UInt8], _ message: [UInt8], rounds: Int, ending: Int) -> [UInt8] {
  let (k0, k1) = (word(key[0..<8]), word(key[8..<16]))
  var v = [
    k0 ^ 0x736f_6d65_7073_6575, k1 ^ 0x646f_7261_6e64_6f6d, k0 ^ 0x6c79_6765_6e65_7261,
    k1 ^ 0x7465_6462_7974_6573,
  ]
  v[1] ^= 0xee
  func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
  func round() {
    v[0] = v[0] &+ v[1]
    v[2] = v[2] &+ v[3]
    v[1] = rotated(v[1], 13) ^ v[0]
    v[3] = rotated(v[3], 16) ^ v[2]
    v[0] = rotated(v[0], 32)
    v[2] = v[2] &+ v[1]
    v[0] = v[0] &+ v[3]
    v[1] = rotated(v[1], 17) ^ v[2]
    v[3] = rotated(v[3], 21) ^ v[0]
    v[2] = rotated(v[2], 32)
  }
  // The message, zeros, and its length modulo 256 as the last byte of a word.
  var padded = message
  while padded.count % 8 != 7 { padded.append(0) }
  padded.append(UInt8(message.count % 256))
  for start in stride(from: 0, to: padded.count, by: 8) {
    let m = word(padded[start..<start + 8])
    v[3] ^= m
    for _ in 0..<rounds { round() }
    v[0] ^= m
  }
  v[2] ^= 0xee
  for _ in 0..<ending { round() }
  let first = v[0] ^ v[1] ^ v[2] ^ v[3]
  v[1] ^= 0xdd
  for _ in 0..<ending { round() }
  return littleEndian(first) + littleEndian(v[0] ^ v[1] ^ v[2] ^ v[3])
}

/// Eight bytes as a number, the lowest first.
func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }

/// A number as eight bytes, the lowest first.
func littleEndian(_ word: UInt64) -> [UInt8] { (0..<8).map { UInt8(word >> ($0 * 8) & 255) } }
