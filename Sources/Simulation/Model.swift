import Basics
import History

/// The slow, obvious history: what each entry's records are, which entries are in force, and all versions.
struct Model {
  struct Entry {
    var head: Head
    /// The dump that it is read from, and by which settings.
    var dump: Dump
    var table: Table { dump.table }
    var set: [Table.Row] { dump.decision.set }
  }

  /// A dump as it is read by some settings.
  struct Dump {
    var table: Table
    var decision: Table.Decision
    var settings: String
  }

  var entries: [Entry]

  /// The number of the entry that holds at a time, as it was known then.
  func entry(asOf time: Instant, knownAt known: Instant?) -> Int? {
    entries.lastIndex { $0.head.validFrom <= time && (known == nil || $0.head.recordedAt <= known ?? time) }
  }

  /// Those that no later one covers, and that say something of their own.
  var inForce: [Entry] {
    var least: Instant?
    var found: [Entry] = []
    for entry in entries.reversed() {
      if let least, entry.head.validFrom >= least { continue }
      least = entry.head.validFrom
      if !(entry.head.restored?.takesBack ?? false) { found.append(entry) }
    }
    return found.reversed()
  }

  /// All versions as rows of published files: those that are over and those that stand.
  var versions: (closed: [String], current: [String]) {
    var closed: [String] = []
    var open: [Int: (row: Table.Row, since: Entry)] = [:]
    var order: [Int] = []
    for entry in inForce {
      let rows = Dictionary(uniqueKeysWithValues: entry.set.map { ($0.id, $0) })
      for (id, version) in open where rows[id] != version.row {
        closed.append(Self.line(version.row, version.since, until: entry))
        open[id] = nil
      }
      for (id, row) in rows where open[id] == nil { open[id] = (row, entry) }
      order = entry.set.map(\.id)
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
