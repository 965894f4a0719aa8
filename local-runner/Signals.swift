import Glibc
// Where the Swift toolchain declares timespec.
import SwiftOverlayShims

/// The signals that the runner waits for, blocked so that none is lost between two waits.
struct Signals {
  private var awaited = sigset_t()

  init() {
    unsafe sigemptyset(&awaited)
    for number in [SIGCHLD, SIGINT, SIGTERM] {
      signal(number, SIG_DFL)
      unsafe sigaddset(&awaited, number)
    }
    // nohup sets it to be ignored, and means it.
    let before = signal(SIGHUP, SIG_IGN)
    if unsafe unsafeBitCast(before, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) {
      signal(SIGHUP, SIG_DFL)
      unsafe sigaddset(&awaited, SIGHUP)
    }
    signal(SIGPIPE, SIG_IGN)
    unsafe sigprocmask(SIG_BLOCK, &awaited, nil)
  }

  /// The next signal, or nil after so many seconds.
  func next(seconds: Double) -> Int32? {
    let wait = min(max(seconds, 0), 3600)
    var time = timespec(tv_sec: Int(wait), tv_nsec: Int((wait - wait.rounded(.down)) * 1e9))
    var set = awaited
    let number = unsafe sigtimedwait(&set, nil, &time)
    return number > 0 ? number : nil
  }
}
