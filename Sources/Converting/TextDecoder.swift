public import Basics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Makes UTF-8 of text in another encoding, by the C library's iconv.
@safe public final class TextDecoder: Converter {
  private let name: String
  private let descriptor: iconv_t
  private var taken = 0
  /// Line feeds that were made, for messages.
  private var lines = 0
  private var isFlushed = false

  /// A decoder of the encoding of this name, as `iconv --list` knows it; nil if this system does not.
  public init?(_ name: String) {
    guard let descriptor = unsafe iconv_open("UTF-8", name), Int(bitPattern: descriptor) != -1 else {
      return nil
    }
    self.name = name
    unsafe self.descriptor = descriptor
  }

  deinit { unsafe iconv_close(descriptor) }

  public func convert(
    _ input: UnsafeRawBufferPointer, atEnd: Bool, to output: inout ByteBuffer
  ) throws(ConversionError) -> Int {
    var consumed = 0
    let before = output.count
    _ = try unsafe output.append(atMost: Self.enough) { (room) throws(ConversionError) in
      try unsafe decode(input, into: room, atEnd: atEnd, consumed: &consumed)
    }
    unsafe lines += output.bytes[before...].count { $0 == UInt8(ascii: "\n") }
    taken += consumed
    return consumed
  }

  private func decode(
    _ input: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer, atEnd: Bool,
    consumed: inout Int
  ) throws(ConversionError) -> Int {
    var source = unsafe UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: CChar.self))
    var left = input.count
    var target = unsafe room.baseAddress?.assumingMemoryBound(to: CChar.self)
    var free = room.count
    var result = 0
    if left > 0 {
      result = unsafe iconv(descriptor, &source, &left, &target, &free)
    } else if atEnd, !isFlushed {
      // Some encodings hold a character back that the next one may go with.
      isFlushed = true
      result = unsafe iconv(descriptor, nil, nil, &target, &free)
    }
    let problem = errno
    consumed = input.count - left
    let made = room.count - free
    guard result == -1, problem != E2BIG else { return made }
    // What came before the fault is handed on first, so that its line is known.
    if made > 0 || (problem == EINVAL && !atEnd) { return made }
    let rest = unsafe Array(input[consumed...].prefix(4))
    let bytes = rest.map { byte in "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }
    let place = "at byte \(taken + consumed), in line \(lines + 1)"
    throw ConversionError(
      problem == EINVAL
        ? "ends early: its last character, \(place), is not whole in \(name) (\(bytes.joined(separator: " ")))"
        : "is not \(name) \(place) (\(bytes.prefix(name.lowercased().hasPrefix("utf") ? 4 : 1).joined(separator: " "))): "
          + "look at source.encoding, or at what the source sends")
  }
}
