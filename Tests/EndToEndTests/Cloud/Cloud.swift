import Documents
import Glibc
import StrandlineTesting
import Synchronization
import Testing

/// A store of the cloud that these tests bring, and how the functions are told of it.
enum Cloud: String, CaseIterable, Sendable, CustomTestStringConvertible {
  /// moto, with its writes one after the other, so that conditions hold: what S3 does.
  case moto
  /// moto as it is shipped: it looks at a condition and then writes, and two may look before either writes.
  case motoAsShipped
  /// Ceph's radosgw, which looks at signatures, and needs Debian packages: `make test-ceph`.
  case ceph
  /// A stub of our own of Google's JSON API.
  case google

  /// Those that honour conditions, as far as they are there in this run.
  static let faithful: [Cloud] = variable("STRANDLINE_TEST_CEPH") == nil ? [.moto, .google] : [.ceph]

  var testDescription: String { rawValue }
  var isGoogle: Bool { self == .google }
  /// The bucket that is there.
  var bucket: String { isGoogle ? "gs://bucket" : "s3://tests" }
  /// Its address; it is started when it is first asked for, and ends with this process.
  var address: String { "http://127.0.0.1:\(server.port)" }

  /// A prefix that nobody else uses.
  func place() -> String {
    let number = Self.places.withLock {
      $0 += 1
      return $0
    }
    return "\(bucket)/t\(number)"
  }

  /// The environment of a function whose store this is.
  /// - Parameter address: where it is asked, if not at its own address.
  func variables(at address: String? = nil) -> [String: String] {
    var all = Self.noCloud
    let address = address ?? self.address
    if isGoogle { return all.merging(["STORAGE_EMULATOR_HOST": address]) { $1 } }
    all["AWS_ENDPOINT_URL_S3"] = address
    all["AWS_ACCESS_KEY_ID"] = "AKIATESTKEY"
    all["AWS_SECRET_ACCESS_KEY"] = Self.secret
    return all
  }

  /// What must be in nothing that anybody says.
  static let secret = "testsecret"

  /// The environment of a function that is told of no cloud, whatever these tests are run with. Empty is unset.
  static let noCloud: [String: String] = {
    var all = ["AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"]
    all["CLOUDSDK_CONFIG"] = "/nowhere"
    for name in [
      "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL",
      "AWS_ENDPOINT_URL_S3", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
      "AWS_CONTAINER_CREDENTIALS_FULL_URI", "GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST",
      "http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY",
    ] { all[name] = "" }
    return all
  }()

  static func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static let places = Mutex(0)
}

/// A program of `Tests/Support` that prints its port. It ends with this object.
///
/// Sendable because nothing is asked of it but to stay, until it is ended by its only user.
final class Server: @unchecked Sendable {
  let port: Int
  private let child: ChildProcess

  init(_ program: String, _ arguments: [String], input: String = "") throws {
    child = try ChildProcess(
      program, arguments, environment: ["PYTHONDONTWRITEBYTECODE": "1"], input: nil)
    if !input.isEmpty { child.write(input) }
    // Some say "port 1234".
    let line = try child.firstLine(timeLimit: 180)
    port = try #require(line.split(separator: " ").last.flatMap { Int($0) }, "\(line)")
  }

  var address: String { "http://127.0.0.1:\(port)" }

  /// Ends it.
  /// - Returns: what it printed after its port.
  func end() throws -> String {
    child.closeInput()
    return try child.wait().outputText.split(separator: "\n").dropFirst().joined(separator: "\n")
  }

  static func python(_ script: String, _ arguments: [String] = [], input: String = "") throws -> Server {
    try Server("python3", [support(script)] + arguments, input: input)
  }

  static func support(_ name: String) -> String { SharedData.package + "/Tests/Support/\(name)" }

  /// The Python that has what the tests compare with.
  static let environment: String = {
    do {
      let outcome = try runProcess(support("venv.sh"), timeLimit: 300)
      try #require(outcome.status == 0, "\(outcome.errorText)")
    } catch { fatalError("Tests/Support/venv.sh failed: \(error)") }
    return SharedData.package + "/.venv/bin/python"
  }()
}

extension Cloud {
  private var server: Server {
    switch self {
    case .moto: Self.motoServer
    case .motoAsShipped: Self.motoAsShippedServer
    case .ceph: Self.cephServer
    case .google: Self.googleServer
    }
  }

  private static let motoServer = s3 { try Server(Server.environment, [Server.support("moto_server.py")]) }
  private static let motoAsShippedServer = s3 {
    try Server(Server.environment, [Server.support("moto_server.py"), "--as-shipped"])
  }
  private static let cephServer = s3 { try Server(Server.support("ceph_server.sh"), []) }
  private static let googleServer = started { try Server.python("gcs_stub.py") }

  /// A server of S3, with a bucket that another client made.
  private static func s3(_ start: () throws -> Server) -> Server {
    started {
      let server = try start()
      let task =
        "{\"endpoint\":\"\(server.address)\",\"bucket\":\"tests\",\"accessKey\":\"AKIATESTKEY\","
        + "\"secretKey\":\"\(secret)\",\"do\":[[\"make\"]]}"
      let made = try runProcess(
        Server.environment, [Server.support("s3_client.py")], environment: ["no_proxy": "127.0.0.1"],
        input: Array(task.utf8), timeLimit: 120)
      try #require(made.status == 0, "\(made.errorText)")
      return server
    }
  }

  private static func started(_ start: () throws -> Server) -> Server {
    do { return try start() } catch { fatalError("a server of the tests does not start: \(error)") }
  }
}
