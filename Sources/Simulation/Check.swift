import Basics
import Documents
import Hashing
import History
import ObjectStore
import Stages

/// Looks at all of a feed's history once it is calm.
struct Check {
  let feed: SimulatedFeed
  let world: World

  init(_ feed: SimulatedFeed, _ world: World) {
    self.feed = feed
    self.world = world
  }

  func all() {
    do {
      guard let model = try model() else { return }
      let context = try world.onlooker(feed)
      try checkAnswers(model, context)
      checkPublished(model)
      try checkSent(model, context)
      checkCorrections(model)
      checkNewest(model)
      try checkList()
      // To verify is to read everything, so not each time.
      try checkAudit(context, verifies: world.plan.seed % 4 == 1)
      if world.plan.seed % 16 == 3 { try checkReplay(model, context) }
    } catch { world.violates(.durableFirst, "\(feed.name) cannot be read: \(error)") }
  }

  func bytes(_ path: String) -> [UInt8]? { world.witness.bytes(feed.name, path) }

  /// The entries from `head.json` back, with what the source sent for each.
  private func model() throws(Failure) -> Model? {
    guard var there = bytes("head.json") else {
      world.violates(.settles, "\(feed.name) has no entry")
      return nil
    }
    var heads = [try Documents.decode(Head.self, from: there, name: "head.json")]
    while let ref = heads[heads.count - 1].ancestors.first {
      there = bytes(ref.object) ?? []
      guard hex(SHA256.digest(there)) == ref.sha256 else {
        world.violates(.oneChain, "\(feed.name): \(ref.object) is not the one that is named")
        return nil
      }
      heads.append(try Documents.decode(Head.self, from: there, name: ref.object))
    }
    heads.reverse()
    world.expect(
      heads.map(\.seq) == heads.indices.map { $0 + 1 }, .oneChain, "\(feed.name): \(heads.map(\.seq))")
    var model = Model(entries: [])
    for head in heads {
      guard let dump = dump(of: head, model) else {
        world.violates(.nothingLost, "\(feed.name): no dump was given to run \(head.run), entry \(head.seq)")
        return nil
      }
      world.expect(
        dump.settings == head.state.settings, .rightAnswers,
        "\(feed.name): entry \(head.seq) says that it was read by \(head.state.settings), not \(dump.settings)"
      )
      model.entries.append(.init(head: head, dump: dump))
    }
    return model
  }

  /// What the source sent for an entry, as it was read then.
  private func dump(of head: Head, _ model: Model) -> Model.Dump? {
    if let restored = head.restored { return model.entries[restored.seq - 1].dump }
    if let corrected = head.corrects, let settings = feed.corrections[head.run] {
      return dump(model.entries[corrected - 1].table, settings)
    }
    let suffix = "-accepted"
    let run = head.run.hasSuffix(suffix) ? String(head.run.dropLast(suffix.count)) : head.run
    return feed.taken[run].map { dump(feed.source.versions[$0.version].table, $0.settings) }
  }

  private func dump(_ table: Table, _ settings: String) -> Model.Dump {
    .init(table: table, decision: table.decided(keepsLast: feed.keepsLast(settings)), settings: settings)
  }

  /// The state at the times at which it changed, as it is known now and was known when it was recorded.
  private func checkAnswers(_ model: Model, _ context: StageContext) throws(Failure) {
    let query = HistoryQuery(context)
    let timeline = Timeline(context.folder)
    var looked: Set<Int> = []
    for (number, entry) in model.entries.enumerated() {
      // Each entry by itself, and the moment before it or what was not known yet.
      let before = Instant(microseconds: entry.head.validFrom.microseconds - (number % 2 == 0 ? 1 : 0))
      let early = Instant(microseconds: entry.head.recordedAt.microseconds - (number % 2 == 0 ? 0 : 1))
      let questions: [(Instant, Instant?)] = [
        (entry.head.validFrom, number % 3 == 0 ? nil : entry.head.recordedAt), (before, early),
      ]
      for (time, known) in questions {
        let found = try timeline.entry(asOf: time, knownAt: known)?.seq
        let wanted = model.entry(asOf: time, knownAt: known)
        let place = "\(feed.name) as of \(time)\(known.map { ", known at \($0)" } ?? "")"
        world.expect(
          found == wanted.map { $0 + 1 }, .rightAnswers,
          "\(place): entry \(found ?? 0), not \((wanted ?? -1) + 1)")
        guard let wanted, looked.insert(wanted).inserted else { continue }
        let sink = Lines()
        try query.asOf(time, knownAt: known, to: sink)
        let rows = model.entries[wanted].set.map { "{\($0.members)}" }
        world.expect(
          sink.lines == rows, .rightAnswers, "\(place): \(sink.lines.count) rows, not these \(rows.count)")
      }
    }
  }

  private func checkPublished(_ model: Model) {
    guard let pointer = world.witness.pointers[feed.name], let newest = model.entries.last else {
      return world.violates(.published, "\(feed.name): nothing is published")
    }
    world.expect(
      pointer.seq == newest.head.seq, .published, "\(feed.name): entry \(pointer.seq), not \(newest.head.seq)"
    )
    let (closed, current) = model.versions
    let names = pointer.current.map(\.object)
    world.expect(
      lines(names) == current, .published,
      "\(feed.name): the current set of entry \(newest.head.seq) in \(names)")
    let found = lines(pointer.closed.map(\.object)).sorted()
    world.expect(
      found == closed.sorted(), .published,
      "\(feed.name): \(found.count) versions are over, not these \(closed.count)")
    let isBare = feed.isBare(newest.head.state.settings)
    let rows = isBare ? nil : newest.set.map { "{\($0.members)}" }
    let file = bytes("published/current.jsonl").map { _ in lines(["published/current.jsonl"]) }
    world.expect(
      file == rows && (pointer.currentFile == nil) == (rows == nil), .published,
      "\(feed.name): published/current.jsonl has \(file?.count ?? -1) rows, not these \(rows?.count ?? -1)")
    for (list, parts) in [("current", pointer.current), ("history", pointer.closed + pointer.current)] {
      let uris = isBare ? nil : parts.map { $0.uri + "\n" }.joined()
      let there = bytes("published/\(list).manifest").map { String(decoding: $0, as: UTF8.self) }
      world.expect(there == uris, .published, "\(feed.name): published/\(list).manifest is of another entry")
    }
    for (path, sha256) in pointer.companions ?? [:] {
      world.expect(
        bytes(path).map { hex(SHA256.digest($0)) } == sha256, .published, "\(feed.name): \(path) is another")
    }
  }

  private func lines(_ objects: [String]) -> [String] {
    objects.flatMap { (bytes($0) ?? []).split(separator: 10).map { String(decoding: $0, as: UTF8.self) } }
  }

  /// What the source sends is what is known, unless a person did not want it.
  private func checkNewest(_ model: Model) {
    guard let newest = model.entries.last else { return }
    let current = feed.source.versions[feed.source.current]
    let isUndone = newest.head.undone?.contains { $0.sha256 == hex(SHA256.digest(current.bytes)) } ?? false
    world.expect(
      isUndone || newest.table.csv == current.bytes && newest.head.state.settings == feed.settings, .settles,
      "\(feed.name): the source sends dump \(feed.source.current), entry \(newest.head.seq) is another")
  }

  /// Each correction says what it has to.
  private func checkCorrections(_ model: Model) {
    for (run, settings) in feed.corrections.sorted(by: { $0.key < $1.key }) {
      guard let last = model.entries.lastIndex(where: { $0.head.run == run }) else { continue }
      let trouble = Model(entries: Array(model.entries[...last])).whyWrong(correction: run, by: settings)
      world.expect(trouble == nil, .corrected, "\(feed.name): \(run): \(trouble ?? "")")
    }
  }

  /// What people are told agrees: nothing is damaged or missing, and nobody has to do anything.
  private func checkAudit(_ context: StageContext, verifies: Bool) throws(Failure) {
    var options = FeedAudit.Options()
    options.verifies = verifies
    var audit = try FeedAudit(context, options)
    let findings = try audit.run().findings.filter { $0.level != .note }
    world.expect(
      findings.isEmpty, .audited,
      "\(feed.name): \(findings.map { "\($0.kind.rawValue) \($0.object ?? $0.run ?? ""): \($0.message)" })")
  }

  private func checkList() throws(Failure) {
    var store: any ObjectStore = world.witness
    let process = try world.process("query", actor: world.plan.actors, feed: feed).process
    if let bend = world.bent?.below { store = bend(store, process, world) }
    let names = Set(try RunLog(world.onlooker(feed, listing: store).folder).names())
    for run in feed.taken.keys where bytes("runs/\(run)/fetch.json") != nil {
      world.expect(names.contains(run), .listed, "\(feed.name): run \(run) is not listed")
    }
  }
}

/// Keeps rows as JSON.
final class Lines: RowSink {
  var lines: [String] = []
  let takesJSON = true

  func jsonLines(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    lines += unsafe bytes.split(separator: 10).map { unsafe String(decoding: $0, as: UTF8.self) }
  }
  func row(_ fields: [Field]) throws(Failure) {}
}
