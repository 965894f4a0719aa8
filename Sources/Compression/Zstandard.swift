public import Basics
internal import CZstd

/// Zstandard frames (RFC 8878), each with its own checksum, so that damage is found when it is read.
public enum Zstandard {}

extension Zstandard {
  /// Compresses runs of bytes into frames of their own, reusing its memory.
  @safe public struct Compressor: ~Copyable {
    private let context: OpaquePointer

    /// `level` as in `zstd -1 … -19`; 1 is the fastest that still finds what rows have in common.
    public init(level: Int32 = 1) {
      guard let context = unsafe ZSTD_createCCtx() else { fatalError("out of memory") }
      unsafe self.context = context
      unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
      unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    /// Appends one frame that holds `bytes` to `output`; returns the frame's length.
    public mutating func compress(_ bytes: UnsafeRawBufferPointer, to output: inout ByteBuffer) -> Int {
      unsafe output.append(atMost: ZSTD_compressBound(bytes.count)) { room in
        let written = unsafe ZSTD_compress2(
          context, room.baseAddress, room.count, bytes.baseAddress, bytes.count)
        precondition(ZSTD_isError(written) == 0, "zstd fails only when it is out of memory")
        return written
      }
    }
  }

  /// Decompresses frames, reusing its memory.
  @safe public struct Decompressor: ~Copyable {
    private let context: OpaquePointer

    /// Takes memory once.
    public init() {
      guard let context = unsafe ZSTD_createDCtx() else { fatalError("out of memory") }
      unsafe self.context = context
    }

    deinit { unsafe ZSTD_freeDCtx(context) }

    /// What the frame `bytes` holds.
    /// - Throws: as ``decompress(_:to:limit:)``.
    public mutating func decompress(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(Failure) -> [UInt8] {
      let size = try unsafe Self.size(of: bytes, limit: limit)
      let output = unsafe [UInt8](unsafeUninitializedCapacity: size) { (room, count) in
        unsafe count = decompress(bytes, into: UnsafeMutableRawBufferPointer(room))
      }
      guard output.count == size else { throw Failure(.badData, "a compressed frame is damaged") }
      return output
    }

    /// Appends what the frame `bytes` holds to `output`.
    /// - Throws: ``Failure/Kind/badData`` if the frame is damaged or holds more than `limit` bytes.
    public mutating func decompress(
      _ bytes: UnsafeRawBufferPointer, to output: inout ByteBuffer, limit: Int
    ) throws(Failure) {
      let size = try unsafe Self.size(of: bytes, limit: limit)
      let written = unsafe output.append(atMost: size) { unsafe decompress(bytes, into: $0) }
      guard written == size else { throw Failure(.badData, "a compressed frame is damaged") }
    }

    private static func size(of bytes: UnsafeRawBufferPointer, limit: Int) throws(Failure) -> Int {
      let size = unsafe ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count)
      guard size <= UInt64(limit) else { throw Failure(.badData, "a compressed frame is damaged: bad size") }
      return Int(size)
    }

    /// - Returns: how many bytes were written; 0 if the frame is damaged.
    private mutating func decompress(
      _ bytes: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) -> Int {
      let written = unsafe ZSTD_decompressDCtx(
        context, room.baseAddress, room.count, bytes.baseAddress, bytes.count)
      return ZSTD_isError(written) == 0 ? written : 0
    }
  }
}
