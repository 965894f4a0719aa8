internal import CCrypto

/// SHA-256 (FIPS 180-4) over bytes that come bit by bit.
@safe public struct SHA256: Sendable {
  private var context: SHA256_CTX

  /// Begins a digest.
  public init() {
    context = SHA256_CTX()
    unsafe SHA256_Init(&context)
  }

  /// Takes more bytes in.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    unsafe SHA256_Update(&context, bytes.baseAddress, bytes.count)
  }

  /// Takes the bytes of an array in.
  public mutating func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }

  /// The digest of everything taken in: 32 bytes. This value may go on taking bytes in.
  public func digest() -> [UInt8] {
    var copy = self
    return unsafe [UInt8](unsafeUninitializedCapacity: 32) { room, count in
      unsafe SHA256_Final(room.baseAddress, &copy.context)
      count = 32
    }
  }

  /// The digest of an array: 32 bytes.
  public static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.digest()
  }

  /// The first 16 bytes of the digest as a fingerprint.
  fileprivate func fingerprint() -> Fingerprint {
    var copy = self
    return unsafe withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { room in
      unsafe SHA256_Final(room.assumingMemoryBound(to: UInt8.self).baseAddress, &copy.context)
      return unsafe Fingerprint(
        high: UInt64(bigEndian: room.load(as: UInt64.self)),
        low: UInt64(bigEndian: room.load(fromByteOffset: 8, as: UInt64.self)))
    }
  }
}

/// 128 bits by which bytes are known again: equal fingerprints of one ``Fingerprinter`` mean equal bytes.
public struct Fingerprint: Hashable, Comparable, Sendable {
  /// The first eight bytes, read big-endian.
  public var high: UInt64
  /// The last eight bytes, read big-endian.
  public var low: UInt64

  /// Puts the halves together.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  public static func < (a: Fingerprint, b: Fingerprint) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }
}

/// Makes fingerprints that whoever writes into a feed cannot make collide, because a secret goes in first.
///
/// The fingerprint is the first half of SHA-256 over the secret, filled up with zeros to SHA-256's block of
/// 64 bytes, and the bytes. Without the secret nobody can search for collisions, and by chance two of 2^40
/// records collide with probability 2^-49. Somebody who reads the store knows the secret and is trusted.
public struct Fingerprinter: Sendable {
  /// How long a secret is, in bytes.
  public static let secretLength = 32
  /// The secret, as the store keeps it.
  public let secret: [UInt8]
  private let prefix: SHA256

  /// Takes a secret of ``secretLength`` bytes.
  public init(secret: [UInt8]) {
    precondition(secret.count == Self.secretLength)
    self.secret = secret
    var hash = SHA256()
    hash.update(secret + [UInt8](repeating: 0, count: 64 - secret.count))
    prefix = hash
  }

  /// The fingerprint of bytes.
  public func fingerprint(_ bytes: UnsafeRawBufferPointer) -> Fingerprint {
    var hash = prefix
    unsafe hash.update(bytes)
    return hash.fingerprint()
  }
}
