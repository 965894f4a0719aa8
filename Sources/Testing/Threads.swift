import Glibc

/// Runs a body on so many threads at once and waits for all. For what blocks, which Swift's own tasks must not.
public func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  final class Work {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  var threads: [pthread_t] = []
  for index in 0..<count {
    var thread = pthread_t()
    let work = unsafe Unmanaged.passRetained(Work { body(index) })
    let code = unsafe pthread_create(
      &thread, nil,
      { argument in
        if let argument = unsafe argument {
          unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
        }
        return nil
      }, work.toOpaque())
    precondition(code == 0, "no thread could be started: \(code)")
    threads.append(thread)
  }
  for thread in threads { pthread_join(thread, nil) }
}
