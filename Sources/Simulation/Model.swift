import Basics
import History

/// The slow, obvious history: what each entry's records are, which entries are in force, and all versions.
struct Model {
  struct Entry {
    var head: Head
    var table: Table
  }

  var entries: [Entry]

  /// The number of the entry that holds at a time, as it was known then.
  func entry(asOf time: Instant, knownAt known: Instant?) -> Int? {
    entries.lastIndex { $0.head.validFrom <= time && (known == nil || $0.head.recordedAt <= known ?? time) }
  }

  /// Those that no later one covers, and that say something of their own.
  var inForce: [Entry] {
    entries.indices.filter { index in
      !(entries[index].head.restored?.takesBack ?? false)
        && !entries[(index + 1)...].contains { $0.head.validFrom <= entries[index].head.validFrom }
    }.map { entries[$0] }
  }

  /// All versions as rows of published files: those that are over and those that stand.
  var versions: (closed: [String], current: [String]) {
    var closed: [String] = []
    var open: [Int: (row: Table.Row, since: Entry)] = [:]
    var order: [Int] = []
    for entry in inForce {
      let rows = Dictionary(uniqueKeysWithValues: entry.table.set.map { ($0.id, $0) })
      for (id, version) in open where rows[id] != version.row {
        closed.append(Self.line(version.row, version.since, until: entry))
        open[id] = nil
      }
      for (id, row) in rows where open[id] == nil { open[id] = (row, entry) }
      order = entry.table.set.map(\.id)
    }
    return (closed, order.compactMap { open[$0] }.map { Self.line($0.row, $0.since, until: nil) })
  }

  private static func line(_ row: Table.Row, _ since: Entry, until end: Entry?) -> String {
    let to = end.map { "\"\($0.head.validFrom)\"" } ?? "null"
    let recorded = since.head.restored?.recordedAt ?? since.head.recordedAt
    return "{\"valid_from\":\"\(since.head.validFrom)\",\"valid_to\":\(to),\"recorded_at\":\"\(recorded)\","
      + row.members + "}"
  }
}
