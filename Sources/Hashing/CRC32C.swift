/// CRC-32C (Castagnoli; RFC 3720, appendix B.4) over bytes that come bit by bit: what Google Cloud Storage checks
/// bodies with. It finds accidents, not malice.
public struct CRC32C: Sendable, Hashable {
  /// The register, inverted as the standard has it.
  private var register: UInt32 = 0xFFFF_FFFF

  /// Begins with no bytes.
  public init() {}

  /// The checksum of everything taken in.
  public var value: UInt32 { ~register }

  /// The checksum of an array.
  public static func of(_ bytes: [UInt8]) -> UInt32 {
    var sum = CRC32C()
    sum.update(bytes)
    return sum.value
  }

  /// Takes the bytes of an array in.
  public mutating func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }

  /// Takes more bytes in, eight at a time: one table for each of them says what it leaves behind at the end.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    register = unsafe Self.tables.withUnsafeBufferPointer { table in
      var sum = register
      var at = 0
      while at + 8 <= bytes.count {
        let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        let mixed = word ^ UInt64(sum)
        let low =
          unsafe table[1792 + Int(mixed & 255)] ^ table[1536 + Int(mixed >> 8 & 255)]
          ^ table[1280 + Int(mixed >> 16 & 255)] ^ table[1024 + Int(mixed >> 24 & 255)]
        let high =
          unsafe table[768 + Int(mixed >> 32 & 255)] ^ table[512 + Int(mixed >> 40 & 255)]
          ^ table[256 + Int(mixed >> 48 & 255)] ^ table[Int(mixed >> 56)]
        sum = low ^ high
        at += 8
      }
      while at < bytes.count {
        sum = unsafe sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ bytes[at])]
        at += 1
      }
      return sum
    }
  }

  /// Table `k`, 256 entries from `256 * k` on: what a byte becomes when `k` further bytes have come.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 2048)
    for byte in 0..<256 {
      var sum = UInt32(byte)
      for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 0 ? 0 : 0x82F6_3B78) }
      tables[byte] = sum
    }
    for index in 256..<2048 {
      let before = tables[index - 256]
      tables[index] = before >> 8 ^ tables[Int(before & 255)]
    }
    return tables
  }()
}
