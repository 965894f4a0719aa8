import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// What `query --storage` says is what a listing says.
@Suite struct StorageTests {
  private static let kinds = [
    "bases", "packs", "keys", "patches", "changes", "quarantine", "settings", "runs", "heads",
    "published_current",
    "published_closed", "published_retired", "other", "total",
  ]

  /// A feed of several runs, one of them refused, one with a bad row, and one that died.
  private func world() throws -> World {
    let world = try World(World.plain + "\nguards: { bad: 10% }\n")
    world.leastPart = 2 << 10
    for table in [first, second, third] { try world.tick(table.csv) }
    #expect(try world.tick(Array("id,name,text\n".utf8)).data.outcome == .refused)
    try world.tick(first.csv + Array("300,too,many,fields\n".utf8))
    world.dump = second.csv
    world.store.advance(bySeconds: 60)
    let event = try world.fetch()
    _ = Result { () throws(Failure) in
      try world.run(.dedupe, event, on: FaultyStore(world.store, at: 12, .before))
    }
    return world
  }

  private func rows(_ ask: (HistoryQuery, any RowSink) throws(Failure) -> Void, _ world: World) throws
    -> [Row]
  {
    let sink = Rows()
    try ask(world.query, sink)
    return sink.rows
  }

  private func sizes(_ world: World, _ prefix: String) throws -> (objects: Int, bytes: Int) {
    var sum = (0, 0)
    try world.store.forEach(prefix: "cases/\(prefix)") { _, size in sum = (sum.0 + 1, sum.1 + size) }
    return sum
  }

  @Test func byKind() throws {
    let world = try world()
    let rows = try rows({ (query, sink) throws(Failure) in try query.storage(to: sink) }, world)
    #expect(rows.map { $0["kind"] } == Self.kinds)
    var byKind: [String: Row] = [:]
    for row in rows { byKind[row["kind"] ?? ""] = row }
    func number(_ kind: String, _ column: String) -> Int { Int(byKind[kind]?[column] ?? "") ?? -1 }
    for kind in ["bases", "packs", "keys", "patches", "changes", "quarantine", "settings", "runs"] {
      let wanted = try sizes(world, kind + "/")
      #expect(number(kind, "objects") == wanted.objects && number(kind, "bytes") == wanted.bytes, "\(kind)")
    }
    let heads = try sizes(world, "head")
    #expect(number("heads", "bytes") == heads.bytes)
    let all = try sizes(world, "")
    #expect(number("total", "objects") == all.objects && number("total", "bytes") == all.bytes)
    #expect(Self.kinds.dropLast().reduce(0) { $0 + number($1, "bytes") } == all.bytes)

    let pointer = try #require(try Pointer.read(world.folder)?.pointer)
    #expect(number("published_closed", "bytes") == pointer.closed.reduce(0) { $0 + $1.bytes })
    #expect(number("published_closed", "objects") == pointer.closed.count)
    let retired = try #require(pointer.retired).map(\.object)
    #expect(number("published_retired", "objects") == retired.count)
    #expect(
      try number("published_retired", "bytes") == retired.reduce(0) { try $0 + world.folder.info($1).size })
    let published = try sizes(world, "published/").bytes
    #expect(
      ["current", "closed", "retired"].reduce(0) { $0 + number("published_\($1)", "bytes") } == published)
    #expect(try number("other", "bytes") == sizes(world, "lock.json").bytes)

    // A dump is read from the objects that it needs, and from no others.
    let head = try #require(try world.entries().last)
    let store = FaultyStore(world.store)
    try unsafe HistoryQuery(world.process(on: store)).dump(head.run) { _ in }
    for kind in ["bases", "packs"] {
      let opened = Set(
        store.log.filter { $0.hasPrefix("open cases/\(kind)/") }.map { String($0.dropFirst(11)) })
      #expect(
        try number(kind, "current_state") == opened.reduce(0) { try $0 + world.folder.info($1).size },
        "\(kind)")
      #expect(
        number(kind, "current_state") + number(kind, "older_states") == number(kind, "bytes"), "\(kind)")
    }
    #expect(number("packs", "older_states") > 0 && number("packs", "current_state") > 0)
  }

  @Test func byRun() throws {
    let world = try world()
    let ask = { (query: HistoryQuery, sink: any RowSink) throws(Failure) in
      try query.storageByRun(limit: 100, to: sink)
    }
    let rows = try rows(ask, world)
    #expect(rows.count == 6)
    #expect(rows.map { $0["valid_from"] ?? "" } == rows.map { $0["valid_from"] ?? "" }.sorted())
    var ofRuns = try sizes(world, "").bytes
    for path in ["settings/", "head.json", "lock.json"] { ofRuns -= try sizes(world, path).bytes }
    try world.store.forEach(prefix: "cases/published/") { key, size in
      if key.description.split(separator: "/").count == 3 { ofRuns -= size }
    }
    #expect(rows.reduce(0) { $0 + (Int($1["bytes"] ?? "") ?? 0) } == ofRuns)
    for row in rows {
      let kinds = Self.kinds.dropLast().filter { $0 != "settings" }
      #expect(kinds.reduce(0) { $0 + (Int(row[$1] ?? "") ?? -1_000_000) } == Int(row["bytes"] ?? ""))
      let name = try #require(row["run"])
      let bytes = try sizes(world, "runs/\(name)/").bytes
      #expect(Int(row["runs"] ?? "") == bytes, "\(name)")
    }
    #expect(rows[3]["published_closed"] == "0" && rows[3]["packs"] != "0", "the refused one")
    #expect(rows[4]["quarantine"] != "0" && rows[1]["published_closed"] != "0")
    let newest = { (query: HistoryQuery, sink: any RowSink) throws(Failure) in
      try query.storageByRun(limit: 2, to: sink)
    }
    #expect(try self.rows(newest, world) == Array(rows.suffix(2)))
  }

  @Test func nothingOccupiesNothing() throws {
    let world = try World()
    let rows = try rows({ (query, sink) throws(Failure) in try query.storage(to: sink) }, world)
    #expect(rows.isEmpty)
  }
}
