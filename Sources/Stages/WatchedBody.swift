import Basics
import Coordination
import FeedSources
import History

/// A dump that is read only as long as nobody else may.
final class WatchedBody: SourceBody {
  private let body: any SourceBody
  private let lease: Lease
  private let onFirst: () -> Void
  private let onEnd: (Failure?) -> Void
  private var hasBegun = false

  init(
    _ body: any SourceBody, _ lease: Lease, onFirst: @escaping () -> Void,
    onEnd: @escaping (Failure?) -> Void
  ) {
    self.body = body
    self.lease = lease
    self.onFirst = onFirst
    self.onEnd = onEnd
  }

  var expectedBytes: Int? { body.expectedBytes }
  var receivedBytes: Int { body.receivedBytes }
  var etag: String? { body.etag }
  var lastModified: String? { body.lastModified }
  var name: String { body.name }
  var complaint: String? { body.complaint }
  var original: OriginalBytes? { body.original }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    try lease.keep()
    do throws(Failure) {
      let count = unsafe try body.read(into: destination)
      if !hasBegun { onFirst() }
      hasBegun = true
      if count == 0 { onEnd(nil) }
      return count
    } catch {
      onEnd(error)
      throw error
    }
  }
}
