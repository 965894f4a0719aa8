import Basics
import CloudStore
import ObjectStore
import ObjectStoreS3
import StrandlineTesting
import Testing

/// What is done when credentials end.
@Suite struct RenewalTests {
  @Test func renewsBeforeTheyEnd() throws {
    let path = "/latest/meta-data/iam/security-credentials/my%20role"
    let later = CredentialBench.lent.replacing("AKILENT", with: "AKILATER").replacing("13:00", with: "19:00")
    let clock = ManualClock(try #require(Instant("2026-11-21T12:00:00Z")))
    let asked = try CredentialBench.ask(
      ["AWS_REGION": "a"], CredentialBench.machine + [Answer(path: path, body: later)], files: [:], times: 4,
      clock: clock
    ) { _ in clock.advance(bySeconds: 1200) }
    // At 12:00, 12:20 and 12:40 the first, of 13:00; then the next.
    #expect(
      asked.filter { $0.method == "HEAD" }.map(CredentialBench.key) == [
        "AKILENT", "AKILENT", "AKILENT", "AKILATER",
      ])
  }

  @Test func goesOnWithTheOldWhileTheyAreGood() throws {
    let path = "/latest/meta-data/iam/security-credentials/my%20role"
    let clock = ManualClock(try #require(Instant("2026-11-21T12:00:00Z")))
    let log = RecordingLog()
    let asked = try CredentialBench.ask(
      ["AWS_REGION": "a"], CredentialBench.machine + [Answer(path: path, status: 500)], files: [:], times: 3,
      clock: clock, log: log
    ) { _ in clock.advance(bySeconds: clock.now() < Instant("2026-11-21T12:30:00Z")! ? 57 * 60 : 10) }
    #expect(
      asked.filter { $0.method == "HEAD" }.map(CredentialBench.key) == ["AKILENT", "AKILENT", "AKILENT"])
    #expect(asked.count { $0.path == path } == 2, "not asked again at once")
    #expect(log.lines.count == 1 && log.lines[0].contains("could not be renewed yet"), "\(log.lines)")
  }

  @Test func expiredOnesAreForgotten() throws {
    let document =
      "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
    let stub = try Stub([
      Answer(method: "PUT", path: "/bucket/k", status: 400, body: document),
      Answer(method: "PUT", path: "/bucket/k", headers: ["ETag": "\"e\""]),
    ])
    let files = Files(["/c": "[default]\naws_access_key_id=AKIOLD\naws_secret_access_key=s\n"])
    let service = try S3Service(
      "s3://bucket",
      in: world(["AWS_ENDPOINT_URL": stub.address, "AWS_SHARED_CREDENTIALS_FILE": "/c"], files: files))
    let error = #expect(throws: ServiceError.self) { _ = try service.put(ObjectKey("k"), [1], if: .none) }
    #expect(error?.kind == .expired && error?.message.contains("profile \"default\"") == true)
    files["/c"] = "[default]\naws_access_key_id=AKINEW\naws_secret_access_key=s\n"
    _ = try service.put(ObjectKey("k"), [1], if: .none)
    #expect(try stub.log().map(CredentialBench.key) == ["AKIOLD", "AKINEW"])
  }
}
