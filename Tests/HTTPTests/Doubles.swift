import Basics
import CZlib
import FeedSources
import Glibc
import HTTP
import Synchronization
import Testing

/// What `/ok` and its relatives answer.
let lines: [UInt8] = (0..<20000).flatMap { Array("\($0),row \($0)\n".utf8) }

/// A clock that does not wait, and remembers how long it would have.
final class ManualClock: Basics.Clock {
  private let state = Mutex<(now: Instant, sleeps: [Double])>((Instant(seconds: 1_700_000_000), []))
  var sleeps: [Double] { state.withLock { $0.sleeps } }
  func now() -> Instant { state.withLock { $0.now } }
  func sleep(seconds: Double) {
    state.withLock {
      $0.sleeps.append(seconds)
      $0.now = $0.now.advanced(bySeconds: seconds)
    }
  }
}

struct ConstantRandomness: Randomness {
  var byte: UInt8 = 128
  func bytes(_ count: Int) -> [UInt8] { Array(repeating: byte, count: count) }
}

/// Everything that `read` gives, by pieces of this size.
func drain<E: Error>(
  by size: Int = 64 << 10, _ read: (UnsafeMutableRawBufferPointer) throws(E) -> Int
) throws(E) -> [UInt8] {
  let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
  defer { unsafe piece.deallocate() }
  var bytes: [UInt8] = []
  while true {
    let count = unsafe try read(piece)
    if count == 0 { return bytes }
    unsafe bytes.append(contentsOf: piece[..<count])
  }
}

extension HTTPResponse {
  func all(by size: Int = 64 << 10) throws(HTTPError) -> [UInt8] {
    unsafe try drain(by: size) { (piece) throws(HTTPError) -> Int in unsafe try read(into: piece) }
  }
  func text() throws(HTTPError) -> String { String(decoding: try all(), as: UTF8.self) }
}

extension SourceBody {
  func all(by size: Int = 64 << 10) throws(Failure) -> [UInt8] {
    unsafe try drain(by: size) { (piece) throws(Failure) -> Int in unsafe try read(into: piece) }
  }
}

extension Opened {
  /// The body, or nil if the source is unchanged.
  var body: (any SourceBody)? {
    if case .body(let body) = self { body } else { nil }
  }
}

/// Gzip as another program makes it: one member a part.
func gzip(_ parts: [[UInt8]], in scratch: Scratch) throws -> [UInt8] {
  let path = try scratch.write("made.gz", [])
  for part in parts {
    let file = unsafe try #require(gzopen(path, "ab6"))
    if !part.isEmpty { try #require(unsafe gzwrite(file, part, UInt32(part.count)) == Int32(part.count)) }
    try #require(unsafe gzclose(file) == Z_OK)
  }
  return try contents(path)
}

func contents(_ path: String) throws -> [UInt8] {
  let file = unsafe try #require(fopen(path, "r"))
  defer { unsafe fclose(file) }
  return unsafe drain { unsafe fread($0.baseAddress, 1, $0.count, file) }
}

/// Bytes of memory that this process holds.
func residentBytes() throws -> Int {
  let text = String(decoding: try contents("/proc/self/statm"), as: UTF8.self)
  return try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) }) * 4096
}

/// There is no store in which a source could be.
let noObjects: @Sendable (String) throws(Failure) -> StoredSource = { (url) throws(Failure) in
  throw Failure(.settings, "\(url): there is no store")
}
