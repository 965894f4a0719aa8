import Basics

/// About how many different hashes there were, in 4 KiB, to some two per cent.
///
/// HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation
/// algorithm", 2007) with 64-bit hashes, and linear counting where there are few.
struct DistinctSketch {
  private static let bits = 12
  private var registers = [UInt8](repeating: 0, count: 1 << bits)

  mutating func add(_ hash: UInt64) {
    let place = Int(hash >> UInt64(64 - Self.bits))
    let rest = hash << UInt64(Self.bits) | 1 << UInt64(Self.bits - 1)
    let rank = UInt8(rest.leadingZeroBitCount + 1)
    if registers[place] < rank { registers[place] = rank }
  }

  var estimate: Double {
    let count = Double(registers.count)
    var sum = 0.0
    var empty = 0
    for register in registers {
      sum += 1 / Double(UInt64(1) << UInt64(register))
      if register == 0 { empty += 1 }
    }
    let raw = 0.7213 / (1 + 1.079 / count) * count * count / sum
    if raw <= 2.5 * count, empty > 0 { return count * logarithm(count / Double(empty)) }
    return raw
  }
}

/// The natural logarithm of a number from 1 on.
private func logarithm(_ value: Double) -> Double {
  // By its exponent, and a series in (m - 1) / (m + 1) for the rest.
  let mantissa = value.significand
  let ratio = (mantissa - 1) / (mantissa + 1)
  var power = ratio
  var sum = 0.0
  var step = 1.0
  while step < 40 {
    sum += power / step
    power *= ratio * ratio
    step += 2
  }
  return Double(value.exponent) * 0.693147180559945309 + 2 * sum
}

/// Counts different hashes exactly, in memory.
struct DistinctCounter {
  private var slots: [UInt64]
  private(set) var count = 0

  init(expected: Int = 1 << 12) {
    var size = 1 << 12
    while size < expected * 2 { size *= 2 }
    slots = [UInt64](repeating: 0, count: size)
  }

  mutating func removeAll() {
    for place in slots.indices { slots[place] = 0 }
    count = 0
  }

  mutating func insert(_ given: UInt64) {
    // Zero is an empty slot.
    let hash = given == 0 ? 1 : given
    if put(hash) {
      count += 1
      if count * 3 > slots.count * 2 { grow() }
    }
  }

  private mutating func put(_ hash: UInt64) -> Bool {
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: hash) & mask
    while slots[place] != 0 {
      if slots[place] == hash { return false }
      place = (place + 1) & mask
    }
    slots[place] = hash
    return true
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt64](repeating: 0, count: old.count * 2)
    for hash in old where hash != 0 { _ = put(hash) }
  }
}
