import Hashing
import Testing

@Suite struct CRC32CTests {
  /// RFC 3720, appendix B.4, and the check value of the catalogues.
  @Test func knownAnswers() {
    #expect(CRC32C.of(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.of((0..<32).map { UInt8($0) }) == 0x46DD_794E)
    #expect(CRC32C.of((0..<32).map { UInt8(31 - $0) }) == 0x113F_DB5C)
    #expect(CRC32C.of([]) == 0)
  }

  @Test func bitByBitItIsTheSame() {
    let bytes = (0..<1000).map { UInt8($0 * 7 % 251) }
    for step in [1, 3, 7, 8, 9, 64, 333] {
      var sum = CRC32C()
      for start in stride(from: 0, to: 1000, by: step) {
        sum.update(Array(bytes[start..<min(1000, start + step)]))
      }
      #expect(sum.value == CRC32C.of(bytes))
    }
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ]) func base64IsTheStandards(text: String, answer: String) {
    #expect(base64(Array(text.utf8)) == answer)
    #expect(bytes(base64: answer) == Array(text.utf8))
    for wrong in ["=" + answer, answer + "=", answer + "A", answer + "\n", "-" + answer] {
      #expect(bytes(base64: wrong) == nil)
    }
    #expect(base64URL([0xFB, 0xEF, 0xFF, 0xFF]) == "--___w")
  }
}
