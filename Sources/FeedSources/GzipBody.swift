import Basics
import Gzip

/// Undoes the compression of a dump that is kept as gzip.
final class GzipBody: SourceBody {
  private let inner: any SourceBody
  private let inflater = Inflater()
  private var packed = ByteBuffer(capacity: 64 << 10)
  private var start = 0
  private var isPlain: Bool?
  private var isAtEnd = false
  private var failure: Failure?

  let expectedBytes: Int? = nil
  var receivedBytes: Int { inner.receivedBytes }
  var etag: String? { inner.etag }
  var lastModified: String? { inner.lastModified }
  var name: String { inner.name }
  var complaint: String? { inner.complaint }

  /// `mayBePlain`: what does not begin as gzip does is given as it is, for servers that say "gzip" twice.
  init(_ inner: any SourceBody, mayBePlain: Bool) {
    self.inner = inner
    isPlain = mayBePlain ? nil : false
  }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if let failure { throw failure }
    do {
      return unsafe try next(destination)
    } catch {
      failure = error
      throw error
    }
  }

  private func next(_ destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    while true {
      if isPlain == nil, packed.count > 0 { isPlain = unsafe packed.bytes[0] != 0x1f }
      let made = unsafe isPlain == true ? copy(to: destination) : try inflate(to: destination)
      if made > 0 { return made }
      if isAtEnd {
        guard isPlain != false || inflater.isWhole else {
          throw Failure(.badData, "\(name) ends early: its gzip stream is cut after \(receivedBytes) bytes")
        }
        return 0
      }
      packed.truncate()
      start = 0
      let inner = inner
      let count = try unsafe packed.append(atMost: 64 << 10) { (room) throws(Failure) -> Int in
        unsafe try inner.read(into: room)
      }
      isAtEnd = count == 0
    }
  }

  private func copy(to destination: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(packed.count - start, destination.count)
    unsafe destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: packed.bytes[start..<start + count]))
    start += count
    return count
  }

  private func inflate(to destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    do {
      let input = unsafe UnsafeRawBufferPointer(rebasing: packed.bytes[start...])
      let (taken, made) = unsafe try inflater.inflate(input, into: destination)
      start += taken
      return made
    } catch {
      throw Failure(
        .badData,
        "\(name) is to be gzip and cannot be unpacked: \(error.reason) "
          + "(near byte \(receivedBytes - packed.count + start))")
    }
  }
}
