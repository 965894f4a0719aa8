import Basics
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Calls that may never come back, as those of drivers: each is made on a thread of its own, which is left behind if it is late.
enum BoundedCall {
  /// Calls, and waits for the answer.
  /// - Returns: nil if it did not come within so many seconds. What the body uses is in use then for as long as it likes.
  static func run<Answer: Sendable>(
    within seconds: Double, _ body: @escaping @Sendable () -> Answer
  ) -> Answer? {
    guard let bell = Bell() else { return body() }
    let answer = Box<Answer>()
    let thread = Thread {
      let made = body()
      answer.value.withLock { $0 = made }
      bell.ring()
    }
    guard let thread else { return body() }
    bell.wait(seconds)
    guard let made = answer.value.withLock({ $0 }) else {
      thread.detach()
      return nil
    }
    // Its memory is the next thread's once it has ended: with two at a time malloc has an arena for each, and a driver's rows in all.
    thread.join()
    return made
  }

  private final class Box<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
  }

  /// A pipe that somebody waits at.
  private final class Bell: Sendable {
    private let ends: (read: Int32, write: Int32)

    init?() {
      var ends: [Int32] = [0, 0]
      guard unsafe pipe(&ends) == 0 else { return nil }
      self.ends = (ends[0], ends[1])
    }

    deinit {
      close(ends.read)
      close(ends.write)
    }

    func ring() {
      var byte: UInt8 = 0
      unsafe _ = write(ends.write, &byte, 1)
    }

    func wait(_ seconds: Double) {
      var entry = pollfd(fd: ends.read, events: Int16(POLLIN), revents: 0)
      while unsafe poll(&entry, 1, Int32(min(max(1, seconds * 1000), 2e9))) < 0, errno == EINTR {}
    }
  }
}
