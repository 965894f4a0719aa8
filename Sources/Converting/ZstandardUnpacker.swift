public import Basics
import Compression

/// Undoes Zstandard: one frame or several, skippable ones among them.
public final class ZstandardUnpacker: Converter {
  private let stream = Zstandard.Stream()
  private var taken = 0

  /// At the start of a stream.
  public init() {}

  public func convert(
    _ input: UnsafeRawBufferPointer, atEnd: Bool, to output: inout ByteBuffer
  ) throws(ConversionError) -> Int {
    var consumed = 0
    _ = try unsafe output.append(atMost: Self.enough) { (room) throws(ConversionError) in
      do throws(Failure) {
        let (count, made) = try unsafe stream.decompress(input, into: room)
        consumed = count
        return made
      } catch {
        throw ConversionError(
          "is to be zstd and cannot be unpacked: \(error.message) (near byte \(taken))")
      }
    }
    taken += consumed
    if atEnd, consumed == 0, output.count == 0, !stream.isWhole {
      throw ConversionError("ends early: its zstd stream is cut after \(taken) bytes")
    }
    return consumed
  }
}
