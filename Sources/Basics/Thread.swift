#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A thread of its own, for what blocks: Swift's few threads are for what does not.
package struct Thread {
  private let id: pthread_t

  /// Starts it.
  /// - Returns: nil if the system has no more; the body does not run then.
  package init?(_ body: @escaping @Sendable () -> Void) {
    let body = unsafe Unmanaged.passRetained(Body(body))
    var id = pthread_t()
    let code = unsafe pthread_create(
      &id, nil,
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, body.toOpaque())
    guard code == 0 else {
      unsafe body.release()
      return nil
    }
    self.id = id
  }

  /// Waits until the body has returned. Once, and not after ``detach()``.
  package func join() { pthread_join(id, nil) }

  /// Nobody is going to wait for it.
  package func detach() { pthread_detach(id) }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
