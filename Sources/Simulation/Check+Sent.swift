import Basics
import Dedupe
import Documents
import Hashing
import History
import Stages

/// Whether all that the source sent is somewhere, to the record and to the byte.
extension Check {
  /// A line of a quarantine.
  private struct Reject: Decodable {
    var reason: String
    var record: Int
    var line: Int
    var offset: Int
    var length: Int
    var bytes: String
  }

  /// Each run that was given a dump has it, or says whose it is; its numbers add up to what was sent; and what is in no set
  /// is in quarantine since it came.
  func checkSent(_ model: Model, _ context: StageContext) throws(Failure) {
    let quarantined = try quarantined(model)
    for (run, taken) in feed.taken.sorted(by: { $0.key < $1.key }) {
      for name in [run, run + "-accepted"] {
        guard let report = try RunLog(context.folder).lastAnswer(name)?.data else { continue }
        try checkDump(report, taken.version, model, context)
        guard let counts = report.counts else { continue }
        let decision = feed.source.versions[taken.version].table.decided(
          keepsLast: feed.keepsLast(taken.settings))
        let base = report.base.map { model.entries[$0.seq - 1] }
        let place = "\(feed.name): run \(name)"
        let wanted = numbers(decision, before: base?.set ?? [], isFirst: base == nil)
        world.expect(
          counts == wanted, .nothingLost, "\(place) tells of \(counts), not of \(wanted)")
        // What was refused is in no entry, but what it has that no set would take is shown all the same.
        let known = base.map { quarantined[$0.head.seq - 1] } ?? []
        let own = try rejects(report.quarantine, decision, taken.version, place)
        checkLeft(decision, known.union(own), place)
      }
    }
  }

  /// What is in quarantine of the states that lead to each entry.
  private func quarantined(_ model: Model) throws(Failure) -> [Set<String>] {
    var all: [Set<String>] = []
    for (index, entry) in model.entries.enumerated() {
      let place = "\(feed.name): entry \(entry.head.seq)"
      if let restored = entry.head.restored {
        all.append(all[restored.seq - 1])
        continue
      }
      // A correction from the first entry on begins anew.
      let isFirst =
        index == 0 || entry.head.corrects != nil && model.entries[index - 1].head.run != entry.head.run
      let version = feed.source.versions.firstIndex { $0.bytes == entry.table.csv } ?? 0
      let own = try rejects(entry.head.quarantine, entry.dump.decision, version, place)
      all.append(isFirst ? own : all[index - 1].union(own))
      checkLeft(entry.dump.decision, all[index], place)
    }
    return all
  }

  private func checkLeft(_ decision: Table.Decision, _ known: Set<String>, _ place: String) {
    for left in decision.left {
      world.expect(
        known.contains(left.row.line), .nothingLost,
        "\(place) leaves \(left.row.line) out, and it is not in quarantine")
    }
  }

  /// What went to quarantine, if it is what stands at its place in the dump.
  private func rejects(
    _ ref: ObjectRef?, _ decision: Table.Decision, _ version: Int, _ place: String
  ) throws(Failure) -> Set<String> {
    guard let ref else { return [] }
    let there = bytes(ref.object) ?? []
    world.expect(ref.fits(there), .nothingLost, "\(place): \(ref.object) is not there or not that")
    let dump = feed.source.versions[version].bytes
    var found: Set<String> = []
    for line in there.split(separator: 10) {
      let reject = try Documents.decode(Reject.self, from: Array(line), name: ref.object)
      let left = decision.left.first { $0.number == reject.record - 1 }
      let end = min(dump.count, reject.offset + reject.length)
      let text = String(decoding: dump[min(reject.offset, end)..<end], as: UTF8.self)
      let isRight =
        left.map { left in
          (left.row.line == text || left.row.line + "\n" == text) && reject.bytes == text
            && (reject.reason == "duplicateKey") != left.row.isBad && reject.line == reject.record + 1
        } ?? false
      world.expect(
        isRight, .nothingLost, "\(place): \(ref.object): \(String(decoding: line, as: UTF8.self)) is not so")
      if let left { found.insert(left.row.line) }
    }
    return found
  }

  /// What a run that compares two sets has to tell.
  private func numbers(_ decision: Table.Decision, before: [Table.Row], isFirst: Bool) -> Counts {
    var counts = Counts()
    counts.records = decision.set.count + decision.left.count + decision.duplicates
    counts.current = decision.set.count
    counts.bad = decision.bad
    counts.duplicates = decision.duplicates
    counts.conflicts = decision.left.count - decision.bad
    counts.before = before.count
    let old = Dictionary(uniqueKeysWithValues: before.map { ($0.id, $0) })
    for row in decision.set {
      guard let known = old[row.id] else {
        counts.inserted += 1
        continue
      }
      if known != row { counts.updated += 1 }
    }
    counts.deleted = before.count + counts.inserted - decision.set.count
    return counts
  }

  /// The dump of a run, byte for byte; or it was known already.
  private func checkDump(
    _ report: RunReport, _ version: Int, _ model: Model, _ context: StageContext
  ) throws(Failure) {
    let sent = feed.source.versions[version].bytes
    let place = "\(feed.name): run \(report.run)"
    guard let dump = report.dump else {
      let base = report.base.map { model.entries[$0.seq - 1] }
      let isUndone = base?.head.undone?.contains { $0.sha256 == hex(SHA256.digest(sent)) } ?? false
      return world.expect(
        report.outcome == .unchanged && (isUndone || base?.table.csv == sent), .nothingLost,
        "\(place) kept no dump, and dump \(version) of the source is another than before")
    }
    var kept: [UInt8] = []
    try unsafe HistoryQuery(context).dump(report.run) { unsafe kept.append(contentsOf: $0) }
    world.expect(
      kept == sent && dump.bytes == sent.count, .nothingLost,
      "\(place): its dump is not dump \(version) of the source")
  }
}
