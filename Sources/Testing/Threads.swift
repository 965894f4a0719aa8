import Basics

/// Runs a body on so many threads at once and waits for all. For what blocks, which Swift's own tasks must not.
public func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let threads = (0..<count).map { index in
    guard let thread = Thread({ body(index) }) else { preconditionFailure("no thread could be started") }
    return thread
  }
  for thread in threads { thread.join() }
}
