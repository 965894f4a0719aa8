public import ArgumentParser
import Basics
import Coordination

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A function of the pipeline, as it is called from a shell: flags, environment, standard streams, exit code.
public protocol Function: ParsableCommand {
  /// What every function understands.
  var common: CommonOptions { get }
  /// Does the work.
  func run(in call: Call) throws
}

extension Function {
  /// Runs the function and ends the process with a code that schedulers can act on (`sysexits.h`).
  public static func main() { start(Self.self) }
}

/// An executable whose subcommands are functions.
public protocol FunctionGroup: ParsableCommand {}

extension FunctionGroup {
  /// Runs the subcommand that is called for, and ends the process as ``Function/main()`` does.
  public static func main() { start(Self.self) }
}

private func start(_ root: any ParsableCommand.Type) {
  signal(SIGPIPE, SIG_IGN)
  prepareMemory()
  occupyStandardStreams()
  let function: any Function
  do {
    var parsed = try root.parseAsRoot()
    guard let called = parsed as? any Function else {
      try parsed.run()
      root.exit()
    }
    function = called
  } catch {
    root.exit(withError: error)
  }
  let own = type(of: function)
  var name = own.configuration.commandName ?? own._commandName
  if own != root { name = "\(root.configuration.commandName ?? root._commandName) \(name)" }
  let common = function.common
  let log = StandardErrorLog(
    function: name, format: Environment.value("STRANDLINE_LOG"), isQuiet: common.quiet)
  let ending = Ending(log)
  do {
    let deadline = try Deadline(common)
    ending.watch(until: deadline)
    let call = try Call(
      function: name, log: log, common: common, interruption: ending.interruption, deadline: deadline?.end)
    ending.trials.note(call.trial)
    do {
      try function.run(in: call)
    } catch {
      call.report()
      throw error
    }
    call.report()
    ending.finish(0)
  } catch let failure as Failure {
    log.failure(failure)
    ending.finish(failure.kind.rawValue)
  } catch {
    root.exit(withError: error)
  }
}

/// A caller may have closed a standard stream; a file that is opened later must not get its number, or an event
/// or a log line would be written into it. What stands in for a closed output cannot be written, so that the loss
/// of an event is an error.
private func occupyStandardStreams() {
  for stream in [Int32(0), 1, 2] where fcntl(stream, F_GETFD) < 0 {
    _ = unsafe open("/dev/null", stream == 2 ? O_WRONLY : O_RDONLY)
  }
}

/// Ends the process as it is. What libraries do at the end of a process is left out: another thread may be within a
/// request, renewing the lease, and OpenSSL would take away the ground under it. All that was printed is written.
func endProcess(_ code: Int32) -> Never { _exit(code) }
