import CCurl

/// Cookies that servers have set, kept by libcurl for the hosts and paths that they are for.
///
/// For one thread at a time: requests with the same cookies follow one another. They are in no message.
@safe public final class HTTPCookies: @unchecked Sendable {
  // Sendable because its users take turns, as is asked of them.
  let share: UnsafeMutableRawPointer

  /// No cookies yet.
  public init() throws(HTTPError) {
    try Library.load()
    guard let share = unsafe strandline_cookies() else {
      throw HTTPError(.badRequest, "libcurl is out of memory")
    }
    unsafe self.share = unsafe share
  }

  /// Whether no server has set one.
  public var isEmpty: Bool { unsafe strandline_has_cookies(share) == 0 }

  deinit { unsafe strandline_cookies_free(share) }
}
