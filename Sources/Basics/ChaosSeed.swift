/// From what made-up faults follow: a seed, and how many operations of a hundred meet one.
///
/// Everything is drawn from it by name and number, never one draw after the other: so what goes wrong at the fifth
/// operation does not depend on what the first four were, and what went wrong once can be had again.
public struct ChaosSeed: Hashable, Sendable, CustomStringConvertible {
  /// How many operations of a hundred meet a fault, unless said otherwise.
  public static let usualStrength = 5

  /// Where all draws begin.
  public var seed: UInt64
  /// How many operations of a hundred meet a fault, 1 to 100.
  public var strength: Int

  /// Puts the two together.
  public init(seed: UInt64, strength: Int = usualStrength) {
    self.seed = seed
    self.strength = strength
  }

  /// Reads `SEED` or `SEED:STRENGTH`; the seed is a number, or `random`.
  /// - Parameter random: what stands for `random`.
  public init?(_ text: String, random: () -> UInt64) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let seed = first == "random" ? random() : UInt64(first) else { return nil }
    self.init(seed: seed)
    if parts.count > 1 {
      guard let strength = Int(parts[1]), (1...100).contains(strength) else { return nil }
      self.strength = strength
    }
  }

  /// As it is read again: `7:5`.
  public var description: String { "\(seed):\(strength)" }

  /// What is drawn for the thing of this name and number.
  public func draws(for name: String, _ number: Int) -> ChaosDraws {
    var state = mixed(seed)
    for byte in name.utf8 { state = mixed(state ^ UInt64(byte)) }
    return ChaosDraws(state: mixed(state ^ UInt64(bitPattern: Int64(number))))
  }
}

/// Numbers that look random and follow from a seed.
public struct ChaosDraws: RandomNumberGenerator, Sendable {
  fileprivate var state: UInt64

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return mixed(state)
  }

  /// A number from 0 to `bound` - 1.
  public mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}

/// Spreads every bit over all others, one to one: the last step of SplitMix64 by Sebastiano Vigna
/// (<https://prng.di.unimi.it/splitmix64.c>).
package func mixed(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}
