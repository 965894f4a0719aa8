import Basics
import CloudStore
import Glibc
import HTTP
import ObjectStore
import ObjectStoreGCS
import StrandlineTesting
import Synchronization
import Testing

/// A stub of Google Cloud Storage (`Tests/Support/gcs_stub.py`) that ends with this object.
final class Stub: @unchecked Sendable {
  /// One for all tests that need no faults: each has a folder of its own.
  static let shared: Stub = {
    do { return try Stub() } catch { fatalError("python3 is needed for these tests: \(error)") }
  }()

  let port: String
  let clock = ManualClock()
  private let child: ChildProcess
  private let folder: TemporaryFolder
  private let folders = Mutex(0)

  init() throws {
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
      unsafe unsetenv(name)
    }
    folder = try TemporaryFolder()
    let file = folder.path + "/port"
    let script = Self.support + "gcs_stub.py"
    child = try ChildProcess(
      "python3", [script, "--port-file", file], environment: ["PYTHONDONTWRITEBYTECODE": "1"], input: nil)
    try child.waitForOutput("port")
    port = String(decoding: try #require(readFile(file)), as: UTF8.self)
  }

  static let support = #filePath.replacing("ObjectStoreGCSTests/Stub.swift", with: "Support/")
  static let python = support.replacing("Tests/Support/", with: ".venv/bin/python")

  var address: String { "http://127.0.0.1:\(port)" }

  /// A folder that nobody else uses.
  func place() throws -> GCSLocation {
    let number = folders.withLock {
      $0 += 1
      return $0
    }
    return try GCSLocation("gs://bucket/t\(number)")
  }

  func surroundings(_ environment: [String: String]) -> GCSSurroundings {
    GCSSurroundings(
      environment: environment, readFile: { path throws(Failure) in readFile(path) }, clock: clock,
      log: SilentLog(), http: HTTPClient())
  }

  func service(_ place: GCSLocation? = nil) throws -> GCSService {
    try GCSService(place ?? self.place(), surroundings(["STORAGE_EMULATOR_HOST": address]))
  }

  func store(_ service: GCSService, sizes: CloudSizes = CloudSizes()) -> CloudStore {
    CloudStore(service, clock: clock, randomness: SeededRandomness(seed: 1), log: SilentLog(), sizes: sizes)
  }

  /// Says what is to go wrong: a JSON list, see the stub.
  func faults(_ json: String) throws { try control("faults", json) }

  func control(_ what: String, _ json: String) throws {
    let request = HTTPRequest("\(address)/control/\(what)", method: "POST", body: Array(json.utf8))
    try HTTPClient().send(request).requireSuccess()
  }

  /// Its clock.
  func date() throws -> Instant {
    try #require(HTTPClient().send(HTTPRequest("\(address)/control/log")).headers.date)
  }

  /// The requests so far.
  func log() throws -> [String] {
    let bytes = try HTTPClient().send(HTTPRequest("\(address)/control/log")).readAll(limit: 64 << 20)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

/// A file's bytes; nil if there is none.
func readFile(_ path: String) -> [UInt8]? {
  guard let file = unsafe fopen(path, "r") else { return nil }
  defer { unsafe fclose(file) }
  var bytes: [UInt8] = []
  var room = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = unsafe fread(&room, 1, room.count, file)
    if count == 0 { return bytes }
    bytes += room[..<count]
  }
}

extension GCSService {
  /// The bytes of an object.
  func read(_ key: ObjectKey, range: Range<Int>? = nil, ifVersion version: String? = nil) throws(ServiceError)
    -> [UInt8]
  {
    let body = try open(key, range: range, ifVersion: version)
    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 10000)
    while true {
      let count = unsafe try room.withUnsafeMutableBufferPointer { (room) throws(ServiceError) in
        unsafe try body.read(into: UnsafeMutableRawBufferPointer(room))
      }
      if count == 0 { return bytes }
      bytes += room[..<count]
    }
  }
}

/// Expects an error of a kind, and gives it.
@discardableResult
func expect(
  _ kind: ServiceError.Kind, at location: SourceLocation = #_sourceLocation, _ work: () throws -> Void
) -> ServiceError? {
  let error = #expect(throws: ServiceError.self, sourceLocation: location, performing: work)
  #expect(error?.kind == kind, "\(error?.message ?? "")", sourceLocation: location)
  return error
}

func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var random = SplitMix64(seed: seed)
  return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
}
