import Basics
import Blocks
import FeedSources

/// A dump that a store has, as if it were a source.
final class StoredDump: SourceBody {
  let expectedBytes: Int?
  private(set) var receivedBytes = 0
  let etag: String? = nil
  let lastModified: String? = nil
  let name: String
  private let blocks: BlockReader
  private let spans: [Span]
  private var next = 0
  /// The block that is being handed over.
  private var bytes = ByteBuffer()
  private var start = 0

  init(_ manifest: Manifest, _ blocks: BlockReader, name: String) {
    self.blocks = blocks
    self.name = name
    spans = manifest.spans
    expectedBytes = manifest.byteCount
  }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    while start == bytes.count {
      guard next < spans.count else { return 0 }
      bytes.truncate()
      start = 0
      try unsafe blocks.withVerifiedBytes(of: spans[next]) { (block) throws(Failure) in
        unsafe bytes.append(block)
      }
      next += 1
    }
    let count = min(destination.count, bytes.count - start)
    unsafe destination.copyMemory(
      from: UnsafeRawBufferPointer(rebasing: bytes.bytes[start..<start + count]))
    start += count
    receivedBytes += count
    return count
  }
}
