import Basics
import Glibc
import ObjectStore
import StrandlineTesting
import Testing

/// What holds between processes, and when they die.
@Suite struct DirectoryProcessTests {
  let folder: TemporaryFolder
  let helper: String

  init() throws {
    folder = try TemporaryFolder()
    helper = try builtExecutable("StoreRace")
  }

  @Test func compareAndSwapLosesNoIncrementBetweenProcesses() throws {
    let store = try DirectoryStore(path: folder.path, create: false)
    let key = try ObjectKey("feed/counter")
    try store.put(key, Array("0".utf8), if: .absent)
    let children = try (0..<8).map { _ in
      try ChildProcess(helper, ["increment", folder.path, key.description, "50"])
    }
    for child in children {
      let outcome = try child.wait(timeLimit: 240)
      #expect(outcome.status == 0, "\(outcome.outputText)\(outcome.errorText)")
    }
    #expect(try StoreConformance.total(key, in: store) == 400)
    #expect(try folder.names(".strandline/tmp") == [])
  }

  @Test func aWriterKilledHalfwayLeavesTheOldObject() throws {
    let store = try DirectoryStore(path: folder.path, create: false)
    let key = try ObjectKey("k")
    try store.put(key, Array("old".utf8), if: .absent)
    let dying = try ChildProcess(helper, ["hold", folder.path, "k"], input: nil)
    let living = try ChildProcess(helper, ["hold", folder.path, "other"], input: nil)
    try dying.waitForOutput("ready")
    try living.waitForOutput("ready")
    dying.kill()
    #expect(try dying.wait().ending == .signalled(SIGKILL))
    #expect(try folder.names(".strandline/tmp").count == 2)
    #expect(try store.get(key).bytes == Array("old".utf8))
    let reopened = try DirectoryStore(path: folder.path, create: false)
    #expect(
      try folder.names(".strandline/tmp").count == 1, "the dead writer's file goes, the living one's stays")
    living.closeInput()
    #expect(try living.wait().status == 0)
    #expect(try reopened.info(ObjectKey("other")).size == 1 << 20)
    #expect(try folder.names(".strandline/tmp") == [])
    #expect(try reopened.get(key).bytes == Array("old".utf8))
  }

  @Test func aKillAtAnyInstantLeavesAWholeObject() throws {
    let key = try ObjectKey("feed/k")
    var random = SplitMix64(seed: 7)
    for _ in 0..<15 {
      let child = try ChildProcess(helper, ["storm", folder.path, key.description])
      try child.waitForOutput("ready")
      // The instant is to be anywhere in a replacement, which takes some milliseconds.
      usleep(UInt32.random(in: 0..<8000, using: &random))
      child.kill()
      _ = try child.wait()
      let store = try DirectoryStore(path: folder.path, create: false)
      let bytes = try store.get(key).bytes
      #expect(bytes.count == 200_000 + Int(bytes[0]) - 0x61)
      #expect(bytes.allSatisfy { $0 == bytes[0] })
      #expect(try folder.names(".strandline/tmp") == [])
      try store.put(key, [1], if: .version(store.info(key).version))
    }
  }

  private func asNobody(_ words: String...) throws -> ChildProcess.Outcome {
    // The build folder may be closed to others.
    let copy = folder.path + "/helper"
    if unsafe access(copy, X_OK) != 0 {
      #expect(try runProcess("cp", [helper, copy]).status == 0)
    }
    return try runProcess(
      "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", copy] + words)
  }

  @Test(.enabled(if: geteuid() == 0, "only root can run a program as another user"))
  func whoMayOnlyReadReads() throws {
    let root = folder.path + "/store"
    let store = try DirectoryStore(path: root, create: true)
    try store.put(ObjectKey("feed/k"), Array("text".utf8), if: .absent)
    #expect(try asNobody("get", root, "feed/k").outputText == "text\n")
    #expect(try asNobody("list", root).outputText == "feed/k\n")
    for words in [["put", root, "feed/k", "x"], ["put", root, "new", "x"], ["now", root, "k"]] {
      let denied = try asNobody(words[0], words[1], words[2], words.count > 3 ? words[3] : "")
      #expect(denied.status == 1)
      #expect(denied.outputText.hasPrefix("denied: "), "\(denied.outputText)")
      #expect(denied.outputText.contains("Permission denied; give the user that this runs as access to it"))
      #expect(denied.outputText.contains("\(root)/.strandline"))
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can run a program as another user"))
  func whoMayNotReadIsDenied() throws {
    let root = folder.path + "/store"
    let store = try DirectoryStore(path: root, create: true)
    try store.put(ObjectKey("closed/k"), [1], if: .absent)
    try store.put(ObjectKey("k"), [1], if: .absent)
    #expect(try runProcess("chmod", ["0", root + "/closed", root + "/k"]).status == 0)
    for words in [["get", root, "closed/k"], ["get", root, "k"], ["list", root, "k"]] {
      let denied = try asNobody(words[0], words[1], words[2])
      #expect(denied.status == 1)
      #expect(denied.outputText.hasPrefix("denied: "), "\(denied.outputText)")
    }
    #expect(try runProcess("chmod", ["0", root]).status == 0)
    let denied = try asNobody("get", root, "k")
    #expect(denied.outputText.hasPrefix("denied: "), "\(denied.outputText)")
    #expect(denied.outputText.contains("cannot open \(root)"))
  }

  @Test(.enabled(if: geteuid() == 0, "only root can run a program as another user"))
  func whoMayNotMakeAFolderIsDenied() throws {
    let root = folder.path + "/store"
    let store = try DirectoryStore(path: root, create: true)
    try store.put(ObjectKey("feed/k"), [1], if: .absent)
    #expect(try runProcess("chmod", ["-R", "a+rwX", root + "/.strandline"]).status == 0)
    for key in ["feed/k", "feed/new", "new/folder/k"] {
      let denied = try asNobody("put", root, key, "x")
      #expect(denied.outputText.hasPrefix("denied: \(key): "), "\(denied.outputText)")
      #expect(try folder.names("store/.strandline/tmp") == [])
    }
    #expect(try store.get(ObjectKey("feed/k")).bytes == [1])
  }

  @Test(.enabled(if: canMount, "file systems cannot be mounted here (no namespaces)"))
  func aFullDiskIsReportedAndMended() throws {
    let script = """
      mount -t tmpfs -o size=2m tmpfs "$1"
      "$0" put "$1" feed/k old
      "$0" fill "$1" feed/k && exit 9
      "$0" get "$1" feed/k
      ls -A "$1/.strandline/tmp" | wc -l
      "$0" put "$1" feed/k new
      "$0" get "$1" feed/k
      """
    let outcome = try runProcess(
      unshare[0], Array(unshare[1...]) + ["sh", "-c", script, helper, folder.path])
    let lines = outcome.outputText.split(separator: "\n")
    #expect(outcome.status == 0)
    #expect(lines.count == 4, "\(outcome.outputText)\(outcome.errorText)")
    #expect(lines.first?.hasPrefix("unavailable: feed/k: cannot write \(folder.path)/feed/k") == true)
    #expect(lines.first?.hasSuffix("No space left on device; free some space there and run again") == true)
    #expect(lines.dropFirst().map { $0.trimmed } == ["old", "0", "new"])
  }

  @Test(.enabled(if: canMount, "file systems cannot be mounted here (no namespaces)"))
  func aReadOnlyFileSystemIsReadAndNotWritten() throws {
    let script = """
      mount -t tmpfs tmpfs "$1"
      "$0" put "$1" feed/k old
      mount -o remount,ro "$1"
      "$0" get "$1" feed/k
      "$0" put "$1" feed/k new
      """
    let outcome = try runProcess(
      unshare[0], Array(unshare[1...]) + ["sh", "-c", script, helper, folder.path])
    let lines = outcome.outputText.split(separator: "\n")
    #expect(lines.first == "old", "\(outcome.outputText)\(outcome.errorText)")
    #expect(lines.last?.hasPrefix("denied: feed/k: ") == true, "\(outcome.outputText)")
    #expect(
      lines.last?.contains("Read-only file system; mount it for writing") == true, "\(outcome.outputText)")
  }
}

/// Gives a command a view of mounts of its own, as any user that may have one.
private let unshare = geteuid() == 0 ? ["unshare", "--mount"] : ["unshare", "--mount", "--map-root-user"]

private let canMount: Bool = {
  let probe = "mount -t tmpfs -o size=64k tmpfs /tmp"
  return (try? runProcess(unshare[0], Array(unshare[1...]) + ["sh", "-c", probe]))?.status == 0
}()

extension Substring {
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
