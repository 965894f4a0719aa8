import Basics
import Dedupe
import Documents
import History
import ObjectStore
import Stages
import Testing

/// What an audit finds out about a history that is not what it was.
@Suite struct AuditChainTests {
  /// A chain of heads with a gap, cut short, set back, or with another end.
  @Test func aBrokenChain() throws {
    func broken(_ change: (World) throws -> Void) throws -> [String] {
      let world = try World()
      for table in [first, second, third] { try world.tick(table.csv) }
      try change(world)
      return try world.audit().findings.filter { $0.level == .act }.map {
        "\($0.kind.rawValue) \($0.object ?? "")"
      }
    }
    let names = try { () in
      let world = try World()
      for table in [first, second, third] { try world.tick(table.csv) }
      return try world.entries().map(\.object)
    }()
    #expect(try broken { _ in } == [])
    #expect(try broken { try $0.remove("head.json") } == ["broken_chain head.json"])
    #expect(try broken { try $0.remove(names[0]) }.contains { $0.hasPrefix("broken_chain heads/1-") })
    #expect(try broken { try $0.remove(names[2]) }.contains("broken_chain heads/3-…"))
    let setBack = try broken { world in
      try world.overwrite("head.json", world.folder.get(names[0]))
    }
    #expect(setBack.contains("broken_chain head.json"), "\(setBack)")
    let other = try broken { world in
      var head = try #require(try world.entries().last)
      head.counts.current += 1
      try world.overwrite("head.json", Documents.encode(head))
    }
    #expect(other == ["broken_chain \(names[2])"])
    #expect(try broken { try $0.overwrite("head.json", Array("{".utf8)) } == ["damaged head.json"])
    let changed = try broken { world in
      var bytes = try world.folder.get(names[1])
      bytes[bytes.count / 2] ^= 1
      try world.overwrite(names[1], bytes)
    }
    #expect(changed.contains("damaged \(names[1])"), "\(changed)")
  }
}
