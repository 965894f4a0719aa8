import Hashing

/// Records of one dump whose counterpart in the other did not come yet: a bounded number of them, in the order in which
/// they came, found by key.
struct Waiting {
  private struct Item {
    var key: Fingerprint
    var content: Fingerprint
    var ordinal: UInt32
    /// The next one in the same chain.
    var next: UInt32
  }

  private static let none = UInt32.max
  private let most: Int
  private var items: [Item] = []
  private var heads: [UInt32] = []
  /// The places of the oldest and the newest, counted on beyond the size of `items`.
  private var oldest = 0
  private var newest = 0

  /// - Parameter most: how many may wait.
  init(most: Int) {
    self.most = most
    grow(to: min(1024, most))
  }

  /// How many wait.
  private(set) var count = 0

  /// Lets a record wait; no other one with its key waits.
  mutating func add(_ key: Fingerprint, content: Fingerprint, ordinal: UInt32) {
    dropTaken()
    if newest - oldest == items.count {
      if items.count < most { grow(to: min(most, items.count * 2)) } else { drop() }
    }
    place(Item(key: key, content: content, ordinal: ordinal, next: Self.none))
    count += 1
  }

  /// The record with a key, which does not wait any longer.
  mutating func take(_ key: Fingerprint) -> (content: Fingerprint, ordinal: UInt32)? {
    let chain = Int(key.low % UInt64(heads.count))
    var (before, index) = (Self.none, heads[chain])
    while index != Self.none {
      let item = items[Int(index)]
      if item.key == key {
        if before == Self.none { heads[chain] = item.next } else { items[Int(before)].next = item.next }
        items[Int(index)].ordinal = Self.none
        count -= 1
        return (item.content, item.ordinal)
      }
      (before, index) = (index, item.next)
    }
    return nil
  }

  private mutating func place(_ item: Item) {
    let (index, chain) = (newest % items.count, Int(item.key.low % UInt64(heads.count)))
    items[index] = item
    items[index].next = heads[chain]
    heads[chain] = UInt32(index)
    newest += 1
  }

  private mutating func dropTaken() {
    while oldest < newest, items[oldest % items.count].ordinal == Self.none { oldest += 1 }
  }

  private mutating func drop() {
    _ = take(items[oldest % items.count].key)
    dropTaken()
  }

  private mutating func grow(to size: Int) {
    var kept: [Item] = []
    for place in oldest..<newest where items[place % items.count].ordinal != Self.none {
      kept.append(items[place % items.count])
    }
    let free = Item(
      key: Fingerprint(high: 0, low: 0), content: Fingerprint(high: 0, low: 0), ordinal: Self.none,
      next: Self.none)
    items = [Item](repeating: free, count: size)
    heads = [UInt32](repeating: Self.none, count: size)
    (oldest, newest) = (0, 0)
    for item in kept { place(item) }
  }
}
