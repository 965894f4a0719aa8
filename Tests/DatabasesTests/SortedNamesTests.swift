import Basics
import Databases
import StrandlineTesting
import Testing

@Suite struct SortedNamesTests {
  private func add(_ name: [UInt8], _ names: inout SortedNames) throws(Failure) {
    var bytes = ByteBuffer()
    bytes.append(name)
    try unsafe names.add(bytes.bytes)
  }

  private func sorted(_ given: [[UInt8]], limit: Int) throws -> [[UInt8]] {
    var names = SortedNames(limit: limit, folder: "/tmp")
    for name in given { try add(name, &names) }
    try names.finish()
    var result: [[UInt8]] = []
    while true {
      var name = ByteBuffer()
      guard try names.take(&name) else { break }
      result.append(name.array())
    }
    // The end stays the end.
    var more = ByteBuffer()
    #expect(try !names.take(&more))
    return result
  }

  /// As a set of byte strings is sorted, whether they fit into memory, a few runs, or a run each.
  @Test(arguments: [1, 40, 300, 5000, 16 << 20])
  func namesComeInOrderAndOnce(limit: Int) throws {
    var random = SplitMix64(seed: UInt64(limit))
    for round in 0..<60 {
      let prefix = [[], [0], Array("trace:".utf8), Array(repeating: 255, count: 40)][round % 4]
      let letters: [UInt8] = [0, 1, 65, 66, 127, 128, 255]
      let given = (0..<Int.random(in: 0...150, using: &random)).map { _ in
        prefix
          + (0..<Int.random(in: 0...12, using: &random)).map { _ in letters.randomElement(using: &random) ?? 0
          }
      }
      let expected = Set(given).sorted { $0.lexicographicallyPrecedes($1) }
      #expect(try sorted(given, limit: limit) == expected)
    }
  }

  /// A name longer than what is read at once.
  @Test func longNames() throws {
    let given = (0..<9).map { Array(repeating: UInt8(97 + $0 % 5), count: 30_000 + $0 * 9000) }
    #expect(try sorted(given, limit: 50_000) == given.sorted { $0.lexicographicallyPrecedes($1) })
  }

  @Test func aFolderThatIsNotThere() {
    var names = SortedNames(limit: 1, folder: "/nowhere")
    let failure = #expect(throws: Failure.self) {
      for name in ["a", "b"] {
        try add(Array(name.utf8), &names)
      }
    }
    #expect(failure?.kind == .unavailable && failure?.message.contains("set TMPDIR") == true)
  }
}
