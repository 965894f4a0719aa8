import Basics
import Glibc
import ObjectStore
import StrandlineTesting
import Testing

/// A process that is stopped while it has the lock of a directory store keeps others waiting, but not for ever.
@Suite struct DirectoryLockTests {
  let folder: TemporaryFolder
  let helper: String
  let key: ObjectKey

  init() throws {
    folder = try TemporaryFolder()
    helper = try builtExecutable("StoreRace")
    key = try ObjectKey("feed/k")
  }

  private func store(patience: Double) throws -> DirectoryStore {
    try DirectoryStore(path: folder.path, create: false, patience: patience)
  }

  /// A process that has the lock.
  private func holder() throws -> ChildProcess {
    _ = try store(patience: 1)
    let child = try ChildProcess(helper, ["lock", folder.path], input: nil)
    try child.waitForOutput("ready")
    return child
  }

  @Test func whoStandsStillIsNamed() throws {
    let holder = try holder()
    #expect(kill(holder.id, SIGSTOP) == 0)
    // Stopping takes place on its own time.
    var status: Int32 = 0
    let stopped = unsafe waitpid(holder.id, &status, WUNTRACED)
    #expect(stopped == holder.id)
    let store = try store(patience: 0.2)
    let old = try store.now()
    for deletes in [false, true] {
      let failure = #expect(throws: StoreError.self) {
        if deletes { try store.delete(key, ifVersion: nil) } else { try store.put(key, [1], if: .absent) }
      }
      #expect(failure?.kind == .unavailable && failure?.key == "feed/k")
      let said = failure?.message ?? ""
      for part in [
        "the store is busy", "process \(holder.id) (StoreRace)", "is stopped", "kill -CONT \(holder.id)",
        "\(folder.path)/.strandline/lock",
      ] { #expect(said.contains(part), "\(said)") }
    }
    // Whoever only reads waits for nobody.
    #expect(try store.list(prefix: "", after: nil, limit: 10).entries.isEmpty)
    #expect(try store.now() >= old)
    #expect(try folder.names(".strandline/tmp") == [], "nothing is left of what was given up")
    #expect(kill(holder.id, SIGCONT) == 0)
    holder.closeInput()
    #expect(try holder.wait().status == 0)
    try store.put(key, [1], if: .absent)
    try store.delete(key, ifVersion: nil)
  }

  /// One that is only slow is waited for.
  @Test func whoGoesOnInTimeIsWaitedFor() throws {
    let holder = try holder()
    let waiting = try (0..<3).map { try ChildProcess(helper, ["put", folder.path, "feed/\($0)", "text"]) }
    // They have had time to begin to wait; if they did not, nothing is wrong.
    usleep(50_000)
    let store = try store(patience: 0)
    #expect(try store.list(prefix: "feed", after: nil, limit: 10).entries.isEmpty)
    holder.closeInput()
    for child in waiting { #expect(try child.wait().status == 0) }
    #expect(try store.list(prefix: "feed", after: nil, limit: 10).entries.count == 3)
    #expect(try holder.wait().status == 0)
  }

  /// A process that runs and does not let go is named too, but nothing is said of what it does.
  @Test func whoRunsIsNamed() throws {
    let holder = try holder()
    let failure = #expect(throws: StoreError.self) {
      try store(patience: 0.05).put(key, [1], if: .absent)
    }
    let said = failure?.message ?? ""
    #expect(said.contains("process \(holder.id) (StoreRace); if it stands still end it"), "\(said)")
    holder.closeInput()
    #expect(try holder.wait().status == 0)
  }
}
