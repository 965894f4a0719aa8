import CZlib

/// Undoes deflate (RFC 1951) alone, as it stands in zip archives: one stream, whose end it tells.
@safe public final class RawInflater {
  private let stream: UnsafeMutablePointer<z_stream>
  /// Whether the stream is over.
  public private(set) var isAtEnd = false

  /// An inflater at the start of a stream.
  public init() {
    // zlib keeps the address of its stream, so it must not move.
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let result = unsafe strandline_inflate_begin_raw(stream)
    precondition(result == Z_OK, "zlib cannot begin: out of memory, or another zlib than this was built with")
  }

  deinit {
    _ = unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Makes it ready for another stream.
  public func reset() {
    _ = unsafe inflateReset(stream)
    isAtEnd = false
  }

  /// Inflates as much of `input` as fits into `output`; both have less than 2 GiB, and `output` is not empty.
  /// - Returns: how many bytes were taken and how many were made; nothing once the stream is over.
  public func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(GzipError) -> (taken: Int, made: Int) {
    if isAtEnd { return (0, 0) }
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = UInt32(input.count)
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(output.count)
    let result = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
    switch result {
    case Z_STREAM_END: isAtEnd = true
    case Z_OK, Z_BUF_ERROR: break
    default:
      throw .broken(unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "it is no deflate")
    }
    return unsafe (input.count - Int(stream.pointee.avail_in), output.count - Int(stream.pointee.avail_out))
  }
}

/// The check sum of gzip and zip (CRC-32 of ISO 3309), over bytes that come bit by bit.
public struct CRC32: Sendable {
  /// The sum of what was taken in.
  public private(set) var value: UInt32 = 0

  /// The sum of nothing.
  public init() {}

  /// Takes more bytes in.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    unsafe value = UInt32(
      truncatingIfNeeded: crc32_z(
        UInt(value), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}
