extension ByteBuffer {
  /// Appends a number in base 128, least significant group first (LEB128).
  @inlinable public mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Appends eight bytes, little-endian.
  @inlinable public mutating func appendFixed(_ value: UInt64) {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe append($0) }
  }
}

/// Reads what was written with ``ByteBuffer``; never past the end, whatever the bytes are.
public struct ByteReader {
  @usableFromInline let bytes: [UInt8]
  @usableFromInline var position: Int
  @usableFromInline let end: Int

  /// Reads `bytes` from the front.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = 0
    end = bytes.count
  }

  /// Whether everything was read.
  public var isAtEnd: Bool { position == end }

  @usableFromInline static let damaged = Failure(
    .badData, "the object is damaged: it ends early or holds a bad number")

  /// The next byte.
  @inlinable public mutating func byte() throws(Failure) -> UInt8 {
    guard position < end else { throw Self.damaged }
    defer { position += 1 }
    return bytes[position]
  }

  /// The next number in base 128.
  @inlinable public mutating func varint() throws(Failure) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      guard shift < 63 || byte <= 1 else { throw Self.damaged }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  /// The next number in base 128 as an integer type that must hold it.
  @inlinable public mutating func number<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(Failure) -> T {
    let value = try varint()
    guard value <= UInt64(T.max) else { throw Self.damaged }
    return T(truncatingIfNeeded: value)
  }

  /// The next eight bytes, little-endian.
  @inlinable public mutating func fixed() throws(Failure) -> UInt64 {
    guard end - position >= 8 else { throw Self.damaged }
    defer { position += 8 }
    return unsafe bytes.withUnsafeBytes {
      unsafe UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
  }

  /// The next `count` bytes.
  public mutating func take(_ count: Int) throws(Failure) -> [UInt8] {
    guard count >= 0, count <= end - position else { throw Self.damaged }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }
}
