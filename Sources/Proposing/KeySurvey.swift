public import Basics
import Hashing
public import Records

/// Reads a dump, as often as it takes, and finds by what its records can be told apart: in bounded memory, whatever the dump's
/// size is.
public struct KeySurvey {
  /// So many columns are counted exactly.
  private static let counted = 16

  private let format: Format
  private let fingerprinter: Fingerprinter
  private let rows: any Scratch
  private let parts: any Scratch
  private let limit: Int

  /// - Parameters:
  ///   - format: how the dump's bytes become records.
  ///   - randomness: so that nobody can write a dump whose hashes collide.
  ///   - rows: room for some 130 bytes a record, at most.
  ///   - parts: room for 8 bytes a record.
  ///   - limit: how many different hashes are counted in memory at once.
  public init(
    _ format: Format, randomness: any Randomness, rows: any Scratch, parts: any Scratch, limit: Int? = nil
  ) {
    self.format = format
    self.rows = rows
    self.parts = parts
    self.limit = limit ?? HashTable.inMemory
    fingerprinter = Fingerprinter(secret: randomness.bytes(Fingerprinter.secretLength))
  }

  /// What stands behind ``read``: the dump's next bytes; 0: its end.
  public typealias Reading = (UnsafeMutableRawBufferPointer) throws(Failure) -> Int

  /// Looks for a key.
  /// - Parameters:
  ///   - open: gives the dump from its beginning; called up to three times.
  ///   - progress: told how many bytes were read.
  /// - Throws: what reading throws, and ``Failure/Kind/badData`` if the dump cannot be cut into records.
  public func find(
    progress: (Int) -> Void = { _ in }, open: () throws(Failure) -> Reading
  ) throws(Failure) -> KeyFinding {
    let columns = try unsafe ColumnList.found(format, try open())
    let fitting = columns.indices.filter { Self.canBeKey(columns[$0]) }
    var finding = KeyFinding()
    var facts = try unsafe look(
      at: columns, keeping: fitting.count <= Self.counted ? fitting : [], open, progress)
    finding.records = facts.table.count
    finding.bad = facts.bad
    finding.isCut = columns.count >= ColumnList.limit
    finding.exports = exports(columns, facts.same)
    var kept = fitting
    if fitting.count > Self.counted {
      kept = choose(fitting, columns, facts)
      facts = try unsafe look(at: columns, keeping: kept, open, progress)
    }
    guard finding.records > 0 else { return finding }
    finding.distinct = try facts.table.distinct([-1], among: .max)
    let candidates = kept.map { keyColumn(columns[$0], $0, facts) }
    if finding.distinct < 2 {
      // One record is told apart by anything: only a name can say more.
      let named = candidates.filter { KeyTaste.isIdentifier($0.name) && $0.blanks == 0 }
      if finding.records == 1, let first = named.first { finding.key = [first.name] }
      return finding
    }
    let search = try KeySearch(candidates, in: facts.table, distinct: finding.distinct, width: columns.count)
    finding.key = search.unique.first?.columns ?? []
    finding.others = search.unique.dropFirst().map(\.columns)
    finding.nearest = search.nearest.map { .init(columns: $0.columns, sharing: $0.sharing) }
    return finding
  }

  // MARK: What is known of columns

  private struct Facts: ~Copyable {
    var table: HashTable
    var bad = 0
    var blanks: [Int]
    var sketches: [DistinctSketch]
    /// The hash that all values of a column have so far; nil once they differ.
    var same: [UInt64?]
  }

  /// Reads the dump once.
  /// - Parameter keeping: the columns whose hashes are kept, by their places.
  private func look(
    at columns: [Column], keeping: [Int], _ open: () throws(Failure) -> Reading, _ progress: (Int) -> Void
  ) throws(Failure) -> Facts {
    try rows.clear()
    var facts = Facts(
      table: HashTable(columns: keeping.count, rows: rows, parts: parts, limit: limit),
      blanks: [Int](repeating: 0, count: columns.count),
      sketches: [DistinctSketch](repeating: DistinctSketch(), count: columns.count),
      same: [UInt64?](repeating: nil, count: columns.count))
    var slots = [Int](repeating: -1, count: columns.count)
    for (slot, column) in keeping.enumerated() { slots[column] = slot }
    var buffer = ByteBuffer(capacity: 4096)
    let names = columns.map(\.name)
    let reading = try unsafe open()
    var done = 0
    let outcome = try unsafe DumpReader.read(
      format,
      { (room) throws(Failure) in
        let count = try unsafe reading(room)
        done += count
        progress(done)
        return count
      },
      key: { _ in names },
      record: { (parser) throws(Failure) in
        buffer.truncate()
        parser.appendCanonical(to: &buffer)
        facts.table.set(-1, unsafe fingerprinter.fingerprint(buffer.bytes).high)
        buffer.truncate()
        _ = parser.appendKey(to: &buffer)
        unsafe note(buffer.bytes, slots, &facts)
        try facts.table.next()
        return true
      })
    try facts.table.finish()
    facts.bad = outcome.bad
    return facts
  }

  /// Takes the values of a record: each ends with two zero bytes (``encodeKey(parts:)``).
  private func note(_ key: UnsafeRawBufferPointer, _ slots: [Int], _ facts: inout Facts) {
    var start = 0
    var index = 0
    var column = 0
    let isFirst = facts.table.count == 0
    while index + 1 < key.count, column < slots.count {
      if unsafe key[index] != 0 {
        index += 1
        continue
      }
      if unsafe key[index + 1] != 0 {
        index += 2
        continue
      }
      let hash = unsafe fingerprinter.fingerprint(UnsafeRawBufferPointer(rebasing: key[start..<index])).high
      if index == start { facts.blanks[column] += 1 }
      facts.sketches[column].add(hash)
      if isFirst { facts.same[column] = hash } else if facts.same[column] != hash { facts.same[column] = nil }
      if slots[column] >= 0 { facts.table.set(slots[column], hash) }
      column += 1
      index += 2
      start = index
    }
  }

  private func keyColumn(_ column: Column, _ place: Int, _ facts: borrowing Facts) -> KeyColumn {
    KeyColumn(
      name: column.name, place: place, kind: column.kind,
      length: column.values == 0 ? 0 : Double(column.length) / Double(column.values),
      distinct: facts.sketches[place].estimate, blanks: facts.blanks[place])
  }

  /// Whether a feed file can name a column as its key.
  private static func canBeKey(_ column: Column) -> Bool {
    !column.name.isEmpty && !column.name.utf8.contains(0) && column.kind != .fraction
  }

  /// The columns that are worth counting, of many.
  private func choose(_ fitting: [Int], _ columns: [Column], _ facts: borrowing Facts) -> [Int] {
    let records = Double(max(1, facts.table.count))
    var costs: [(place: Int, cost: Double)] = []
    for place in fitting {
      let column = keyColumn(columns[place], place, facts)
      guard var cost = KeyTaste.cost(column), column.distinct > 1.5 || records < 2 else { continue }
      // What may be a key by itself is looked at in any case.
      if column.distinct > 0.9 * records { cost -= 10 }
      costs.append((place, cost))
    }
    return costs.sorted { $0.cost < $1.cost }.prefix(Self.counted).map(\.place).sorted()
  }

  /// Columns that are the same in all of several records and look like an export's time.
  private func exports(_ columns: [Column], _ same: [UInt64?]) -> [KeyFinding.Export] {
    columns.indices.compactMap { place in
      let column = columns[place]
      guard same[place] != nil, column.values > 4,
        column.kind == .date || KeyTaste.isOfExport(column.name) && column.kind == .whole
      else { return nil }
      return KeyFinding.Export(column: column.name, value: column.example)
    }
  }
}
