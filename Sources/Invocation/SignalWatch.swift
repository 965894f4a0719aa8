import Basics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Waits for signals on a thread of its own, so that a process that is told to end can hand its lease back.
enum SignalWatch {
  /// Blocks the signals for every thread made from now on, and calls `action` on another thread for each that comes.
  /// To be called once, before any thread is made. A signal that is ignored already (nohup) stays ignored.
  static func start(_ signals: [Int32], _ action: @escaping @Sendable (Int32) -> Void) {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in signals {
      var old = sigaction()
      unsafe sigaction(signal, nil, &old)
      let isIgnored = unsafe unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == 1
      if !isIgnored { unsafe sigaddset(&set, signal) }
    }
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    let waited = set
    let watcher = Thread {
      var set = waited
      var number: Int32 = 0
      while true {
        if unsafe sigwait(&set, &number) == 0 { action(number) }
      }
    }
    // Better to end at once than never.
    guard let watcher else {
      unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
      return
    }
    watcher.detach()
  }
}
