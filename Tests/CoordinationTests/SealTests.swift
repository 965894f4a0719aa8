import Basics
import Coordination
import Documents
import Testing

/// Documents that nobody names by a digest say themselves whether they are as they were written.
@Suite struct SealTests {
  private let document = LockDocument(
    token: 7, holder: "a \"quoted\" name", run: "r", stage: "publish", since: Instant(seconds: 5), lease: 60)

  private func read(_ bytes: [UInt8]) throws -> LockDocument {
    try Documents.decodeSealed(LockDocument.self, from: bytes, name: "cases/lock.json")
  }

  @Test func whatWasWrittenIsRead() throws {
    let bytes = Documents.sealed(document)
    #expect(try read(bytes) == document)
    #expect(Documents.isSealed(bytes) && bytes == Documents.sealed(Documents.encode(document)))
    #expect(String(decoding: bytes.suffix(42), as: UTF8.self).hasPrefix(",\"sum\":\""))
    #expect(try Documents.decode(LockDocument.self, from: bytes, name: "an older program") == document)
  }

  @Test func anyBitThatFlipsIsNoticed() throws {
    let bytes = Documents.sealed(document)
    for place in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[place] ^= UInt8(1 << bit)
        let failure = #expect(throws: Failure.self, "bit \(bit) of byte \(place)") { try read(changed) }
        #expect(failure?.kind == .badData && failure?.message.hasPrefix("cases/lock.json") == true)
      }
    }
    for length in bytes.indices { #expect(throws: Failure.self) { try read(Array(bytes.prefix(length))) } }
  }

  @Test func whatAnOlderProgramWroteIsTaken() throws {
    let bytes = Documents.encode(document)
    #expect(try read(bytes) == document && !Documents.isSealed(bytes))
    #expect(throws: Failure.self) { try read([]) }
  }
}
