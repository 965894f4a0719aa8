import Basics
import SwiftOverlayShims

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// This machine's clock.
struct SystemClock: Basics.Clock {
  func now() -> Instant {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  func seconds() -> Double {
    var time = timespec()
    #if canImport(Glibc)
      // It goes on while the machine sleeps, as leases do.
      unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    #else
      unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    #endif
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  func sleep(seconds: Double) {
    var left = timespec(
      tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1_000_000_000))
    var rest = timespec()
    while unsafe nanosleep(&left, &rest) != 0, errno == EINTR { left = rest }
  }
}

/// The kernel's random numbers.
struct SystemRandomness: Randomness {
  func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }
}

/// Environment variables.
enum Environment {
  /// All of them.
  static var all: [String: String] {
    var variables: [String: String] = [:]
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let parts = unsafe String(cString: text).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      unsafe entry += 1
    }
    return variables
  }

  static func value(_ name: String) -> String? {
    guard let text = unsafe getenv(name) else { return nil }
    let value = unsafe String(cString: text)
    return value.isEmpty ? nil : value
  }
}

/// Files that are small.
enum SmallFile {
  /// As long as a file may be, in bytes, unless said otherwise.
  static let limit = 4 << 20

  /// Reads a file whole; nil if there is none.
  /// - Throws: as ``contents(_:for:limit:)``.
  @Sendable static func contentsIfPresent(_ path: String) throws(Failure) -> [UInt8]? {
    if unsafe access(path, F_OK) != 0, errno == ENOENT || errno == ENOTDIR { return nil }
    return try contents(path, for: "the file", limit: 1 << 20)
  }

  /// Reads a file whole.
  /// - Throws: ``Failure/Kind/settings``, naming the file and what it was wanted for.
  static func contents(_ path: String, for purpose: String, limit: Int = limit) throws(Failure) -> [UInt8] {
    let file = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw Failure(.settings, "\(purpose) \(path): \(unsafe String(cString: strerror(errno)))")
    }
    defer { if file != 0 { close(file) } }
    var bytes = ByteBuffer(capacity: 65536)
    while true {
      var problem: Int32 = 0
      let count = unsafe bytes.append(atMost: 65536) { room in
        while true {
          let count = unsafe read(file, room.baseAddress, room.count)
          if count >= 0 { return count }
          guard errno == EINTR else {
            problem = errno
            return 0
          }
        }
      }
      guard problem == 0 else {
        throw Failure(.settings, "\(purpose) \(path): \(unsafe String(cString: strerror(problem)))")
      }
      if count == 0 { return bytes.array() }
      guard bytes.count <= limit else {
        throw Failure(.settings, "\(purpose) \(path) is longer than \(limit) bytes")
      }
    }
  }
}
