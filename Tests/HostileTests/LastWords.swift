import Glibc

/// Tells which cases were under way when the process is killed by a trap, or told to end because one hangs: no test can
/// catch that.
enum LastWords {
  private static let limit = 64
  nonisolated(unsafe) private static let seeds = unsafe memory(repeating: -1)
  /// What was done about each signal before.
  nonisolated(unsafe) private static let before = unsafe memory(repeating: sigaction())

  private static func memory<T>(repeating value: T) -> UnsafeMutablePointer<T> {
    let memory = UnsafeMutablePointer<T>.allocate(capacity: limit)
    unsafe memory.initialize(repeating: value, count: limit)
    return unsafe memory
  }

  /// Notes the case that a worker begins; -1: none.
  static func note(_ seed: Int, of worker: Int) { unsafe seeds[worker % limit] = seed }

  private static let isPrepared: Bool = {
    note(-1, of: 0)
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGTERM] {
      unsafe sigaction(number, nil, before + Int(number))
      signal(number) { number in
        for worker in 0..<LastWords.limit {
          let seed = unsafe LastWords.seeds[worker]
          if seed >= 0 { LastWords.write(seed) }
        }
        unsafe sigaction(number, LastWords.before + Int(number), nil)
        if number == SIGTERM { raise(number) }
      }
    }
    return true
  }()

  /// To be called before cases are run.
  static func prepare() { precondition(isPrepared) }

  /// Without allocating: the heap may be locked.
  private static func write(_ seed: Int) {
    var divisor = 1
    while seed / divisor >= 10 { divisor *= 10 }
    put("STRANDLINE_HOSTILE_SEED=")
    while divisor > 0 {
      var digit = UInt8(0x30 + seed / divisor % 10)
      _ = unsafe Glibc.write(2, &digit, 1)
      divisor /= 10
    }
    put("\n")
  }

  private static func put(_ text: StaticString) {
    _ = unsafe Glibc.write(2, text.utf8Start, text.utf8CodeUnitCount)
  }
}
