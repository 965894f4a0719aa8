public import Basics
internal import CZstd

extension Zstandard {
  /// Decompresses frames one after the other as a stream. A frame may ask for a window of up to 128 MiB, as `zstd`
  /// itself allows without further ado.
  @safe public final class Stream {
    private let context: OpaquePointer
    /// What zstd said last: 0 where a frame ended and nothing is owed.
    private var owed = 1

    /// At the start of a stream.
    public init() {
      guard let context = unsafe ZSTD_createDCtx() else { fatalError("out of memory") }
      unsafe self.context = context
    }

    deinit { unsafe ZSTD_freeDCtx(context) }

    /// Whether the stream may end here: at least one frame was read, and none is half read.
    public var isWhole: Bool { owed == 0 }

    /// Decompresses as much of `input` as fits into `output`, which is not empty.
    /// - Returns: how many bytes were taken and how many were made. With all taken more may be owed, until nothing
    ///   is made of an empty `input`.
    /// - Throws: ``Failure/Kind/badData`` with zstd's own words if a frame is damaged.
    public func decompress(
      _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(Failure) -> (taken: Int, made: Int) {
      var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
      var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
      while unsafe source.pos < source.size || owed != 0 {
        let before = unsafe (source.pos, target.pos)
        let result = unsafe ZSTD_decompressStream(context, &target, &source)
        guard ZSTD_isError(result) == 0 else {
          throw Failure(.badData, unsafe String(cString: ZSTD_getErrorName(result)))
        }
        // Called at the very beginning of a frame it asks for one, although none may follow.
        let hasMoved = unsafe before != (source.pos, target.pos)
        if hasMoved || owed != 0 { owed = result }
        if unsafe !hasMoved || target.pos == target.size { break }
      }
      return unsafe (source.pos, target.pos)
    }
  }
}
