public import Basics
import Synchronization

/// A clock that moves when it is told to; who sleeps moves it.
public final class ManualClock: Basics.Clock {
  private let time: Mutex<Instant>

  /// A clock that stands at a time.
  public init(_ time: Instant = Instant(seconds: 1_700_000_000)) { self.time = Mutex(time) }

  public func now() -> Instant { time.withLock { $0 } }
  public func sleep(seconds: Double) { advance(bySeconds: seconds) }

  /// Sets it.
  public func set(_ new: Instant) { time.withLock { $0 = new } }
  /// Moves it on.
  public func advance(bySeconds seconds: Double) { time.withLock { $0 = $0.advanced(bySeconds: seconds) } }
}

/// The same bytes for the same seed: SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
public final class SeededRandomness: Randomness {
  private let generator: Mutex<SplitMix64>

  /// Starts from a seed.
  public init(seed: UInt64) { generator = Mutex(SplitMix64(seed: seed)) }

  public func bytes(_ count: Int) -> [UInt8] {
    generator.withLock { generator in
      (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 32) }
    }
  }
}

/// SplitMix64 by Sebastiano Vigna (<https://prng.di.unimi.it/splitmix64.c>): small, and good enough for tests.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts from a seed.
  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return mixed(state)
  }
}

extension SplitMix64 {
  /// Starts from a seed, as the argument of a test.
  public init(_ seed: Int) { self.init(seed: UInt64(bitPattern: Int64(seed))) }

  /// A number from 0 to `bound` - 1.
  public mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

  /// True once in `bound` times on average.
  public mutating func oneIn(_ bound: Int) -> Bool { below(bound) == 0 }

  /// One of the elements.
  public mutating func pick<C: RandomAccessCollection>(_ from: C) -> C.Element where C.Index == Int {
    from[from.startIndex + below(from.count)]
  }
}

/// A log that nobody reads.
public struct SilentLog: Log {
  /// The only one there is.
  public init() {}
  public func info(_ message: String) {}
  public func warning(_ message: String) {}
  public func progress(_ label: String, done: Int, total: Int?) {}
}
