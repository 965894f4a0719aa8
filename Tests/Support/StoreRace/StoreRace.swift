import Basics
import Glibc
import HTTP
import Invocation
import ObjectStore
import StrandlineTesting

/// A process that uses a store (a directory, `s3://…`, `gs://…`), for tests to race with, to kill, and to run as another user.
///
///     StoreRace increment ROOT KEY N     adds 1 N times by compare-and-swap
///     StoreRace hold ROOT KEY            writes half an object, says "ready", and waits for its input to end
///     StoreRace lock ROOT                takes a directory's lock, says "ready", and keeps it until its input ends
///     StoreRace storm ROOT KEY           replaces an object without end; "ready" after the first time
///     StoreRace put ROOT KEY TEXT        writes an object
///     StoreRace get ROOT KEY             prints an object
///     StoreRace list ROOT                prints all keys
///     StoreRace now ROOT                 prints the store's time
///     StoreRace fill ROOT KEY            writes 64 MiB in pieces
///     StoreRace total ROOT KEY           prints what all increments have come to, or "damaged"
///     StoreRace send ROOT KEY N          writes an object of N bytes, made up as they go: see `Stream.swift`
///     StoreRace receive ROOT KEY N       reads it, and compares every byte
///
/// An error is printed as its kind and description, and the exit code is 1.
@main struct StoreRace {
  static func main() {
    let words = CommandLine.arguments
    if words.count == 3, words[1] == "lock" { return lock(words[2]) }
    // As the functions do.
    prepareMemory()
    guard words.count >= 3 else { finish("usage: StoreRace COMMAND ROOT [KEY] [VALUE]", 64) }
    do {
      let store = try open(words[2])
      let key = try ObjectKey(words.count > 3 ? words[3] : "none")
      try run(words[1], store, key, words.count > 4 ? words[4] : "")
    } catch let error as StoreError {
      finish("\(error.kind): \(error)", 1)
    } catch {
      finish("\(error)", 1)
    }
  }

  private static func open(_ place: String) throws -> any ObjectStore {
    // A directory's errors are told as they are.
    if !place.contains("://") { return try DirectoryStore(path: place, create: false) }
    return try StoreOpener(log: SilentLog(), http: HTTPSettings()).open(place, create: false)
  }

  private static func run(
    _ command: String, _ store: any ObjectStore, _ key: ObjectKey, _ value: String
  ) throws(StoreError) {
    switch command {
    case "increment":
      for _ in 0..<(Int(value) ?? 0) { try StoreConformance.increment(key, in: store) }
    case "hold":
      let writer = try store.create(key, if: .none)
      try writer.write([UInt8](repeating: 0x78, count: 1 << 20))
      finish("ready")
      _ = readLine()
      _ = try writer.commit()
    case "storm":
      var round = 0
      while true {
        // One letter throughout, at least a page of memory: a mixture or a short object would show.
        let letter = UInt8(0x61 + round % 26)
        try store.put(key, [UInt8](repeating: letter, count: 200_000 + round % 26), if: .none)
        if round == 0 { finish("ready") }
        round += 1
      }
    case "put": try store.put(key, Array(value.utf8), if: .none)
    case "get": finish(String(decoding: try store.get(key).bytes, as: UTF8.self))
    case "list": try store.forEach(prefix: "") { (key, _) throws(StoreError) in finish(key.description) }
    case "now": finish(try store.now().description)
    case "fill":
      let writer = try store.create(key, if: .none)
      for _ in 0..<64 { try writer.write([UInt8](repeating: 0x78, count: 1 << 20)) }
      _ = try writer.commit()
    case "total": finish(try StoreConformance.total(key, in: store).map { "\($0)" } ?? "damaged")
    case "send": try send(Int(value) ?? 0, to: key, in: store)
    case "receive": finish(try receive(key, in: store) == Int(value) ?? 0 ? "well" : "damaged")
    default: finish("there is no command \(command)", 64)
    }
  }

  /// Does what a writer does between its taking the lock and giving it back.
  private static func lock(_ root: String) {
    let file = unsafe Glibc.open("\(root)/.strandline/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard file >= 0, flock(file, LOCK_EX) == 0 else { finish("cannot lock \(root)", 1) }
    finish("ready")
    _ = readLine()
  }

  /// Prints a line at once.
  private static func finish(_ line: String) {
    print(line)
    fflush(nil)
  }

  private static func finish(_ line: String, _ code: Int32) -> Never {
    finish(line)
    exit(code)
  }
}
