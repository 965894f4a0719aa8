#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A growable run of bytes for hot loops: appending is a bounds test and a `memcpy`, and nothing is counted.
///
/// The only owner of its memory. A view of it (``bytes``) is valid until the next change.
@safe public struct ByteBuffer: ~Copyable {
  @usableFromInline var base: UnsafeMutableRawPointer
  @usableFromInline var capacity: Int
  @usableFromInline var length = 0
  /// How many bytes are in it.
  @inlinable public var count: Int { length }

  /// An empty buffer with room for `capacity` bytes.
  public init(capacity: Int = 256) {
    self.capacity = max(16, capacity)
    unsafe base = .allocate(byteCount: max(16, capacity), alignment: 16)
  }

  deinit { unsafe base.deallocate() }

  /// What is in it, until the next change.
  @inlinable public var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base, count: count)
  }

  /// Room for at least `more` bytes after those that are in it.
  @inlinable public mutating func reserve(_ more: Int) {
    if count + more > capacity { grow(count + more) }
  }

  @usableFromInline mutating func grow(_ needed: Int) {
    let size = max(needed, capacity * 2)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    unsafe larger.copyMemory(from: base, byteCount: count)
    unsafe base.deallocate()
    unsafe base = larger
    capacity = size
  }

  /// Appends one byte.
  @inlinable @inline(__always) public mutating func append(_ byte: UInt8) {
    reserve(1)
    unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    length += 1
  }

  /// Appends bytes.
  @inlinable @inline(__always) public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    reserve(bytes.count)
    unsafe (base + count).copyMemory(from: start, byteCount: bytes.count)
    length += bytes.count
  }

  /// Appends bytes of an array.
  public mutating func append(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe append($0) } }

  /// Appends the UTF-8 of a literal.
  @inlinable @inline(__always) public mutating func append(_ text: StaticString) {
    unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends the UTF-8 of a string. Disfavoured, so that a literal is none.
  @_disfavoredOverload public mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
  }

  /// Appends `count` bytes that `fill` writes; `fill` returns how many it wrote.
  @inlinable public mutating func append<E: Error>(
    atMost count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(E) -> Int
  ) throws(E) -> Int {
    reserve(count)
    let written = unsafe try fill(UnsafeMutableRawBufferPointer(start: base + self.count, count: count))
    length += written
    return written
  }

  /// Forgets everything from `newCount` on, and keeps the memory.
  @inlinable public mutating func truncate(to newCount: Int = 0) {
    precondition(newCount <= count)
    length = newCount
  }

  /// Forgets the first `length` bytes; what is left moves to the front.
  public mutating func removeFirst(_ length: Int) {
    precondition(length <= count)
    if length == 0 { return }
    unsafe memmove(base, base + length, count - length)
    self.length -= length
  }

  /// A copy as an array.
  public func array() -> [UInt8] { unsafe Array(bytes) }
}
