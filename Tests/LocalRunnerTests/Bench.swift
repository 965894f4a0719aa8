import Glibc
import Testing

/// A folder with fake functions, feed files and logs, gone with the test.
final class Bench {
  let folder: String

  init() throws {
    var template = Array("/tmp/local-runner-XXXXXX".utf8CString)
    _ = unsafe try #require(mkdtemp(&template))
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    for name in ["fetch", "dedupe", "snapshot", "publish"] {
      try function(name, "cat")
    }
    try function("fetch", #"echo '{"data":{"outcome":"changed"}}'"#)
    try write("cases.yaml", "feed: cases\nsource: { path: a.csv }\n")
  }

  deinit { _ = shell("rm -rf '\(folder)'") }

  /// Makes one of the functions a shell script.
  func function(_ name: String, _ script: String) throws {
    try write(name, "#!/bin/sh\ncd '\(folder)'\n\(script)\n")
    unsafe chmod("\(folder)/\(name)", 0o755)
  }

  func write(_ name: String, _ text: String) throws {
    let file = unsafe try #require(fopen("\(folder)/\(name)", "w"))
    unsafe fputs(text, file)
    unsafe fclose(file)
  }

  func read(_ name: String) -> String { shell("cat '\(folder)/\(name)' 2>/dev/null") }

  func makePipe(_ name: String) { unsafe mkfifo("\(folder)/\(name)", 0o644) }

  /// What a command prints.
  func shell(_ command: String) -> String {
    guard let pipe = unsafe popen(command, "r") else { return "" }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe fread(&chunk, 1, chunk.count, pipe)
      if count == 0 { break }
      text += chunk[..<count]
    }
    unsafe pclose(pipe)
    return String(decoding: text, as: UTF8.self)
  }

  /// Starts the runner that was built with the tests; `errors`: standard error is read too.
  func start(_ arguments: String, errors: Bool = true) throws -> Runner {
    let command =
      "cd '\(folder)'; echo $$; export STRANDLINE_BIN='\(folder)'; exec '\(builtFolder())/local-runner' \(arguments)"
      + (errors ? " 2>&1" : "")
    return try Runner(command)
  }

  /// Runs it to its end: the lines it prints and its exit code.
  func run(_ arguments: String) throws -> (lines: [String], code: Int32) {
    let runner = try start(arguments)
    var lines: [String] = []
    while let line = try runner.line() { lines.append(line) }
    return (lines, runner.wait())
  }
}

/// Where the tests and the executables are built.
func builtFolder() -> String {
  var path = [CChar](repeating: 0, count: 4096)
  let count = unsafe readlink("/proc/self/exe", &path, path.count)
  let file = String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  return file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
}

struct TooLate: Error {}

/// A runner under way.
@safe final class Runner {
  private let pipe: UnsafeMutablePointer<FILE>
  private var pending: [UInt8] = []
  private(set) var pid: pid_t = 0

  fileprivate init(_ command: String) throws {
    unsafe pipe = try #require(popen(command, "r"))
    let first = try line() ?? ""
    pid = try #require(pid_t(first))
  }

  /// The next line that it prints, nil at the end; an error if none comes within 30 s.
  func line() throws -> String? {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let text = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeFirst(end + 1)
        return text
      }
      var ready = unsafe pollfd(fd: fileno(pipe), events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&ready, 1, 30_000) > 0 else {
        kill(pid, SIGKILL)
        throw TooLate()
      }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = unsafe Glibc.read(fileno(pipe), &chunk, chunk.count)
      if count <= 0 { return nil }
      pending += chunk.prefix(count)
    }
  }

  /// The next line that holds `text`.
  func line(with text: String) throws -> String? {
    while let line = try line() {
      if line.contains(text) { return line }
    }
    return nil
  }

  /// Its exit code; 128 and the signal if one killed it.
  func wait() -> Int32 {
    let status = unsafe pclose(pipe)
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }
}
