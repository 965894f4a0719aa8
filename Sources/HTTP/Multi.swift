import CCurl
import Synchronization

/// A libcurl multi handle: it drives one transfer at a time and keeps connections open for the next.
@safe final class Multi: @unchecked Sendable {
  // Sendable because whoever took it from the pool is its only user.
  let handle: UnsafeMutableRawPointer

  init?() {
    guard Self.isLibraryReady, let handle = unsafe strandline_multi_init() else { return nil }
    unsafe self.handle = unsafe handle
  }

  deinit { unsafe strandline_multi_cleanup(handle) }

  private static let isLibraryReady =
    Library.problem == nil && strandline_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

/// libcurl, which is loaded when it is first needed.
enum Library {
  /// Why it cannot be used. Found out once a process, and not while another thread does it: that is what a static is.
  static let problem: String? = unsafe strandline_load_curl().map { unsafe String(cString: $0) }

  /// - Throws: ``HTTPError/Kind/badRequest`` if it is not there.
  static func load() throws(HTTPError) {
    guard let problem else { return }
    throw HTTPError(.badRequest, "libcurl cannot be loaded: \(problem); install it (Debian: libcurl4)")
  }
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
