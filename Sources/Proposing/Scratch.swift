public import Basics

/// Room beside memory, such as a temporary file: written at its end, read anywhere.
public protocol Scratch: AnyObject {
  /// Writes bytes at its end.
  func append(_ bytes: UnsafeRawBufferPointer) throws(Failure)
  /// Appends a range of what was written to `output`.
  func read(_ range: Range<Int>, to output: inout ByteBuffer) throws(Failure)
  /// Forgets what was written.
  func clear() throws(Failure)
}

/// A scratch in memory, for tests.
public final class MemoryScratch: Scratch {
  private var bytes: [UInt8] = []

  /// With nothing in it.
  public init() {}

  public func append(_ more: UnsafeRawBufferPointer) throws(Failure) { unsafe bytes += Array(more) }
  public func read(_ range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    output.append(Array(bytes[range]))
  }
  public func clear() throws(Failure) { bytes = [] }
}
