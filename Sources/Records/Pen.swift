#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes to room that was made before, for a whole record at once. It copies more than it has to and goes on
/// where it should have ended, so the room has to be ``slack`` bytes longer than what is written.
@safe struct Pen {
  /// How far beyond its end a piece may be written.
  static let slack = 64

  private let start: UnsafeMutableRawPointer
  /// The last place at which a piece may begin.
  private let last: UnsafeMutableRawPointer
  private var place: UnsafeMutableRawPointer

  /// All of `room`, which is at least ``slack`` bytes.
  @inline(__always) init(_ room: UnsafeMutableRawBufferPointer) {
    precondition(room.count >= Self.slack)
    // There is a base address, as the room is not empty.
    unsafe start = room.baseAddress!
    unsafe last = start + (room.count &- Self.slack)
    unsafe place = start
  }

  /// How many bytes were written.
  @inline(__always) var count: Int { unsafe place - start }

  @inline(__always) mutating func write(_ byte: UInt8) {
    unsafe precondition(place <= last)
    unsafe place.storeBytes(of: byte, as: UInt8.self)
    unsafe place += 1
  }

  /// Writes `source[from..<to]`.
  @inline(__always) mutating func write(_ source: View, _ from: Int, _ to: Int) {
    var from = from
    while to &- from > Self.slack {
      writePiece(source, from, Self.slack)
      from &+= Self.slack
    }
    writePiece(source, from, to &- from)
  }

  /// Writes `length` bytes, at most ``slack``, of `source` from `from` on.
  @inline(__always) mutating func writePiece(_ source: View, _ from: Int, _ length: Int) {
    let room = source.count &- from
    unsafe precondition(from >= 0 && length >= 0 && length <= min(room, Self.slack) && place <= last)
    let bytes = unsafe source.base + from
    if room >= Self.slack {
      unsafe copy(bytes, 0)
      unsafe copy(bytes, 16)
      if length > 32 {
        unsafe copy(bytes, 32)
        unsafe copy(bytes, 48)
      }
    } else if length <= 16, room >= 16 {
      unsafe copy(bytes, 0)
    } else {
      unsafe memcpy(place, bytes, length)
    }
    unsafe place += length
  }

  @inline(__always) private func copy(_ bytes: UnsafeRawPointer, _ offset: Int) {
    let piece = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    unsafe (place + offset).storeBytes(of: piece, as: SIMD16<UInt8>.self)
  }

  /// Writes the escape of a character that a JSON string cannot hold as it is.
  @inline(__always) mutating func writeEscape(_ byte: UInt8) {
    write(Byte.backslash)
    if let short = JSONEscape.short(UInt32(byte)) { return write(short) }
    write(UInt8(ascii: "u"))
    write(0x30)
    write(0x30)
    write(0x30 &+ byte &>> 4)
    let digit = byte & 15
    write(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
  }
}
