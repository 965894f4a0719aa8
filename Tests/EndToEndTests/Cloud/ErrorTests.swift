import Documents
import StrandlineTesting
import Testing

extension CloudTests {
  /// What a person is told whose settings are wrong, or whose store cannot be reached: the code tells a scheduler whether
  /// to try again, the message what to mend, with the store's own word for it.
  @Suite struct ErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
      var name: String
      var status: Int
      var headers: [String: String] = [:]
      var code = ""
      var exit: Int32 = 78
      var says: [String]
      var testDescription: String { name }
    }

    static let secrets = [
      Cloud.secret, "hidden-token", "hidden-secret", "BEGIN PRIVATE", "MIIEv", "eyJ", "hidden-grant",
    ]

    static let amazon = [
      Case(
        name: "wrong access key", status: 403, code: "InvalidAccessKeyId",
        says: ["InvalidAccessKeyId", "access key of the environment", "mend it"]),
      Case(
        name: "wrong secret key", status: 403, code: "SignatureDoesNotMatch",
        says: ["SignatureDoesNotMatch", "secret key of the environment"]),
      Case(name: "expired token", status: 400, code: "ExpiredToken", says: ["ExpiredToken", "renew them"]),
      Case(
        name: "another's token", status: 400, code: "InvalidToken", says: ["InvalidToken", "session token"]),
      Case(
        name: "missing bucket", status: 404, code: "NoSuchBucket",
        says: ["NoSuchBucket", "make the bucket absent-bucket"]),
      Case(
        name: "wrong region", status: 301, headers: ["x-amz-bucket-region": "eu-west-9"],
        code: "PermanentRedirect", says: ["PermanentRedirect", "set AWS_REGION=eu-west-9"]),
      Case(
        name: "wrong clock", status: 403, code: "RequestTimeTooSkewed",
        says: ["RequestTimeTooSkewed", "set this machine's clock"]),
      Case(
        name: "a clock that cannot be corrected", status: 403,
        headers: ["Date": "Sat, 21 Nov 2020 12:00:00 GMT"], code: "RequestTimeTooSkewed",
        says: ["RequestTimeTooSkewed", "set this machine's clock", "ahead of"]),
      Case(
        name: "no right to list", status: 403, code: "AccessDenied", says: ["AccessDenied", "s3:ListBucket"]),
      Case(
        name: "overload", status: 503, headers: ["Retry-After": "600"], code: "SlowDown", exit: 69,
        says: ["503", "left alone for 600 s"]),
      Case(
        name: "out of order", status: 500, headers: ["Retry-After": "600"], code: "InternalError", exit: 69,
        says: ["500"]),
    ]

    /// Each function that is called first in a chain or by itself.
    @Test(arguments: amazon) func ofAmazon(_ one: Case) throws {
      let body =
        "<Error><Code>\(one.code)</Code><Message>Words of \(Cloud.secret) and hidden-token.</Message></Error>"
      var environment = ["AWS_SESSION_TOKEN": "hidden-token", "AWS_ACCESS_KEY_ID": "AKIATESTKEY"]
      environment["AWS_SECRET_ACCESS_KEY"] = Cloud.secret
      try check(one, "s3://absent-bucket/p", body, "AWS_ENDPOINT_URL_S3", environment)
    }

    static let google = [
      Case(
        name: "no credentials", status: 401, code: "authError",
        says: ["401 authError", "unset STORAGE_EMULATOR_HOST"]),
      Case(
        name: "missing bucket", status: 404, code: "notFound",
        says: ["404 notFound", "There is no bucket absent-bucket", "make it"]),
      Case(
        name: "no right", status: 403, code: "forbidden", says: ["403 forbidden", "roles/storage.objectUser"]),
      Case(
        name: "overload", status: 429, headers: ["Retry-After": "600"], code: "rateLimitExceeded", exit: 69,
        says: ["429 rateLimitExceeded", "left alone for 600 s"]),
      Case(
        name: "out of order", status: 503, headers: ["Retry-After": "600"], code: "backendError", exit: 69,
        says: ["503 backendError"]),
      Case(
        name: "something else", status: 302, headers: ["Retry-After": "600", "Location": "/login"], exit: 69,
        says: ["302", "no Google Cloud Storage"]),
    ]

    @Test(arguments: google) func ofGoogle(_ one: Case) throws {
      let message = one.status == 404 ? "The specified bucket does not exist." : "Words."
      try check(one, "gs://absent-bucket/p", googleBody(one, message), "STORAGE_EMULATOR_HOST", [:])
    }

    /// Those who lend tokens, before the store is asked.
    static let lenders = [
      Case(
        name: "a key that was deleted", status: 400, code: "invalid_grant",
        says: ["robot@project.iam.gserviceaccount.com", "invalid_grant", "use the file of a new key"]),
      Case(
        name: "wrong clock", status: 400, headers: ["Date": "Sat, 21 Nov 2020 12:00:00 GMT"],
        code: "invalid_grant", says: ["invalid_grant", "This machine's clock says", "set it right"]),
      Case(
        name: "overload", status: 503, headers: ["Retry-After": "600"], code: "unavailable", exit: 69,
        says: ["unavailable", "left alone for 600 s"]),
    ]

    @Test(arguments: lenders) func ofThoseWhoLendTokens(_ one: Case) throws {
      let bench = try Bench(.google, "gs://bucket/p", at: "")
      let stub = try stub(one, "{\"error\":\"\(one.code)\",\"error_description\":\"Words.\"}")
      try writeKey(bench, stub)
      try bench.write("cases.csv", "id,v\n1,a\n")
      let result = try bench.call(
        "fetch", ["--feed", "feed.yaml"],
        variables: ["GOOGLE_APPLICATION_CREDENTIALS": bench.path("key.json"), "STORAGE_EMULATOR_HOST": ""])
      try expect(one, result)
    }

    /// By tokens, as Google's own service is asked, for which the stub stands in behind a proxy.
    static let googleWithTokens = [
      Case(
        name: "a token that is not taken", status: 401, code: "authError",
        says: ["401 authError", "The token of the service account robot@", "mend the credentials"]),
      Case(
        name: "no right to list", status: 403, code: "forbidden",
        says: ["403 forbidden", "Asked as the service account robot@", "roles/storage.objectUser"]),
    ]

    @Test(arguments: googleWithTokens) func ofGoogleWithTokens(_ one: Case) throws {
      let bench = try Bench(.google, "gs://bucket/p", at: "")
      let made = try bench.shell(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout tls.key -out tls.pem -subj /CN=storage.googleapis.com "
          + "-addext subjectAltName=DNS:storage.googleapis.com")
      try #require(made.status == 0, "\(made)")
      let token = Answer(
        path: "/token", status: 200, headers: [:],
        body: "{\"access_token\":\"hidden-grant\",\"expires_in\":3600}")
      let refusal = Answer(status: one.status, headers: [:], body: googleBody(one, "Words."))
      let stub = try self.stub(
        [token, token, token, refusal], ["--tls", bench.path("tls.pem"), bench.path("tls.key")])
      try writeKey(bench, stub)
      let result = try bench.call(
        "query", ["--feed", "feed.yaml", "--storage"],
        variables: [
          "GOOGLE_APPLICATION_CREDENTIALS": bench.path("key.json"), "CURL_CA_BUNDLE": bench.path("tls.pem"),
          "https_proxy": stub.address, "no_proxy": "", "NO_PROXY": "",
        ])
      try expect(one, result)
    }

    @Test func ofFilesThatAreNotThere() throws {
      let bench = try Bench(.google, "gs://bucket/p", at: "")
      let result = try bench.call(
        "query", ["--feed", "feed.yaml", "--runs"],
        variables: ["GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/key.json"])
      result.expect(78, says: "/nowhere/key.json", "mend the variable")
    }

    @Test func aBucketThatIsNotThere() throws {
      let bench = try Bench(.moto, "s3://absent-bucket/p")
      try bench.write("cases.csv", "id,v\n1,a\n")
      try bench.tick().expect(78, says: "404 NoSuchBucket", "make the bucket absent-bucket")
      let other = try Bench(.google, "gs://absent-bucket/p")
      try other.write("cases.csv", "id,v\n1,a\n")
      try other.tick().expect(
        78,
        says: "404 Not Found: The specified bucket does not exist. There is no bucket absent-bucket: make it")
    }

    private struct Answer: Encodable {
      var method = "*"
      var path = "*"
      var status: Int
      var headers: [String: String]
      var body: String
    }

    private func stub(_ answers: [Answer], _ arguments: [String] = []) throws -> Server {
      let input = String(decoding: Documents.encode(answers), as: UTF8.self) + "\n"
      return try .python("http_stub.py", arguments, input: input)
    }

    private func stub(_ one: Case, _ body: String) throws -> Server {
      try stub([Answer(status: one.status, headers: one.headers, body: body)])
    }

    private func googleBody(_ one: Case, _ message: String) -> String {
      "{\"error\":{\"code\":\(one.status),\"message\":\"\(message)\",\"errors\":[{\"reason\":\"\(one.code)\"}]}}"
    }

    /// Writes the file of a service account whose tokens the stub gives.
    private func writeKey(_ bench: Bench, _ stub: Server) throws {
      let key = try runProcess("openssl", ["genrsa", "2048"]).outputText.replacing("\n", with: "\\n")
      try #require(key.contains("BEGIN PRIVATE KEY"))
      try bench.write(
        "key.json",
        "{\"type\":\"service_account\",\"client_email\":\"robot@project.iam.gserviceaccount.com\","
          + "\"private_key\":\"\(key)\",\"token_uri\":\"\(stub.address)/token\"}")
    }

    private func check(
      _ one: Case, _ place: String, _ body: String, _ variable: String, _ environment: [String: String]
    ) throws {
      let stub = try stub(one, body)
      let environment = Cloud.noCloud.merging(environment) { $1 }.merging([variable: stub.address]) { $1 }
      let bench = try Bench(
        feed: "feed: cases\nstore: \(place)\nsource: { path: cases.csv }\nkey: [id]\n",
        environment: environment)
      try bench.write("cases.csv", "id,v\n1,a\n")
      try expect(one, bench.call("fetch", ["--feed", "feed.yaml"]))
      try expect(one, bench.call("query", ["--feed", "feed.yaml", "--storage"]))
      // A source is a store too.
      try bench.write(
        "other.yaml", "feed: cases\nstore: ./store\nsource: { url: \(place)/cases.csv }\nkey: [id]\n")
      try expect(one, bench.call("fetch", ["--feed", "other.yaml"]))
    }

    private func expect(_ one: Case, _ result: Result) throws {
      #expect(result.status == one.exit, "\(result)")
      for word in one.says {
        #expect(result.errors.contains(word), "it does not say \"\(word)\":\n\(result)")
      }
      try expectNoSecret(result, Self.secrets)
    }
  }
}
