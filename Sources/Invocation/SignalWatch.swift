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
  private final class Action {
    let run: (Int32) -> Void
    init(_ run: @escaping (Int32) -> Void) { self.run = run }
  }

  /// Blocks the signals for every thread made from now on, and calls `action` on another thread when one comes.
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
    let wait = Action { _ in
      var number: Int32 = 0
      if unsafe sigwait(&set, &number) == 0 { action(number) }
    }
    var thread = pthread_t()
    unsafe pthread_create(
      &thread, nil,
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Action>.fromOpaque(context).takeRetainedValue().run(0)
        return nil
      }, Unmanaged.passRetained(wait).toOpaque())
  }
}
