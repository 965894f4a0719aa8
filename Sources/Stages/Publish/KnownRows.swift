import Basics
import History

/// Where rows of spans stand in parts that were published before.
struct KnownRows {
  /// Rows of one span.
  struct Place {
    /// The part's number in ``objects``.
    var part: Int
    /// The bytes in it.
    var range: Range<Int>
  }

  /// The parts.
  private(set) var objects: [String] = []
  /// How long each of them is.
  private(set) var sizes: [Int] = []
  private var keys: [RowKey] = []
  private var lengths: [UInt32] = []
  private var starts: [Int] = []
  private var parts: [UInt16] = []
  /// By the lower half of the key; made when rows are not where they are expected.
  private var places: [UInt64: UInt32]?
  private var expected = 0

  /// Takes the layouts of parts. One without a layout is left out. (Whether the part itself is there shows when it is
  /// copied from.)
  init(_ known: [Pointer.Part], _ layouts: KnownLayouts) {
    for part in known {
      guard let layout = PartLayout(of: part, in: layouts) else { continue }
      var start = 0
      for length in layout.lengths {
        starts.append(start)
        parts.append(UInt16(objects.count))
        start += Int(length)
      }
      keys += layout.keys
      lengths += layout.lengths
      objects.append(part.object)
      sizes.append(part.bytes)
    }
  }

  /// The rows with a key; asked for in dump order, they are mostly the next ones.
  mutating func find(_ key: RowKey) -> Place? {
    if keys.isEmpty { return nil }
    for candidate in expected..<max(expected, min(expected + 2, keys.count)) where keys[candidate] == key {
      return take(candidate)
    }
    if places == nil {
      places = Dictionary(
        zip(keys.lazy.map(\.low), 0..<UInt32(keys.count)), uniquingKeysWith: { first, _ in first })
    }
    if let place = places?[key.low], keys[Int(place)] == key { return take(Int(place)) }
    // Replaced rather than inserted, more often than not.
    expected += 1
    return nil
  }

  private mutating func take(_ index: Int) -> Place {
    expected = index + 1
    return Place(part: Int(parts[index]), range: starts[index]..<starts[index] + Int(lengths[index]))
  }
}
