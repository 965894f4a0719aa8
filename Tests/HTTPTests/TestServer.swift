import Glibc
import Synchronization
import Testing

/// A child process with pipes at its standard input and output; it ends when its input does.
final class Child {
  let pid: pid_t
  private let input: Int32
  private let output: Int32

  init(_ arguments: [String]) throws {
    var toChild: [Int32] = [0, 0]
    var fromChild: [Int32] = [0, 0]
    // Another child must not keep this one's input open: one at a time, and closed on exec.
    var pid: pid_t = 0
    let result = Self.spawning.withLock { _ in
      Self.spawn(arguments, &pid, &toChild, &fromChild)
    }
    (self.pid, input, output) = (pid, toChild[1], fromChild[0])
    try #require(result == 0, "\(arguments[0]) does not start")
  }

  private static let spawning = Mutex<Void>(())

  private static func spawn(
    _ arguments: [String], _ pid: inout pid_t, _ toChild: inout [Int32], _ fromChild: inout [Int32]
  ) -> Int32 {
    guard unsafe pipe(&toChild) == 0, unsafe pipe(&fromChild) == 0 else { return errno }
    for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    var strings = unsafe arguments.map { unsafe strdup($0) } + [nil]
    let result = unsafe posix_spawnp(&pid, strings[0]!, &actions, nil, &strings, environ)
    unsafe posix_spawn_file_actions_destroy(&actions)
    unsafe strings.forEach { unsafe free($0) }
    close(toChild[0])
    close(fromChild[1])
    return result
  }

  deinit {
    close(input)
    close(output)
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
  }

  /// The first line that it prints.
  func readLine() -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while unsafe read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
    return String(decoding: line, as: UTF8.self)
  }

  /// Runs a program that needs no input to its end.
  static func run(_ arguments: String...) throws {
    let child = try Child(arguments)
    var status: Int32 = 0
    try #require(unsafe waitpid(child.pid, &status, 0) == child.pid && status == 0, "\(arguments) failed")
  }
}

/// The web server of these tests, on a port of its own.
struct TestServer: Sendable {
  /// The one that all tests share; it ends with this process, since its input does.
  static let shared: TestServer = {
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
      unsafe unsetenv(name)
    }
    do { return try TestServer() } catch { fatalError("python3 is needed for these tests: \(error)") }
  }()

  let port: Int
  private let child: Unchecked

  /// Sendable because nothing is asked of it but to stay.
  private final class Unchecked: @unchecked Sendable {
    let child: Child
    init(_ child: Child) { self.child = child }
  }

  init(tls: (certificate: String, key: String)? = nil) throws {
    let script = #filePath.replacing("TestServer.swift", with: "Support/server.py")
    let options = tls.map { ["--tls", $0.certificate, $0.key] } ?? []
    let child = try Child(["python3", script] + options)
    port = try #require(Int(child.readLine()), "the server did not print its port")
    self.child = Unchecked(child)
  }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }
}

/// A folder that is gone after the test.
final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/strandline-http-XXXXXX".utf8CString)
    try #require(unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) } != nil)
    path = template.dropLast().withUTF8Text()
  }

  deinit { try? Child.run("rm", "-rf", path) }

  /// Writes a file and gives its path.
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let file = unsafe try #require(fopen("\(path)/\(name)", "w"))
    let bytes = Array(bytes)
    try #require(unsafe fwrite(bytes, 1, bytes.count, file) == bytes.count)
    unsafe fclose(file)
    return "\(path)/\(name)"
  }
}

extension ArraySlice<CChar> {
  fileprivate func withUTF8Text() -> String { String(decoding: map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}
