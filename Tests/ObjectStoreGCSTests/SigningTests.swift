import Basics
import Hashing
import Testing

@Suite struct SigningTests {
  @Test func signaturesAreThoseOfAnotherProgram() throws {
    let signer = try RSASigner(pem: Array(TestKey.pem.utf8))
    #expect(try hex(signer.sign(Array("strandline".utf8))) == TestKey.signature)
    #expect("\(signer)" == "RSASigner(***)" && Mirror(reflecting: signer).children.isEmpty)
  }

  @Test(arguments: [
    "", "nonsense", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n",
    TestKey.pem.replacing("MIIE", with: "MIIF"), String(TestKey.pem.dropLast(400)),
  ]) func aKeyThatIsNoneIsRefusedAndNotShown(text: String) {
    let error = #expect(throws: RSASigner.KeyError.self) { try RSASigner(pem: Array(text.utf8)) }
    #expect(error?.description.contains("PEM") == true && error?.description.contains("MII") == false)
  }

  @Test func onlyRSAKeysSignHere() {
    // An elliptic curve's, as `openssl genpkey -algorithm ed25519` makes it.
    let pem =
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
      + "-----END PRIVATE KEY-----\n"
    let error = #expect(throws: RSASigner.KeyError.self) { try RSASigner(pem: Array(pem.utf8)) }
    #expect(error?.description.contains("RSA") == true)
  }
}
