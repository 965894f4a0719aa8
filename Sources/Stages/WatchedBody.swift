import Basics
import Coordination
import FeedSources
import History

/// A dump that is read only as long as nobody else may.
final class WatchedBody: BodyAround {
  let inner: any SourceBody
  private let lease: Lease
  private let onFirst: () -> Void
  private let onEnd: (Failure?) -> Void
  private var hasBegun = false

  init(
    _ inner: any SourceBody, _ lease: Lease, onFirst: @escaping () -> Void,
    onEnd: @escaping (Failure?) -> Void
  ) {
    self.inner = inner
    self.lease = lease
    self.onFirst = onFirst
    self.onEnd = onEnd
  }

  var expectedBytes: Int? { inner.expectedBytes }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    try lease.keep()
    do throws(Failure) {
      let count = unsafe try inner.read(into: destination)
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
