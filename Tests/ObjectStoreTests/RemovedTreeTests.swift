import Glibc
import ObjectStore
import StrandlineTesting
import Synchronization
import Testing

/// A folder goes with all that is in it, whoever still writes there.
@Suite struct RemovedTreeTests {
  @Test func aWriterDoesNotKeepIt() throws {
    for round in 0..<10 {
      let folder = try TemporaryFolder()
      let path = folder.path + "/trial"
      try #require(unsafe mkdir(path, 0o755) == 0 && mkdir(path + "/cases", 0o755) == 0)
      let root = unsafe open(path, O_RDONLY | O_DIRECTORY)
      defer { close(root) }
      @Sendable func write(_ name: String) {
        _ = unsafe mkdirat(root, "cases", 0o755)
        let file = unsafe openat(root, "cases/\(name)", O_CREAT | O_WRONLY, 0o644)
        if file >= 0 { close(file) }
      }
      // So many that the writer surely comes in between.
      for number in 0..<500 { write("before \(number)") }
      let isOver = Atomic(false)
      let written = Atomic(0)
      onThreads(2) { thread in
        if thread == 0 {
          while !isOver.load(ordering: .acquiring) {
            write("meanwhile \(written.add(1, ordering: .relaxed).newValue)")
            usleep(200)
          }
        } else {
          while written.load(ordering: .relaxed) < 3 { usleep(100) }
          removeTree(path)
          // Nor does it come back.
          usleep(2000)
          isOver.store(true, ordering: .releasing)
        }
      }
      #expect(unsafe access(path, F_OK) != 0, "round \(round)")
    }
  }

  @Test func linksAreNotFollowed() throws {
    let folder = try TemporaryFolder()
    let (path, other) = (folder.path + "/trial", folder.path + "/other")
    try #require(
      unsafe mkdir(path, 0o755) == 0 && mkdir(other, 0o755) == 0 && mkdir(other + "/kept", 0o755) == 0)
    try #require(unsafe symlink(other, path + "/link") == 0)
    removeTree(path)
    #expect(unsafe access(path, F_OK) != 0)
    #expect(unsafe access(other + "/kept", F_OK) == 0)
    // What is not there is gone already.
    removeTree(path)
  }
}
