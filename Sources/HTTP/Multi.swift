import CCurl
import Synchronization

/// A libcurl multi handle: it drives one transfer at a time and keeps connections open for the next.
@safe final class Multi: @unchecked Sendable {
  // Sendable because whoever took it from the pool is its only user.
  let handle: UnsafeMutableRawPointer

  init?() {
    guard Self.isLibraryReady, let handle = unsafe curl_multi_init() else { return nil }
    unsafe self.handle = unsafe handle
  }

  deinit { unsafe curl_multi_cleanup(handle) }

  /// Once a process, and not while another thread does it: that is what a static is.
  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

/// Multi handles that nobody uses just now, so that as many connections stay open as were in use at once.
final class MultiPool: Sendable {
  private let idle = Mutex<[Multi]>([])

  func take() throws(HTTPError) -> Multi {
    if let multi = idle.withLock({ $0.popLast() }) { return multi }
    guard let multi = Multi() else { throw HTTPError(.badRequest, "libcurl does not start: out of memory") }
    return multi
  }

  func giveBack(_ multi: Multi) {
    idle.withLock { if $0.count < 16 { $0.append(multi) } }
  }
}
