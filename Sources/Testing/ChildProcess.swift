import Glibc

/// Why a child process could not be started or watched.
public struct ChildProcessError: Error, CustomStringConvertible {
  public let description: String
}

/// A program that runs beside a test. What it writes is collected while the test waits for it, so neither blocks
/// the other; dropped, it is killed.
///
/// To be used from one thread at a time.
public final class ChildProcess {
  /// How it ended.
  public enum Ending: Equatable, Sendable {
    /// It exited with a code.
    case exited(Int32)
    /// A signal ended it.
    case signalled(Int32)
  }

  /// What became of it.
  public struct Outcome: Sendable {
    public let ending: Ending
    public let output: [UInt8]
    public let errors: [UInt8]
    /// The exit code; 128 and the signal's number if a signal ended it, as a shell has it.
    public var status: Int32 {
      switch ending {
      case .exited(let code): code
      case .signalled(let signal): 128 + signal
      }
    }
    /// Standard output as text.
    public var outputText: String { String(decoding: output, as: UTF8.self) }
    /// Standard error as text.
    public var errorText: String { String(decoding: errors, as: UTF8.self) }
  }

  /// Its process id.
  public let id: Int32
  private let program: String
  private var input: Int32
  private var outputs: [Int32]
  private var toWrite: [UInt8]
  private var written = 0
  private let closesInput: Bool
  private var collected: [[UInt8]] = [[], []]
  private var ending: Ending?

  /// Starts a program.
  /// - Parameters:
  ///   - program: its path, or a name that is looked for in PATH.
  ///   - environment: variables set for it, beside those of this process unless `inherit` is false.
  ///   - directory: where it runs; nil: where this process does.
  ///   - input: its standard input, which is closed after it; nil leaves it open until ``closeInput()``.
  public init(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], inherit: Bool = true,
    directory: String? = nil, input bytes: [UInt8]? = []
  ) throws(ChildProcessError) {
    self.program = program
    let child = try Spawned(
      program, arguments, variables: Spawned.variables(environment, inherit: inherit), directory: directory)
    id = child.id
    input = child.input
    outputs = [child.output, child.errors]
    toWrite = bytes ?? []
    closesInput = bytes != nil
    feed()
  }

  deinit {
    if ending == nil {
      _ = Glibc.kill(id, SIGKILL)
      var status: Int32 = 0
      unsafe waitpid(id, &status, 0)
    }
    for end in [input] + outputs where end >= 0 { _ = close(end) }
  }

  /// Kills it (`SIGKILL`): it gets no chance to tidy up.
  public func kill() { send(SIGKILL) }

  /// Sends it a signal.
  public func send(_ signal: Int32) { if ending == nil { _ = Glibc.kill(id, signal) } }

  /// Writes to its standard input.
  public func write(_ text: String) {
    toWrite += Array(text.utf8)
    feed()
  }

  /// Ends its standard input.
  public func closeInput() {
    if input >= 0 { _ = close(input) }
    input = -1
  }

  /// Waits until its standard output holds a text.
  /// - Throws: if it ended without, or the time ran out (seconds).
  public func waitForOutput(_ text: String, timeLimit: Double = 60) throws(ChildProcessError) {
    let deadline = Self.time() + timeLimit
    while !collected[0].containsRun(Array(text.utf8)) {
      if ending != nil {
        throw ChildProcessError(description: "\(program) ended without writing \"\(text)\": \(said())")
      }
      try step(until: deadline)
    }
  }

  /// Waits for the first line of its standard output.
  /// - Throws: if it ended without, or the time ran out (seconds).
  public func firstLine(timeLimit: Double = 60) throws(ChildProcessError) -> String {
    try waitForOutput("\n", timeLimit: timeLimit)
    return String(decoding: collected[0].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// Waits for its end, and kills it when the time (seconds) runs out.
  /// - Throws: if the time ran out.
  public func wait(timeLimit: Double = 60) throws(ChildProcessError) -> Outcome {
    let deadline = Self.time() + timeLimit
    while true {
      if let ending { return Outcome(ending: ending, output: collected[0], errors: collected[1]) }
      try step(until: deadline)
    }
  }

  /// Moves bytes for a moment, or notices the end.
  private func step(until deadline: Double) throws(ChildProcessError) {
    if Self.time() > deadline {
      kill()
      throw ChildProcessError(description: "\(program) did not come to an end in time: \(said())")
    }
    var waits = outputs.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    waits.append(pollfd(fd: written < toWrite.count ? input : -1, events: Int16(POLLOUT), revents: 0))
    // A grandchild may keep the pipes open after its end, so the end is asked for as well.
    let isSilent = outputs.allSatisfy { $0 < 0 }
    unsafe poll(&waits, nfds_t(waits.count), isSilent ? 2 : 20)
    var status: Int32 = 0
    let ended = unsafe waitpid(id, &status, WNOHANG) == id
    feed()
    for index in outputs.indices { drain(index) }
    if ended { ending = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F) }
  }

  private func feed() {
    while input >= 0 && written < toWrite.count {
      let sent = unsafe toWrite[written...].withUnsafeBytes { bytes in
        unsafe Glibc.write(input, bytes.baseAddress, bytes.count)
      }
      if sent < 0 && errno == EINTR { continue }
      if sent < 0 && errno == EAGAIN { return }
      // It does not read any more: its affair.
      if sent < 0 { return closeInput() }
      written += sent
    }
    if closesInput { closeInput() }
  }

  private func drain(_ index: Int) {
    var room = [UInt8](repeating: 0, count: 65536)
    while outputs[index] >= 0 {
      let count = unsafe read(outputs[index], &room, room.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EAGAIN { return }
      if count <= 0 {
        _ = close(outputs[index])
        outputs[index] = -1
        return
      }
      collected[index] += room[..<count]
    }
  }

  private func said() -> String {
    "it wrote \"\(String(decoding: collected[0].suffix(2000), as: UTF8.self))\" and, as errors, "
      + "\"\(String(decoding: collected[1].suffix(2000), as: UTF8.self))\""
  }

  private static func time() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// Runs a program to its end.
/// - Throws: if it could not be started, or the time (seconds) ran out.
public func runProcess(
  _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], inherit: Bool = true,
  directory: String? = nil, input: [UInt8] = [], timeLimit: Double = 60
) throws(ChildProcessError) -> ChildProcess.Outcome {
  try ChildProcess(
    program, arguments, environment: environment, inherit: inherit, directory: directory, input: input
  ).wait(timeLimit: timeLimit)
}

/// The path of an executable of this package, which is built beside the test binary.
public func builtExecutable(_ name: String) throws(ChildProcessError) -> String {
  guard let resolved = unsafe realpath("/proc/self/exe", nil) else {
    throw ChildProcessError(description: "cannot tell where this test's binary is: /proc is not mounted")
  }
  defer { unsafe free(resolved) }
  let path = unsafe String(cString: resolved)
  let slash = path.lastIndex(of: "/") ?? path.startIndex
  let found = path[..<slash] + "/" + name
  guard unsafe access(String(found), X_OK) == 0 else {
    throw ChildProcessError(description: "\(found) is not there: build the whole package (swift build)")
  }
  return String(found)
}

extension [UInt8] {
  fileprivate func containsRun(_ run: [UInt8]) -> Bool {
    count >= run.count && (0...count - run.count).contains { self[$0..<$0 + run.count].elementsEqual(run) }
  }
}
