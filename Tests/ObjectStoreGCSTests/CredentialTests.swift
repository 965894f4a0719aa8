import Basics
import CloudStore
import HTTP
import ObjectStore
import ObjectStoreGCS
import StrandlineTesting
import Testing

/// Who asks: files as users have them, and a stub both of the store and of those who give tokens.
@Suite struct CredentialTests {
  private let stub: Stub

  init() throws {
    stub = try Stub()
    try stub.control("settings", #"{"token": "secret-token-1"}"#)
  }

  private func service(_ environment: [String: String], _ files: [String: String] = [:]) throws -> GCSService
  {
    var surroundings = stub.surroundings(environment)
    surroundings.readFile = { path throws(Failure) in files[path].map { Array($0.utf8) } }
    surroundings.userTokens = stub.address + "/token"
    surroundings.endpoint = stub.address
    return try GCSService(GCSLocation("gs://bucket/x"), surroundings)
  }

  private func account(key: String = TestKey.pem) -> String {
    let escaped = key.replacing("\n", with: "\\n")
    return #"{"type": "service_account", "client_email": "robot@project.iam.gserviceaccount.com", "#
      + #""private_key_id": "abc123", "private_key": "\#(escaped)", "token_uri": "\#(stub.address)/token"}"#
  }

  private let user =
    #"{"type": "authorized_user", "client_id": "i", "client_secret": "csecret", "#
    + #""refresh_token": "rsecret"}"#
  private let named = ["GOOGLE_APPLICATION_CREDENTIALS": "/k.json"]

  @Test func aServiceAccountSignsAsAnotherProgramDoes() throws {
    let text = account().replacing(stub.address, with: "https://oauth2.googleapis.com")
    let account = try ServiceAccount(Array(text.utf8), file: "k.json", http: HTTPClient())
    #expect(try account.statement(at: Instant(microseconds: 1_700_000_000_999_999)) == TestKey.statement)
    #expect(!"\(account)".contains("MII"))
  }

  @Test func tokensOfAServiceAccountAreKeptAndRenewed() throws {
    let service = try service(named, ["/k.json": account()])
    let key = try ObjectKey("a")
    try _ = service.put(key, [1], if: .absent)
    #expect(try service.read(key) == [1])
    func asked() throws -> Int { try stub.log().filter { $0.hasPrefix("token") }.count }
    #expect(try asked() == 1)
    #expect(try stub.log().contains { $0.contains("jwt-bearer") })
    stub.clock.advance(bySeconds: 3300)
    try _ = service.read(key)
    #expect(try asked() == 1)
    stub.clock.advance(bySeconds: 150)
    try _ = service.read(key)
    #expect(try asked() == 2)
    // Taken back before its end: said once, and the next request brings a new one.
    try stub.control("settings", #"{"token": "secret-token-2"}"#)
    let error = expect(.expired) { _ = try service.read(key) }
    #expect(error?.message.contains("robot@project") == true && error?.message.contains("secret") == false)
    #expect(try service.read(key) == [1])
    #expect(try asked() == 3)
    // Nobody gives a new one just now, and the old one is still good.
    stub.clock.advance(bySeconds: 3450)
    try stub.faults(#"[{"path": "/token", "do": "503", "times": 9}]"#)
    #expect(try service.read(key) == [1])
    stub.clock.advance(bySeconds: 200)
    expect(.failed) { _ = try service.read(key) }
  }

  @Test func manyThreadsAskOnce() throws {
    let service = try service(named, ["/k.json": account()])
    let key = try ObjectKey("a")
    onThreads(8) { _ in _ = try? service.info(key) }
    #expect(try stub.log().filter { $0.hasPrefix("token") }.count == 1)
  }

  @Test func usersComeWithTheFileThatGcloudKeeps() throws {
    for environment in [["HOME": "/home/u"], ["CLOUDSDK_CONFIG": "/cfg", "HOME": "/none"]] {
      let folder = environment["CLOUDSDK_CONFIG"] ?? "/home/u/.config/gcloud"
      let service = try service(environment, [folder + "/application_default_credentials.json": user])
      try _ = service.put(ObjectKey("a"), [1], if: .none)
    }
    #expect(try stub.log().filter { $0.contains("refresh_token") && $0.contains("rsecret") }.count == 2)
    let service = try service(named, ["/k.json": user])
    try stub.faults(#"[{"path": "/token", "do": "400", "times": 2, "reason": "rsecret"}]"#)
    // The manual clock is years behind: that may be all that is wrong.
    #expect(expect(.denied) { _ = try service.now() }?.message.contains("This machine's clock") == true)
    stub.clock.set(try stub.date())
    let error = expect(.denied) { _ = try service.now() }
    #expect(error?.message.contains("gcloud auth application-default login") == true)
    #expect(error?.message.contains("secret") == false)
  }

  @Test func theMetadataServerIsAskedLast() throws {
    let service = try service(["GCE_METADATA_HOST": "127.0.0.1:\(stub.port)"])
    try _ = service.put(ObjectKey("a"), [1], if: .absent)
    #expect(try stub.log()[0].contains("/computeMetadata/v1/instance/service-accounts/default/token"))
    let other = try self.service(["GCE_METADATA_HOST": "127.0.0.1:1"])
    expect(.unreachable) { _ = try other.now() }
    try stub.faults(#"[{"path": "computeMetadata", "do": "503"}]"#)
    let third = try self.service(["GCE_METADATA_HOST": "127.0.0.1:\(stub.port)"])
    let error = expect(.denied) { _ = try third.now() }
    #expect(error?.message.contains("Metadata-Flavor") == true)
  }

  @Test(arguments: [
    (#"{"type": "external_account"}"#, "external_account"),
    (#"{"type": "impersonated_service_account"}"#, "type service_account"), ("{}", "does not say its type"),
    ("no json", "not a JSON document"),
    (#"{"type": "service_account", "private_key": "hidden"}"#, "client_email"),
    (#"{"type": "service_account", "client_email": "a", "private_key": "hidden"}"#, "make a new key"),
  ]) func aFileThatCannotBeUsedIsRefused(text: String, says: String) {
    let error = expect(.denied) { _ = try service(named, ["/k.json": text]) }
    #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("/k.json") == true && error?.message.contains("hidden") == false)
  }

  @Test func aFileThatIsNotThereIsSaid() {
    let error = expect(.denied) { _ = try service(named) }
    #expect(error?.message.contains("GOOGLE_APPLICATION_CREDENTIALS names /k.json") == true)
  }

  @Test func anEmulatorIsToldNoSecrets() throws {
    let service = try service(
      ["STORAGE_EMULATOR_HOST": "127.0.0.1:\(stub.port)/"].merging(named) { $1 }, ["/k.json": account()])
    let error = expect(.denied) { _ = try service.now() }
    #expect(error?.message.contains("STORAGE_EMULATOR_HOST") == true)
    #expect(try stub.log().allSatisfy { !$0.hasPrefix("token") })
  }
}
