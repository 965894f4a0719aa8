import Basics
@unsafe @preconcurrency import Glibc

/// A function under way, in a process group of its own so that a terminal's Ctrl-C does not reach it.
struct Child {
  /// How it ended.
  enum End: Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  private static let maxOutput = 1 << 20

  private let pid: pid_t
  /// A file, so that nobody has to read while the function writes.
  private let output: Int32

  /// Starts a program with `input` as its standard input, none if it is nil.
  init(_ arguments: [String], input: [UInt8]?, log: LogFile) throws(Failure) {
    output = try Self.scratch([], folder: log.folder)
    let standardInput =
      input == nil
      ? unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) : try Self.scratch(input ?? [], folder: log.folder)
    defer { close(standardInput) }

    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, log.file, 2)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

    var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var child: pid_t = 0
    var code = unsafe posix_spawn(&child, arguments[0], &actions, &attributes, &words, environ)
    // A program that is being replaced is busy for a moment.
    for _ in 0..<50 where code == ETXTBSY {
      usleep(20_000)
      code = unsafe posix_spawn(&child, arguments[0], &actions, &attributes, &words, environ)
    }
    guard code == 0 else {
      close(output)
      throw Failure(.settings, "\(arguments[0]) cannot be started: \(systemMessage(code))")
    }
    pid = child
  }

  /// Sends a signal to it and what it has started.
  func send(_ signal: Int32) { kill(-pid, signal) }

  /// How it ended; nil while it runs. Not to be asked again after that.
  func ended() -> End? {
    var status: Int32 = 0
    guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
    return status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
  }

  /// What it wrote to standard output, once it has ended; nil if that is no event but far too much.
  func takeOutput() -> [UInt8]? {
    defer { close(output) }
    let bytes = contents(of: output, limit: Self.maxOutput + 1) ?? []
    return bytes.count > Self.maxOutput ? nil : bytes
  }

  /// A file without a name.
  private static func scratch(_ bytes: [UInt8], folder: String) throws(Failure) -> Int32 {
    var path = Array("\(folder)/.event-XXXXXX".utf8CString)
    let file = unsafe mkstemp(&path)
    if file >= 0 { unsafe unlink(path) }
    guard file >= 0, fcntl(file, F_SETFD, FD_CLOEXEC) == 0, write(bytes, to: file),
      lseek(file, 0, SEEK_SET) == 0
    else {
      let message = systemMessage()
      if file >= 0 { close(file) }
      throw Failure(.unavailable, "an event cannot be kept in \(folder): \(message)")
    }
    return file
  }
}
