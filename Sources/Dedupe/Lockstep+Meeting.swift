import Basics

/// Where two files part, and where they meet again.
extension Lockstep {
  /// Looks for the nearest records that both have, from the front on, and settles what comes before them.
  mutating func reunite() throws(Failure) {
    var (gone, come) = (SeenHashes(), SeenHashes())
    var step = 0
    while true {
      let hasOld = try old.cut(atLeast: step + 1, within: Self.reach) > step
      let hasNew = try new.cut(atLeast: step + 1, within: Self.reach) > step
      if !hasOld, !hasNew { return settle(old: min(step, old.count), new: min(step, new.count)) }
      if hasOld {
        let hash = old.hash(step)
        if step > 0, let place = come.first(hash) { return settle(old: step, new: place) }
        gone.add(hash)
      }
      if hasNew {
        let hash = new.hash(step)
        if step > 0, let place = gone.first(hash) { return settle(old: place, new: step) }
        come.add(hash)
      }
      step += 1
    }
  }
}

/// Hashes by number; a few are searched as they are.
private struct SeenHashes {
  private var hashes: [UInt64] = []
  private var places: [UInt64: Int] = [:]

  mutating func add(_ hash: UInt64) {
    hashes.append(hash)
    if hashes.count < 16 { return }
    if hashes.count == 16 {
      for (place, hash) in hashes.enumerated().reversed() { places[hash] = place }
    } else if places[hash] == nil {
      places[hash] = hashes.count - 1
    }
  }

  func first(_ hash: UInt64) -> Int? { hashes.count < 16 ? hashes.firstIndex(of: hash) : places[hash] }
}
