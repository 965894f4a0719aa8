import Basics
import FeedSources

/// What came from a source, read again from a temporary file.
final class SpooledBody: SourceBody {
  private let file: OpenFile
  private let length: Int
  private var buffer = ByteBuffer(capacity: 256 << 10)
  private var position = 0
  var name: String { file.name }
  var expectedBytes: Int? { length }
  var receivedBytes: Int { position }
  var etag: String? { nil }
  var lastModified: String? { nil }

  /// - Parameter length: how much of the file is read.
  init(_ file: OpenFile, length: Int) {
    self.file = file
    self.length = length
  }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    buffer.truncate()
    let end = min(length, position + min(destination.count, 256 << 10))
    try file.read(position..<end, to: &buffer)
    unsafe destination.copyMemory(from: buffer.bytes)
    position += buffer.count
    return buffer.count
  }
}
