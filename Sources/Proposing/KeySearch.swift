import Basics

/// Finds columns by which all records can be told apart.
struct KeySearch {
  /// So many records are looked at before all of them are.
  private static let prefix = 12 * HashTable.block
  private static let mostLooks = 400
  private static let mostCounts = 24
  /// Triples are made of so many columns.
  private static let forTriples = 8
  /// Beside the key so many others are named.
  private static let others = 3
  /// So much more may others cost.
  private static let farther = 3.0

  /// Columns that were counted.
  struct Counted: Equatable {
    var columns: [String]
    /// How many records share their values in these columns with another record of other content, but for one each.
    var sharing: Int
    fileprivate var cost: Double
  }

  private(set) var unique: [Counted] = []
  /// What comes nearest but is not unique.
  private(set) var nearest: [Counted] = []

  private struct Candidate {
    /// Places in the table.
    var columns: [Int]
    var cost: Double
  }

  /// - Parameters:
  ///   - columns: those of the table, in its order.
  ///   - distinct: how many different records there are.
  ///   - width: how many columns the dump has: all of them together are no key, but the record.
  init(
    _ columns: [KeyColumn], in table: borrowing HashTable, distinct: Int, width: Int
  ) throws(Failure) {
    let few = try table.distinct([-1], among: Self.prefix)
    var looked: [(candidate: Candidate, sharing: Int)] = []
    var counted: [Counted] = []
    var found: [Candidate] = []
    var looks = 0
    for candidate in Self.candidates(columns, distinct, width) {
      if let best = unique.first, candidate.cost > best.cost + Self.farther { break }
      if unique.count > Self.others || looks == Self.mostLooks || counted.count == Self.mostCounts { break }
      // More columns than are needed are no better key.
      if found.contains(where: { Set($0.columns).isSubset(of: candidate.columns) }) { continue }
      looks += 1
      let sharing = few - (try table.distinct(candidate.columns, among: Self.prefix))
      guard sharing <= 0 else {
        looked.append((candidate, sharing))
        continue
      }
      let result = try Self.count(candidate, columns, table, distinct)
      counted.append(result)
      if result.sharing == 0 {
        unique.append(result)
        found.append(candidate)
      }
    }
    if looked.isEmpty, counted.isEmpty, let best = Self.mostSelective(columns) {
      looked.append((Candidate(columns: [best], cost: 0), 1))
    }
    looked.sort { ($0.sharing, $0.candidate.cost) < ($1.sharing, $1.candidate.cost) }
    for (candidate, _) in looked.prefix(3) {
      counted.append(try Self.count(candidate, columns, table, distinct))
    }
    let near = counted.filter { $0.sharing > 0 }.sorted { ($0.sharing, $0.cost) < ($1.sharing, $1.cost) }
    nearest = Array(near.prefix(2))
  }

  private static func count(
    _ candidate: Candidate, _ columns: [KeyColumn], _ table: borrowing HashTable, _ distinct: Int
  ) throws(Failure) -> Counted {
    let different = try table.distinct(candidate.columns, among: .max)
    return Counted(
      columns: candidate.columns.map { columns[$0].name }, sharing: max(0, distinct - different),
      cost: candidate.cost)
  }

  private static func mostSelective(_ columns: [KeyColumn]) -> Int? {
    columns.indices.filter { KeyTaste.cost(columns[$0]) != nil && columns[$0].blanks == 0 }
      .max { columns[$0].distinct < columns[$1].distinct }
  }

  /// Single columns, pairs and triples, the best first.
  private static func candidates(_ columns: [KeyColumn], _ distinct: Int, _ width: Int) -> [Candidate] {
    let costs = columns.map { KeyTaste.cost($0) }
    let usable = columns.indices.filter {
      costs[$0] != nil && columns[$0].distinct > 1.5 || distinct == 1 && costs[$0] != nil
    }
    let selective = Set(usable.sorted { columns[$0].distinct > columns[$1].distinct }.prefix(forTriples))
    var all: [Candidate] = []
    func consider(_ chosen: [Int]) {
      guard width == 1 || chosen.count < width else { return }
      // A record of which nothing of the key is there cannot be taken.
      guard chosen.contains(where: { columns[$0].blanks == 0 }) else { return }
      let most = chosen.reduce(1.0) { $0 * columns[$1].distinct * 1.1 }
      guard most >= Double(distinct) * 0.95 else { return }
      all.append(Candidate(columns: chosen, cost: KeyTaste.cost(chosen.map { costs[$0] ?? 0 })))
    }
    for (place, first) in usable.enumerated() {
      consider([first])
      for (next, second) in usable.enumerated().dropFirst(place + 1) {
        consider([first, second])
        guard selective.contains(first), selective.contains(second) else { continue }
        for third in usable.dropFirst(next + 1) where selective.contains(third) {
          consider([first, second, third])
        }
      }
    }
    return all.sorted { $0.cost < $1.cost }
  }
}
