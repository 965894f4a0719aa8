import Hashing
import Testing

/// Known answers: without them the model could be as wrong as what it is to prove.
@Suite struct DigestTests {
  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// SipHash-2-4-128's official vectors (and OpenSSL's answers): key 00 01 … 0f, message 00 01 … of the length.
  @Test(arguments: [
    (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"),
    (7, "a1f1ebbed8dbc153c0b84aa61ff08239"), (8, "3b62a9ba6258f5610f83e264f31497b4"),
    (15, "5493e99933b0a8117e08ec0f97cfc3d9"), (16, "6ee2a4ca67b054bbfd3315bf85230577"),
    (63, "5150d1772f50834a503e069a973fbd7c"),
  ]) func slowSipHashIsTheOfficialOne(length: Int, answer: String) {
    let hash = slowSipHash128(
      (0..<16).map { UInt8($0) }, (0..<length).map { UInt8($0) }, rounds: 2, ending: 4)
    #expect(hexadecimal(hash) == answer)
  }

  /// NIST's examples for SHA-256.
  @Test func sha256HasTheKnownAnswers() {
    func digest(_ text: String) -> String { hexadecimal(SHA256.digest(Array(text.utf8))) }
    #expect(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    #expect(
      digest(String(repeating: "a", count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func digestGoesOnBitByBit() {
    let bytes = (0..<1000).map { UInt8($0 % 251) }
    var hash = SHA256()
    for length in 0...bytes.count {
      if length % 37 == 0 { #expect(hash.digest() == SHA256.digest(Array(bytes[..<length]))) }
      if length < bytes.count { hash.update([bytes[length]]) }
    }
    #expect(hash.digest() == SHA256.digest(bytes))
  }
}
