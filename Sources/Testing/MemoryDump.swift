public import Basics
public import FeedSources

/// A dump from memory.
public final class MemoryDump: SourceBody {
  public let expectedBytes: Int?
  public private(set) var receivedBytes = 0
  public let etag: String?
  public let lastModified: String? = nil
  public let name = "memory"
  private let bytes: [UInt8]

  /// - Parameter saysLength: whether it is known beforehand how long it is.
  public init(_ bytes: [UInt8], etag: String? = nil, saysLength: Bool = true) {
    self.bytes = bytes
    self.etag = etag
    expectedBytes = saysLength ? bytes.count : nil
  }

  public func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let count = min(destination.count, bytes.count - receivedBytes)
    unsafe destination.copyBytes(from: bytes[receivedBytes..<receivedBytes + count])
    receivedBytes += count
    return count
  }
}
