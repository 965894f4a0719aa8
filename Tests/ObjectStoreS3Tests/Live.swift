import Basics
import Documents
import Glibc
import HTTP
import ObjectStoreS3
import StrandlineTesting
import Synchronization
import Testing

/// A real server of S3 that these tests bring.
enum Live: String, CaseIterable, Sendable, CustomTestStringConvertible {
  /// moto, with its writes one after the other: in every run. It looks at no signature.
  case moto
  /// Ceph's radosgw, which needs Debian packages: `make test-ceph`.
  case ceph

  static let bucket = "tests"
  /// Those that are there in this run.
  static let all: [Live] = unsafe getenv("STRANDLINE_TEST_CEPH") == nil ? [.moto] : [.moto, .ceph]

  var testDescription: String { rawValue }

  /// Its address; it is started when it is first asked for, and ends with this process.
  var address: String { "http://127.0.0.1:\(server.port)" }

  /// A service for a prefix that nobody else uses.
  func service(
    _ name: String, _ environment: [String: String] = [:], log: RecordingLog = RecordingLog(),
    clock: ManualClock? = nil
  ) throws -> S3Service {
    try S3Service("s3://\(Self.bucket)/\(name)", in: world(variables(environment), clock: clock, log: log))
  }

  func variables(_ more: [String: String] = [:]) -> [String: String] {
    var all = [
      "AWS_ENDPOINT_URL_S3": address, "AWS_ACCESS_KEY_ID": "AKIATESTKEY",
      "AWS_SECRET_ACCESS_KEY": "testsecret",
    ]
    all.merge(more) { $1 }
    return all
  }

  /// Tells another client what to do; gives its answers.
  @discardableResult
  func boto(_ lines: [[String]], bucket: String = Self.bucket) throws -> [[String]] {
    try Self.boto(address, lines, bucket: bucket)
  }

  private struct Task: Encodable {
    var endpoint: String
    var bucket: String
    var accessKey = "AKIATESTKEY"
    var secretKey = "testsecret"
    var `do`: [[String]]
  }

  private static func boto(_ address: String, _ lines: [[String]], bucket: String) throws -> [[String]] {
    let task = Task(endpoint: address, bucket: bucket, do: lines)
    let outcome = try runProcess(
      python, [support("s3_client.py")], environment: ["no_proxy": "127.0.0.1"],
      input: Documents.encode(task),
      timeLimit: 120)
    try #require(outcome.status == 0, "\(outcome.errorText)")
    return try Documents.decode([[String]].self, from: outcome.output, name: "boto3's answers")
  }

  private static let python = support("../../.venv/bin/python")

  /// Sendable because nothing is asked of it but to stay.
  private final class Server: @unchecked Sendable {
    let port: Int
    private let child: ChildProcess

    init(_ program: String, _ arguments: [String]) {
      do {
        child = try ChildProcess(program, arguments, input: nil)
        port = try #require(Int(child.firstLine(timeLimit: 180)))
        _ = try boto("http://127.0.0.1:\(port)", [["make"]], bucket: Live.bucket)
      } catch { fatalError("\(program) \(arguments) does not start: \(error)") }
    }
  }

  private var server: Server {
    switch self {
    case .moto: Self.motoServer
    case .ceph: Self.cephServer
    }
  }

  private static let motoServer: Server = {
    do {
      let outcome = try runProcess(support("venv.sh"), timeLimit: 300)
      try #require(outcome.status == 0, "\(outcome.errorText)")
    } catch { fatalError("Tests/Support/venv.sh failed: \(error)") }
    return Server(python, [support("moto_server.py")])
  }()

  private static let cephServer = Server(support("ceph_server.sh"), [])
}
