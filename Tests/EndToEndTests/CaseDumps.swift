import StrandlineTesting
import Testing

/// Dumps of one feed, each a changed version of the one before, and what its history should be.
final class CaseDumps {
  private var random: SplitMix64
  private var rows: [(id: String, content: String)] = []
  private var gone: [(id: String, content: String)] = []
  private var revision = 0
  /// The dumps that became entries of history, the first one first.
  private(set) var committed: [String] = []
  private var committedRows: [[(id: String, content: String)]] = []

  init(seed: UInt64, rows count: Int) {
    random = SplitMix64(seed: seed)
    rows = (0..<count).map { (Self.id($0), "name \($0),v0") }
    next = count
    noteCommitted()
  }

  private var next: Int

  private static func id(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: 8 - text.count) + text
  }

  /// The dump in the form that `query --format csv` has.
  var csv: String { "id,name,value\n" + rows.map { "\($0.id),\($0.content)\n" }.joined() }

  /// Changes some rows, and lets some go, come and come back.
  func change(rows count: Int = 20) {
    revision += 1
    for _ in 0..<count {
      let place = Int.random(in: rows.indices, using: &random)
      rows[place].content = "name \(place),v\(revision)"
    }
    if let back = gone.popLast() { rows.insert(back, at: Int.random(in: rows.indices, using: &random)) }
    for _ in 0..<3 { gone.append(rows.remove(at: Int.random(in: rows.indices, using: &random))) }
    for _ in 0..<4 {
      rows.insert((Self.id(next), "new,v\(revision)"), at: Int.random(in: rows.indices, using: &random))
      next += 1
    }
  }

  /// The dump as it is now became an entry.
  func noteCommitted() {
    committed.append(csv)
    committedRows.append(rows)
  }

  /// Expects every committed dump, every version and what is published to be right.
  func expectHistory(in bench: Bench, at location: SourceLocation = #_sourceLocation) throws {
    let entries = try bench.runs().filter { $0.entry != nil }
    #expect(entries.map(\.entry) == (1...committed.count).map { $0 }, sourceLocation: location)
    guard entries.count == committed.count else { return }
    for (entry, dump) in zip(entries, committed) {
      let shown = try bench.query("--as-of", entry.validFrom, "--format", "csv")
      #expect(shown == dump, "entry \(entry.entry ?? 0) is another", sourceLocation: location)
    }
    let expected = versions(entries.map(\.validFrom)).sorted()
    let published = try publishedVersions(bench).sorted()
    #expect(published.count == expected.count, sourceLocation: location)
    let difference = published.difference(from: expected).prefix(10)
    #expect(difference.isEmpty, "\(Array(difference))", sourceLocation: location)
    #expect(
      try bench.text("store/cases/published/current.jsonl")
        == committedRows[committed.count - 1].map { "{\(Self.members($0))}\n" }.joined(),
      sourceLocation: location)
  }

  private static func members(_ row: (id: String, content: String)) -> String {
    let parts = row.content.split(separator: ",")
    return "\"id\":\"\(row.id)\",\"name\":\"\(parts[0])\",\"value\":\"\(parts[1])\""
  }

  /// What published history should have.
  private func versions(_ times: [String]) -> [String] {
    var open: [String: (since: String, content: String)] = [:]
    var versions: [String] = []
    func write(_ id: String, _ version: (since: String, content: String), until end: String?) {
      versions.append(
        "\(version.since) \(end ?? "null") {\(Self.members((id, version.content)))}")
    }
    for (rows, time) in zip(committedRows, times) {
      var seen: [String: (since: String, content: String)] = [:]
      for (id, content) in rows {
        if let version = open[id], version.content == content {
          seen[id] = version
        } else {
          if let version = open[id] { write(id, version, until: time) }
          seen[id] = (time, content)
        }
      }
      for (id, version) in open where seen[id] == nil { write(id, version, until: time) }
      open = seen
    }
    for (id, version) in open { write(id, version, until: nil) }
    return versions
  }

  /// What published history has, in the same form.
  private func publishedVersions(_ bench: Bench) throws -> [String] {
    let pointer = try lines(of: PointerFile.self, in: bench.text("store/cases/published/pointer.json"))[0]
    #expect(pointer.seq == committed.count)
    return try (pointer.closed + pointer.current).flatMap { part in
      try bench.text("store/cases/\(part.object)").split(separator: "\n").map { line in
        // {"valid_from":"…","valid_to":…,"recorded_at":"…",…}
        let parts = line.split(separator: ",", maxSplits: 3)
        let since = parts[0].dropFirst("{\"valid_from\":\"".count).dropLast()
        let end = parts[1].dropFirst("\"valid_to\":".count).filter { $0 != "\"" }
        return "\(since) \(end) {\(parts[3])"
      }
    }
  }
}
