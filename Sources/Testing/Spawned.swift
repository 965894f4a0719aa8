@unsafe @preconcurrency import Glibc
import Synchronization

/// A program that was just started, and this process's ends of its three streams.
struct Spawned {
  let id: pid_t
  let input: Int32
  let output: Int32
  let errors: Int32

  /// One at a time: a child started between the making of a pipe and its marking would keep it open.
  private static let turn = Mutex(())

  init(
    _ program: String, _ arguments: [String], variables: [String], directory: String?
  ) throws(ChildProcessError) {
    self = try Self.turn.withLock { (_) throws(ChildProcessError) in
      try Spawned(atOnce: program, arguments, variables, directory)
    }
  }

  private init(
    atOnce program: String, _ arguments: [String], _ variables: [String], _ directory: String?
  ) throws(ChildProcessError) {
    var pipes: [(read: Int32, write: Int32)] = []
    for _ in 0..<3 {
      var ends: [Int32] = [0, 0]
      guard unsafe pipe(&ends) == 0 else { throw Self.failure("make a pipe for", program) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      pipes.append((ends[0], ends[1]))
    }
    (input, output, errors) = (pipes[0].write, pipes[1].read, pipes[2].read)
    for end in [input, output, errors] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    let theirs = [pipes[0].read, pipes[1].write, pipes[2].write]
    defer { for end in theirs { _ = close(end) } }
    do {
      if let directory {
        let shell = ["-c", "cd -- \"$0\" && exec \"$@\"", directory, program]
        id = try Self.spawn("sh", shell + arguments, variables, theirs)
      } else {
        id = try Self.spawn(program, arguments, variables, theirs)
      }
    } catch {
      for end in [input, output, errors] { _ = close(end) }
      throw error
    }
  }

  private static func failure(_ doing: String, _ program: String, _ code: Int32 = errno) -> ChildProcessError
  {
    ChildProcessError(description: unsafe "cannot \(doing) \(program): \(String(cString: strerror(code)))")
  }

  /// What the program finds in its environment.
  static func variables(_ set: [String: String], inherit: Bool) -> [String] {
    var variables: [String] = []
    if inherit {
      var next = unsafe environ
      while let entry = unsafe next.pointee {
        let text = unsafe String(cString: entry)
        let name = String(text.prefix { $0 != "=" })
        if set[name] == nil { variables.append(text) }
        unsafe next += 1
      }
    }
    return variables + set.map { "\($0.key)=\($0.value)" }
  }

  private static func spawn(
    _ program: String, _ arguments: [String], _ variables: [String], _ ends: [Int32]
  ) throws(ChildProcessError) -> pid_t {
    // A child that stopped reading is no reason for this process to die of it.
    _ = signal(SIGPIPE, SIG_IGN)
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (number, end) in ends.enumerated() {
      unsafe posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
    }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // Every signal as a login shell would have it, whatever this process or its parents ignore or block.
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
    var settings = unsafe variables.map { unsafe strdup($0) } + [nil]
    defer {
      for index in unsafe words.indices { unsafe free(words[index]) }
      for index in unsafe settings.indices { unsafe free(settings[index]) }
    }
    var id: pid_t = 0
    let code = unsafe posix_spawnp(&id, program, &actions, &attributes, &words, &settings)
    if code != 0 { throw failure("start", program, code) }
    return id
  }
}
