import Basics
import Documents
import Glibc
import HTTP
import ObjectStoreS3
import StrandlineTesting
import Synchronization
import Testing

/// A clock that is set by hand.
final class ManualClock: Basics.Clock {
  private let time: Mutex<Instant>
  init(_ time: Instant) { self.time = Mutex(time) }
  func now() -> Instant { time.withLock { $0 } }
  func sleep(seconds: Double) { advance(bySeconds: seconds) }
  func advance(bySeconds seconds: Double) { time.withLock { $0 = $0.advanced(bySeconds: seconds) } }
}

/// Files that tests change.
final class Files: Sendable {
  private let texts: Mutex<[String: String]>
  init(_ texts: [String: String] = [:]) { self.texts = Mutex(texts) }
  subscript(path: String) -> String? {
    get { texts.withLock { $0[path] } }
    set { texts.withLock { $0[path] = newValue } }
  }
}

func systemNow() -> Instant {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Instant(seconds: Int64(time.tv_sec))
}

/// All that a service is given, with an environment of its own.
func world(
  _ environment: [String: String] = [:], files: Files = Files(), clock: ManualClock? = nil,
  log: RecordingLog = RecordingLog()
) -> S3Surroundings {
  S3Surroundings(
    environment: environment, readFile: { path in files[path].map { Array($0.utf8) } },
    clock: clock ?? ManualClock(systemNow()), log: log, http: HTTPClient())
}

/// What a stub is to answer.
struct Answer: Encodable {
  var method = "GET"
  var path: String
  var status = 200
  var headers: [String: String] = [:]
  var body = ""
}

/// What a stub was asked.
struct Asked: Decodable {
  var method: String
  var path: String
  var headers: [String: String]
  var body: String
}

/// A server that answers as it is told, on a port of its own; it ends with this value.
final class Stub {
  private let child: ChildProcess
  let port: Int
  var address: String { "http://127.0.0.1:\(port)" }

  init(_ answers: [Answer]) throws {
    child = try ChildProcess("python3", [support("http_stub.py")], input: nil)
    child.write(String(decoding: Documents.encode(answers), as: UTF8.self) + "\n")
    port = try #require(Int(child.firstLine()), "the stub did not print its port")
  }

  /// Everything that it was asked so far.
  func log() throws -> [Asked] {
    let bytes = try HTTPClient().send(HTTPRequest("\(address)/__log")).readAll(limit: 1 << 20)
    return try Documents.decode([Asked].self, from: bytes, name: "the log")
  }
}

func support(_ name: String) -> String {
  #filePath.replacing("ObjectStoreS3Tests/Doubles.swift", with: "Support/\(name)")
}
