import Basics
import History
import ObjectStore
import Stages
import Testing

/// Which entries of a timeline are in force, and what their records are: the slow, obvious way.
struct InForce {
  private let world: World
  /// By the place of the entry among all.
  private var tables: [Int: Table]
  /// How it was after so many entries.
  private var past: [Int: [Int: Table]] = [:]

  init(_ world: World, _ tables: [Int: Table]) {
    self.world = world
    self.tables = tables
  }

  /// A run added the last of `entries`.
  mutating func recorded(_ table: Table, _ entries: [Head]) {
    tables[entries.count - 1] = table
    past[entries.count] = tables
  }

  /// A rewind added the last of `entries`.
  mutating func rewound(to target: Int, to entries: [Head]) {
    guard let before = past.keys.max(), before < entries.count, let wanted = past[target] else { return }
    let since = entries[target..<before].map(\.validFrom).min() ?? entries[before].validFrom
    tables = wanted.filter { entries[$0.key].validFrom < since }
    let again = wanted.filter { entries[$0.key].validFrom >= since }.sorted { $0.key < $1.key }
    #expect(entries.count == before + 1 + again.count)
    past[before + 1] = tables
    for (place, old) in again.enumerated() where before + 1 + place < entries.count {
      #expect(entries[before + 1 + place].validFrom == entries[old.key].validFrom)
      tables[before + 1 + place] = old.value
      past[before + 2 + place] = tables
    }
  }

  /// Whether nothing would change by going back to an entry.
  func isAsIt(was target: Int) -> Bool {
    past[target]?.sorted { $0.key < $1.key }.map(\.value) == tables.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Compares every way of asking with the model.
  func check(_ why: String, place: SourceLocation = #_sourceLocation) throws {
    let entries = try world.entries()
    try checkAsOf(tables, entries, known: nil, why, place)
    for (count, then) in past {
      // What was recorded together was known together.
      if count < entries.count, entries[count].recordedAt == entries[count - 1].recordedAt { continue }
      try checkAsOf(
        then, entries, known: entries[count - 1].recordedAt, "\(why), known after \(count)", place)
    }
    let standing = tables.sorted { $0.key < $1.key }.map { (head: entries[$0.key], rows: $0.value.byKey) }
    let model = Model(entries: standing)
    for key in Set(model.versions.filter { $0.to != nil }.compactMap { $0.row["id"] }).sorted().prefix(4) {
      let sink = Rows()
      try world.query.versions(ofKey: [key], to: sink)
      let wanted = model.versions.filter { $0.row["id"] == key }
      #expect(Set(sink.rows.map(Version.init)) == wanted, "\(why): versions of \(key)", sourceLocation: place)
    }
    try checkPublished(model, entries, why, place)
  }

  private func checkAsOf(
    _ tables: [Int: Table], _ entries: [Head], known: Instant?, _ why: String, _ place: SourceLocation
  ) throws {
    let standing = tables.sorted { $0.key < $1.key }
    for (number, (index, table)) in standing.enumerated() {
      let next = number + 1 < standing.count ? entries[standing[number + 1].key].validFrom : nil
      let end = try next ?? world.store.now()
      for time in [entries[index].validFrom, Instant(microseconds: end.microseconds - 1)] {
        let sink = Rows()
        try world.query.asOf(time, knownAt: known, to: sink)
        #expect(sink.rows == table.rows, "\(why): as of \(time)", sourceLocation: place)
      }
    }
  }

  private func checkPublished(
    _ model: Model, _ entries: [Head], _ why: String, _ place: SourceLocation
  ) throws {
    let pointer = try #require(try Pointer.read(world.folder)?.pointer, sourceLocation: place)
    #expect(pointer.seq == entries.count, "\(why): the newest is published", sourceLocation: place)
    var rows: [Version] = []
    var born: Set<String> = []
    for part in pointer.current + pointer.closed {
      for line in try world.lines(part.object) {
        let row = line.mapValues { $0 ?? "null" }
        rows.append(Version(row))
        born.insert("\(row["id"] ?? "") \(row["valid_from"] ?? "") \(row["recorded_at"] ?? "")")
      }
    }
    #expect(rows.count == Set(rows).count, "\(why): each version once", sourceLocation: place)
    #expect(Set(rows) == model.versions, "\(why): published history", sourceLocation: place)
    // What was taken back and put back is still what was known on the day.
    let times = Set(entries.map { "\($0.validFrom) \($0.bornAt)" })
    #expect(
      born.allSatisfy { times.contains($0.split(separator: " ").dropFirst().joined(separator: " ")) },
      "\(why): recorded_at", sourceLocation: place)
  }
}
