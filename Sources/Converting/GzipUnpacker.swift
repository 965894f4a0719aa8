public import Basics
import Gzip

/// Undoes gzip.
public final class GzipUnpacker: Converter {
  private let inflater = Inflater()
  private var taken = 0

  /// At the start of a stream.
  public init() {}

  public func convert(
    _ input: UnsafeRawBufferPointer, atEnd: Bool, to output: inout ByteBuffer
  ) throws(ConversionError) -> Int {
    var consumed = 0
    _ = try unsafe output.append(atMost: Self.enough) { (room) throws(ConversionError) in
      do throws(GzipError) {
        let (count, made) = try unsafe inflater.inflate(input, into: room)
        consumed = count
        return made
      } catch {
        throw ConversionError(
          "is to be gzip and cannot be unpacked: \(error.reason) (near byte \(taken))")
      }
    }
    taken += consumed
    if atEnd, consumed == 0, output.count == 0, !inflater.isWhole {
      throw ConversionError("ends early: its gzip stream is cut after \(taken) bytes")
    }
    return consumed
  }
}
