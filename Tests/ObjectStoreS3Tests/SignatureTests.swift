import Basics
import Hashing
import ObjectStoreS3
import Testing

/// The examples that AWS published: those of S3's "Authenticating Requests: Using the Authorization Header", and
/// those of the test suite of Signature Version 4.
@Suite struct SignatureTests {
  private static let nothing = hex(SHA256.digest([]))

  private func signature(
    _ request: SignableRequest, _ credentials: S3Credentials, _ service: String, _ time: String
  ) throws -> String {
    let signed = SignatureV4(region: "us-east-1", service: service)
      .headers(for: request, credentials, at: try #require(Instant(time)))
    let header = try #require(signed.first { $0.name == "Authorization" }).value
    return String(try #require(header.split(separator: "Signature=").last))
  }

  private func ofS3(_ request: SignableRequest) throws -> String {
    let keys = S3Credentials(
      accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    var request = request
    request.headers.append((name: "x-amz-content-sha256", value: request.payloadHash))
    return try signature(request, keys, "s3", "2013-05-24T00:00:00Z")
  }

  @Test func getsARangeOfAnObject() throws {
    let request = SignableRequest(
      method: "GET", host: "examplebucket.s3.amazonaws.com", path: "/test.txt",
      headers: [(name: "range", value: "bytes=0-9")], payloadHash: Self.nothing)
    #expect(try ofS3(request) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
  }

  @Test func putsAnObject() throws {
    let request = SignableRequest(
      method: "PUT", host: "examplebucket.s3.amazonaws.com", path: "/test%24file.text",
      headers: [
        (name: "Date", value: "Fri, 24 May 2013 00:00:00 GMT"),
        (name: "x-amz-storage-class", value: "REDUCED_REDUNDANCY"),
      ], payloadHash: hex(SHA256.digest(Array("Welcome to Amazon S3.".utf8))))
    #expect(try ofS3(request) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
  }

  @Test(arguments: [
    ([("lifecycle", "")], "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    (
      [("prefix", "J"), ("max-keys", "2")], "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    ),
  ]) func asksTheBucket(query: [(String, String)], wanted: String) throws {
    let request = SignableRequest(
      method: "GET", host: "examplebucket.s3.amazonaws.com", path: "/",
      query: query.map { (name: $0.0, value: $0.1) }, payloadHash: Self.nothing)
    #expect(try ofS3(request) == wanted)
  }

  private func ofSuite(
    _ method: String = "GET", _ path: String = "/", query: [(String, String)] = [],
    headers: [(name: String, value: String)] = [], token: String? = nil, body: String = ""
  ) throws -> String {
    let keys = S3Credentials(
      accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: token)
    let request = SignableRequest(
      method: method, host: "example.amazonaws.com", path: path,
      query: query.map { (name: $0.0, value: $0.1) }, headers: headers,
      payloadHash: hex(SHA256.digest(Array(body.utf8))))
    return try signature(request, keys, "service", "2015-08-30T12:36:00Z")
  }

  @Test func signsLikeTheSuite() throws {
    #expect(try ofSuite() == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
    #expect(try ofSuite("POST") == "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")
    #expect(
      try ofSuite("GET", "/%E1%88%B4") == "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85")
    #expect(
      try ofSuite("GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        == "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f")
  }

  @Test func ordersAndEncodesQueries() throws {
    let wanted = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
    #expect(try ofSuite(query: [("Param1", "value1"), ("Param2", "value2")]) == wanted)
    #expect(try ofSuite(query: [("Param2", "value2"), ("Param1", "value1")]) == wanted)
    #expect(
      try ofSuite(query: [("\u{1234}", "bar")])
        == "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04")
  }

  @Test func signsHeadersAndBodies() throws {
    #expect(
      try ofSuite(
        "POST", headers: [(name: "Content-Type", value: "application/x-www-form-urlencoded")],
        body: "Param1=value1") == "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")
    #expect(
      try ofSuite(
        "GET",
        headers: [(name: "My-Header1", value: " value1"), (name: "My-Header2", value: " \"a   b   c\"")])
        == "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736")
  }

  @Test func signsTheTokenOfASession() throws {
    let token =
      "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuw"
      + "thAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d"
      + "+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
    #expect(
      try ofSuite("POST", token: token) == "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead")
  }

  @Test func showsNoSecret() throws {
    let keys = S3Credentials(accessKey: "AKID", secretKey: "very-secret", sessionToken: "a-token")
    for text in ["\(keys)", String(reflecting: keys), "\(Mirror(reflecting: keys).children.map { "\($0)" })"]
    {
      #expect(!text.contains("secret") && !text.contains("token") && !text.contains("AKID"), "\(text)")
    }
    var dumped = ""
    dump(keys, to: &dumped)
    #expect(!dumped.contains("secret") && !dumped.contains("token"))
  }
}
