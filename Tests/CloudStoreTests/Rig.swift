import Basics
import CloudStore
import ObjectStore
import StrandlineTesting

/// A cloud store over a service in memory, with or without faults, and a clock that nobody waits for.
struct Rig {
  let clock = ManualClock()
  let service: MemoryService
  let log = RecordingLog()

  /// Sizes small enough that a few thousand bytes go in parts.
  static let small: CloudSizes = {
    var sizes = CloudSizes()
    sizes.part = 8192
    sizes.atOnce = 1000
    sizes.skip = 500
    sizes.copy = 20_000
    return sizes
  }()

  init(_ habits: MemoryService.Habits = .amazon) { service = MemoryService(habits, clock: clock) }

  func store(
    over other: (any CloudService)? = nil, seed: UInt64 = 1, policy: RetryPolicy = RetryPolicy(),
    sizes: CloudSizes = small, deadline: @escaping @Sendable () -> Instant? = { nil }
  ) -> CloudStore {
    CloudStore(
      other ?? service, clock: clock, randomness: SeededRandomness(seed: seed), log: log, policy: policy,
      sizes: sizes, deadline: deadline)
  }
}

/// Bytes that differ from those of any other number.
func content(_ number: Int, _ size: Int) -> [UInt8] {
  var random = SplitMix64(number)
  var bytes = Array("\(number) ".utf8)
  while bytes.count < size { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
  return bytes
}
