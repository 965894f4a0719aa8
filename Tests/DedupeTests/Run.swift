import Basics
import Blocks
import Dedupe
import Hashing
import Records
import Testing

/// What a comparison found, next to what the model says.
struct Run {
  let findings: Findings
  let before: ChainTests.State?
  let side: Side
  let model: Model
  let seed: Int
  let entry: Int

  private var place: Comment { "seed \(seed), entry \(entry), \(side.reading)" }

  func checkPatch(_ rule: ColumnRule) {
    let tags = findings.patch.runs.flatMap { Array(repeating: $0.tag, count: $0.count) }
    if tags != model.tags {
      let wrong = zip(tags, model.tags).enumerated().first { $0.element.0 != $0.element.1 }
      Issue.record("decisions differ, first at \(wrong.debugDescription): \(place)")
    }
    let used = Set(model.tags.compactMap(\.entry)).sorted()
    #expect(findings.patch.births.map(\.entry) == used, place)
    for birth in findings.patch.births {
      #expect(birth.validFrom == ChainTests.birth(birth.entry), place)
      #expect(birth.recordedAt == (birth.entry == entry ? nil : ChainTests.recorded(birth.entry)), place)
    }
    let contested = Set(findings.patch.contested)
    let forgotten = model.contested.filter { key in
      unsafe !contested.contains(key.withUnsafeBytes { unsafe fingerprinter.fingerprint($0) })
    }
    #expect(forgotten.isEmpty, place)
    #expect(findings.patch.contested == contested.sorted(), place)
  }

  func checkChanges(_ expected: [Model.Difference]) {
    let found = findings.changes.map { Model.Difference(before: $0.before, after: $0.after) }
    if found != expected {
      let (more, less) = (Set(found).subtracting(expected), Set(expected).subtracting(found))
      Issue.record("changes differ: too many \(more), too few \(less): \(place)")
    }
    for change in findings.changes {
      let operation: Change.Operation =
        change.before == nil ? .insert : change.after == nil ? .delete : .update
      #expect(change.operation == operation)
    }
  }

  func checkCounts(_ expected: [Model.Difference]) {
    var counts = Counts()
    for tag in model.tags where tag != .blank {
      counts.records += 1
      switch tag {
      case .bad: counts.bad += 1
      case .duplicate: counts.duplicates += 1
      case .conflict: counts.conflicts += 1
      default: counts.current += 1
      }
    }
    counts.before = before?.model.tags.count { $0.isTaken } ?? 0
    counts.inserted = before == nil ? counts.current : expected.count { $0.before == nil }
    counts.deleted = expected.count { $0.after == nil }
    counts.updated = expected.count { $0.before != nil && $0.after != nil }
    #expect(findings.counts == counts, place)
  }

  func checkLines(_ expected: [Model.Difference]) throws {
    let newest = ChainTests.recorded(entry - 1)
    var writer = ChangeWriter(before: before?.side, after: side, newestRecordedAt: newest)
    func contents(_ model: Model?, _ row: Int?) -> Model.Parsed? {
      guard let model, let row else { return nil }
      var parser = Model.parser(model.reading, model.reading.key, .nonEmpty, ignored: [])
      return Model.contents(&parser, model.rows[row].bytes)
    }
    var out = ByteBuffer()
    for change in findings.changes.prefix(60) {
      try writer.append(change, to: &out)
      let (old, new) = (contents(before?.model, change.before), contents(model, change.after))
      var line = "{\"op\":\"\(old == nil ? "insert" : new == nil ? "delete" : "update")\""
      line += ",\"key\":\(new?.keyJSON ?? old?.keyJSON ?? "")"
      if let old, let row = change.before, let entry = before?.model.tags[row].entry {
        line +=
          ",\"valid_from\":\"\(ChainTests.birth(entry))\",\"recorded_at\":\"\(ChainTests.recorded(entry))\""
        line += ",\"before\":{\(old.members)}"
      }
      if let new { line += ",\"after\":{\(new.members)}" }
      #expect(text(out.array()) == line + "}\n", place)
      out.truncate()
    }
  }

  /// Where each record of a known span was before.
  private func known(_ alignment: Alignment) -> [Int: Int] {
    var known: [Int: Int] = [:]
    guard let before else { return [:] }
    for segment in alignment.segments where segment.isSame {
      let old = before.side.firstRecord[segment.before.lowerBound]
      let new = side.firstRecord[segment.after.lowerBound]
      for number in 0..<side.firstRecord[segment.after.upperBound] - new {
        known[new + number] = old + number
      }
    }
    return known
  }

  /// Whether records of known spans are taken by one state and not by the other.
  func decisionsDiffer(_ alignment: Alignment) -> Bool {
    known(alignment).contains { new, old in
      model.tags[new].isTaken != before?.model.tags[old].isTaken
    }
  }

  /// What is bad or in conflict goes to quarantine once, with its place.
  func checkRejects(_ reached: inout ChainTests.Reached) throws {
    var known: [Int: Int] = [:]
    if let before, before.side.reading == side.reading {
      known = self.known(Alignment(before.side.manifest.spans, side.manifest.spans))
      if known.count > 0 { reached.withKnownSpans += 1 }
      if known.contains(where: { model.tags[$0] != before.model.tags[$1] }) {
        reached.decidedInKnownSpans += 1
      }
      if known.contains(where: { model.tags[$0].isTaken && !before.model.tags[$1].isTaken }) {
        reached.promotions += 1
      }
    }
    let expected = model.tags.indices.filter { row in
      let tag = model.tags[row]
      return (tag == .bad || tag == .conflict) && known[row].map { before?.model.tags[$0] != tag } ?? true
    }
    // A record that only moved is in quarantine already; one that was paired with another of its bytes may be.
    let moved = Set(expected).subtracting(findings.rejects.map(\.ordinal))
    for row in moved {
      let was = before.map { before in
        before.model.rows.indices.contains {
          before.model.rows[$0].bytes == model.rows[row].bytes && before.model.tags[$0] == model.tags[row]
        }
      }
      #expect(was == true && before?.side.reading == side.reading, place)
    }
    if !moved.isEmpty { reached.movedRejects += 1 }
    #expect(findings.rejects.map(\.ordinal) == expected.filter { !moved.contains($0) }, place)
    var writer = RejectWriter(side)
    var out = ByteBuffer()
    for reject in findings.rejects.prefix(40) {
      try writer.append(reject, to: &out)
      var row = model.rows[reject.ordinal]
      if case .json = side.reading.format {
        let space = row.bytes.prefix { [9, 10, 13, 32].contains($0) }
        row.line += space.count { $0 == 10 }
        row.offset += space.count
        row.bytes.removeFirst(space.count)
      }
      var bytes = ByteBuffer()
      unsafe row.bytes.withUnsafeBytes { unsafe appendJSONString($0, to: &bytes) }
      let line =
        ",\"record\":\(reject.ordinal + 1),\"line\":\(row.line + 1),\"offset\":\(row.offset),"
        + "\"length\":\(row.bytes.count),\"bytes\":\(text(bytes.array()))}\n"
      let written = text(out.array())
      #expect(written.hasSuffix(line), place)
      let isConflict = model.tags[reject.ordinal] == .conflict
      #expect(written.hasPrefix("{\"reason\":\""), place)
      #expect(written.hasPrefix("{\"reason\":\"duplicateKey\",\"message\":\"") == isConflict, place)
      #expect((reject.winner != nil) == isConflict, place)
      out.truncate()
    }
  }
}
