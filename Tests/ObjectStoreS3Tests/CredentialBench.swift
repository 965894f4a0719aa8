import Basics
import CloudStore
import ObjectStore
import ObjectStoreS3
import StrandlineTesting
import Testing

/// Asks with what an environment gives, and sees with whose credentials.
enum CredentialBench {
  static let files = [
    "/h/.aws/credentials": """
    [default]
    aws_access_key_id = AKIDEFAULT
    aws_secret_access_key = s#1 # not the secret
    [work]
    aws_access_key_id=AKIWORK
    aws_secret_access_key=s
    aws_session_token=t
    [half]
    aws_access_key_id=AKIHALF
    """,
    "/h/.aws/config": """
    [default]
    region = eu-west-1
    [profile   role]
    role_arn = arn:aws:iam::1:role/r
    source_profile = work
    external_id = x y
    duration_seconds = 900
    [profile loop]
    role_arn = arn:aws:iam::1:role/r
    source_profile = pool
    [profile pool]
    role_arn = arn:aws:iam::1:role/r
    source_profile = loop
    [profile self]
    role_arn = arn:aws:iam::1:role/r
    source_profile = self
    aws_access_key_id = AKISELF
    aws_secret_access_key = s
    [profile mfa]
    role_arn = arn:aws:iam::1:role/r
    source_profile = work
    mfa_serial = 1
    [profile baseless]
    role_arn = arn:aws:iam::1:role/r
    [profile environment]
    role_arn = arn:aws:iam::1:role/r
    credential_source = Environment
    [profile sso]
    sso_session = x
    [profile process]
    credential_process = /bin/x
    [profile empty]
    region = x
    """,
  ]
  static let head = Answer(method: "HEAD", path: "/bucket")
  static let lent = """
    {"Code": "Success", "AccessKeyId": "AKILENT", "SecretAccessKey": "s", "Token": "lent-token",
     "Expiration": "2026-11-21T13:00:00Z"}
    """
  static func role(_ action: String, until: String = "2026-11-21T13:00:00Z", key: String = "ASIAROLE")
    -> String
  {
    """
    <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(action)Result><Credentials>
    <AccessKeyId>\(key)</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>role-token</SessionToken>
    <Expiration>\(until)</Expiration></Credentials></\(action)Result></\(action)Response>
    """
  }

  /// Asks a stub for the time, with what the environment gives; what the stub was asked.
  static func ask(
    _ environment: [String: String], _ answers: [Answer] = [], files: [String: String] = files,
    times: Int = 1, clock: ManualClock? = nil, log: RecordingLog = RecordingLog(),
    between: (Stub) throws -> Void = { _ in }
  ) throws -> [Asked] {
    let stub = try Stub([Self.head] + answers)
    var all = [
      "HOME": "/h", "AWS_ENDPOINT_URL_S3": stub.address, "AWS_ENDPOINT_URL_STS": stub.address,
      "AWS_EC2_METADATA_SERVICE_ENDPOINT": stub.address,
    ]
    for (name, value) in environment { all[name] = value.replacing("STUB", with: stub.address) }
    let clock = try clock ?? ManualClock(#require(Instant("2026-11-21T12:00:00Z")))
    let service = try S3Service("s3://bucket", in: world(all, files: Files(files), clock: clock, log: log))
    for time in 0..<times {
      if time > 0 { try between(stub) }
      _ = try service.now()
    }
    return try stub.log()
  }

  static func key(_ asked: Asked) -> String {
    asked.headers["authorization"].flatMap {
      $0.split(separator: "Credential=").last?.split(separator: "/").first
    }
    .map(String.init) ?? ""
  }

  static func problem(_ environment: [String: String], _ answers: [Answer] = []) -> String {
    do {
      return "went well: \(try ask(environment, answers).map(\.path))"
    } catch let error as Failure {
      return "\(error.kind): \(error.message)"
    } catch let error as ServiceError {
      return "\(error.kind): \(error.message)"
    } catch { return "\(error)" }
  }

  static let machine = [
    Answer(method: "PUT", path: "/latest/api/token", body: "the-token"),
    Answer(path: "/latest/meta-data/iam/security-credentials/", body: "my role\n"),
    Answer(path: "/latest/meta-data/iam/security-credentials/my%20role", body: lent),
  ]
}
