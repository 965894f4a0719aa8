/// 128 bits by which bytes are known again: equal fingerprints of one ``Fingerprinter`` mean equal bytes.
public struct Fingerprint: Hashable, Comparable, Sendable {
  /// The first half; of SHA-256 the first eight bytes, read big-endian.
  public var high: UInt64
  /// The second half.
  public var low: UInt64

  /// Puts the halves together.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  @inlinable @inline(__always)
  public static func == (a: Fingerprint, b: Fingerprint) -> Bool { a.low == b.low && a.high == b.high }

  /// Half of it is random enough.
  @inlinable
  public func hash(into hasher: inout Hasher) { hasher.combine(low) }

  @inlinable
  public static func < (a: Fingerprint, b: Fingerprint) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }
}

/// Makes fingerprints that whoever writes into a feed cannot make collide, because a secret goes in first.
///
/// Somebody who reads the store knows the secret and is trusted.
public struct Fingerprinter: Sendable {
  /// How fingerprints are made.
  public enum Algorithm: UInt8, Sendable {
    /// NH, then SipHash: see ``UniversalHash``. Two inputs that were chosen without the secret have the same
    /// fingerprint with a probability of about 2^-127.
    case universal = 0
    /// The first half of SHA-256 over the secret, filled up with zeros to SHA-256's block of 64 bytes, and the
    /// bytes. Six to ten times slower.
    case sha256 = 1
  }

  /// How long a secret is, in bytes.
  public static let secretLength = 32
  /// The secret, as the store keeps it.
  public let secret: [UInt8]
  /// How fingerprints are made.
  public let algorithm: Algorithm
  private let universal: UniversalHash
  private let prefix: SHA256

  /// Takes a secret of ``secretLength`` bytes.
  public init(secret: [UInt8], algorithm: Algorithm = .universal) {
    precondition(secret.count == Self.secretLength)
    self.secret = secret
    self.algorithm = algorithm
    universal = UniversalHash(secret: secret)
    var hash = SHA256()
    hash.update(secret + [UInt8](repeating: 0, count: 64 - secret.count))
    prefix = hash
  }

  /// The fingerprint of bytes.
  @inline(__always)
  public func fingerprint(_ bytes: UnsafeRawBufferPointer) -> Fingerprint {
    algorithm == .universal ? unsafe universal.hash(bytes) : unsafe sha256(bytes)
  }

  @inline(never)
  private func sha256(_ bytes: UnsafeRawBufferPointer) -> Fingerprint {
    var hash = prefix
    unsafe hash.update(bytes)
    return hash.fingerprint()
  }

  /// Whether the other one makes the same fingerprints.
  public func isSame(as other: Fingerprinter) -> Bool {
    secret == other.secret && algorithm == other.algorithm
  }
}
