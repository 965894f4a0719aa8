import Basics
import Coordination
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Ends a process that may not go on, in the middle of whatever it does: it was told to end, its time is up, or its lease
/// is somebody else's. Before that the lease is handed back, so that the next run goes on at once.
final class Ending: Sendable {
  private static let code = Failure.Kind.tryAgain.rawValue

  let interruption = Interruption()
  let trials = Trials()
  private let log: StandardErrorLog
  /// Who comes second must not end the process while the first still hands the lease back.
  private let isEnding = Mutex(())

  init(_ log: StandardErrorLog) { self.log = log }

  /// Watches from now on. To be called once, before any thread is made.
  func watch(until deadline: Deadline?) {
    interruption.onLoss { [self] in end(losing: $0) }
    // SIGTSTP is left to the system: it stops the process, and the lease goes on for as long as it would.
    SignalWatch.start([SIGTERM, SIGINT, SIGHUP, SIGCONT]) { [self] number in
      if number == SIGCONT { resume() } else { end(Failure(.tryAgain, "ended by signal \(number)")) }
    }
    if let deadline { Thread { [self] in wait(for: deadline) }?.detach() }
  }

  /// Others may have taken the process for dead while it was stopped, or its machine asleep.
  private func resume() {
    do throws(Failure) { try interruption.resume() } catch {
      if error.kind == .tryAgain { end(losing: error) }
      log.warning("gone on after a stop, and the lock cannot be renewed yet: \(error.message)")
    }
  }

  private func wait(for deadline: Deadline) {
    let clock = SystemClock()
    while true {
      let left = deadline.stop.seconds(since: clock.now())
      if left <= 0 { break }
      // By this machine's clock, which goes on while the machine sleeps; a sleep does not.
      clock.sleep(seconds: min(left, 1))
    }
    // Whatever becomes of the lease: from the deadline on nobody is there to see it.
    signal(SIGALRM) { _ in _exit(Failure.Kind.tryAgain.rawValue) }
    alarm(UInt32(max(1, deadline.end.seconds(since: clock.now()))))
    end(Failure(.tryAgain, "stopped before its end, for the deadline \(deadline.text) is near"))
  }

  /// The last word of the work itself; if the process is being ended meanwhile, it ends in that way.
  func finish(_ code: Int32) -> Never { isEnding.withLock { _ in endProcess(code) } }

  private func end(_ reason: Failure) -> Never {
    isEnding.withLock { _ in
      // Said first: the store may take longer than there is time.
      log.warning(reason.message)
      if interruption.fire(because: reason) { log.warning("the next run goes on from here") }
      trials.end()
      // Nobody waits for a server that cannot be told any more.
      Thread { [interruption] in
        interruption.callOff()
        endProcess(Self.code)
      }?.detach()
      SystemClock().sleep(seconds: 3)
      endProcess(Self.code)
    }
  }

  /// The lease is lost: there is nothing to hand back.
  private func end(losing failure: Failure) -> Never {
    isEnding.withLock { _ in
      log.failure(failure)
      trials.end()
      endProcess(Self.code)
    }
  }
}
