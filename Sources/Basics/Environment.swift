/// What a library may not take from the air: it is handed in, so that a whole run can be simulated from a seed.
public protocol Clock: Sendable {
  /// This machine's time. Never compared with another machine's.
  func now() -> Instant
  /// Seconds that only go forward, from a beginning of its own: for how long something took.
  func seconds() -> Double
  /// Waits so many seconds.
  func sleep(seconds: Double)
}

extension Clock {
  /// As good as the time of day is.
  public func seconds() -> Double { Double(now().microseconds) / 1_000_000 }
}

/// Where random names and secrets come from.
public protocol Randomness: Sendable {
  /// So many random bytes; secrets are made of them, so they are of cryptographic quality outside of tests.
  func bytes(_ count: Int) -> [UInt8]
}

/// Where a step tells people and log collectors what it does.
public protocol Log: Sendable {
  /// Something that a person should read when it happened: one line.
  func info(_ message: String)
  /// Something that a person should look at: one line.
  func warning(_ message: String)
  /// How far a long step is; `total` is nil where the end is unknown. Called often, so it must be cheap.
  func progress(_ label: String, done: Int, total: Int?)
}

extension Randomness {
  /// A random lowercase hexadecimal name of `count` bytes.
  public func name(bytes count: Int = 8) -> String { hex(bytes(count)) }
}

/// Lowercase hexadecimal digits of bytes.
public func hex(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  text.reserveCapacity(bytes.underestimatedCount * 2)
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
