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
  func fingerprint() -> Fingerprint {
    var copy = self
    return unsafe withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { room in
      unsafe SHA256_Final(room.assumingMemoryBound(to: UInt8.self).baseAddress, &copy.context)
      return unsafe Fingerprint(
        high: UInt64(bigEndian: room.load(as: UInt64.self)),
        low: UInt64(bigEndian: room.load(fromByteOffset: 8, as: UInt64.self)))
    }
  }
}
