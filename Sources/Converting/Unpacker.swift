public import Basics
import Compression
import Gzip

/// Undoes gzip, or Zstandard: one frame or several, skippable ones among them.
public final class Unpacker: Converter {
  /// How a dump is packed.
  public enum Packing: String, Sendable {
    /// gzip: members, one after the other.
    case gzip
    /// Zstandard: frames, one after the other.
    case zstd
  }

  private enum Decoder {
    case gzip(Inflater)
    case zstd(Zstandard.Stream)
  }

  private let packing: Packing
  private let decoder: Decoder
  private var taken = 0

  /// At the start of a stream.
  public init(_ packing: Packing) {
    self.packing = packing
    decoder =
      switch packing {
      case .gzip: .gzip(Inflater())
      case .zstd: .zstd(Zstandard.Stream())
      }
  }

  public func convert(
    _ input: UnsafeRawBufferPointer, atEnd: Bool, to output: inout ByteBuffer
  ) throws(ConversionError) -> Int {
    var consumed = 0
    _ = try unsafe output.append(atMost: Self.enough) { (room) throws(ConversionError) in
      let (count, made) = try unsafe unpack(input, into: room)
      consumed = count
      return made
    }
    taken += consumed
    if atEnd, consumed == 0, output.count == 0, !isWhole {
      throw ConversionError("ends early: its \(packing.rawValue) stream is cut after \(taken) bytes")
    }
    return consumed
  }

  private func unpack(
    _ input: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
  ) throws(ConversionError) -> (taken: Int, made: Int) {
    switch decoder {
    case .gzip(let inflater):
      do throws(GzipError) { return try unsafe inflater.inflate(input, into: room) } catch {
        throw failure(error.reason)
      }
    case .zstd(let stream):
      do throws(Failure) { return try unsafe stream.decompress(input, into: room) } catch {
        throw failure(error.message)
      }
    }
  }

  private func failure(_ reason: String) -> ConversionError {
    ConversionError("is to be \(packing.rawValue) and cannot be unpacked: \(reason) (near byte \(taken))")
  }

  private var isWhole: Bool {
    switch decoder {
    case .gzip(let inflater): inflater.isWhole
    case .zstd(let stream): stream.isWhole
    }
  }
}
