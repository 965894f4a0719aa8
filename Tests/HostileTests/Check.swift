import Basics
import Blocks
import Dedupe
import Hashing
import Records

/// What a comparison found, next to what the model says.
struct Check {
  let findings: Findings
  let before: State?
  let side: Side
  let model: Model
  let entry: Int

  func patch() throws {
    let tags = findings.patch.runs.flatMap { Array(repeating: $0.tag, count: $0.count) }
    if tags != model.tags {
      let wrong = zip(tags, model.tags).enumerated().first { $0.element.0 != $0.element.1 }
      throw Mismatch(description: "decisions differ, first at \(wrong.debugDescription)")
    }
    let births = findings.patch.births
    let used = Set(model.tags.compactMap(\.entry)).sorted()
    try require(births.map(\.entry) == used, "births \(births), not \(used)")
    for birth in births {
      let recorded = birth.entry == entry ? nil : Chain.recorded(birth.entry)
      try require(birth.validFrom == Chain.birth(birth.entry) && birth.recordedAt == recorded, "\(birth)")
    }
  }

  func changes(_ expected: [Model.Difference]) throws {
    let found = findings.changes.map { Model.Difference(before: $0.before, after: $0.after) }
    // On a first run everything is new, and the state says so.
    if found != expected {
      let (more, less) = (Set(found).subtracting(expected), Set(expected).subtracting(found))
      throw Mismatch(description: "changes differ: too many \(more), too few \(less); \(found)")
    }
    let counts = model.counts(before: before?.model, expected)
    try require(findings.counts == counts, "\(findings.counts), not \(counts)")
  }

  /// The lines of the change set.
  func lines() throws {
    if findings.changes.isEmpty { return }
    let newest = Chain.recorded(entry - 1)
    var writer = ChangeWriter(before: before?.side, after: side, newestRecordedAt: newest)
    var out = ByteBuffer()
    for change in findings.changes.prefix(12) {
      out.truncate()
      try writer.append(change, to: &out)
      var line = Array("{\"op\":\"\(change.operation.rawValue)\",\"key\":".utf8)
      if let place = change.after {
        line += model.keyJSON(of: place)
      } else if let before, let place = change.before {
        line += before.model.keyJSON(of: place)
      }
      if let before, let place = change.before {
        let entry = before.model.tags[place].entry ?? 0
        line += Array(
          ",\"valid_from\":\"\(Chain.birth(entry))\",\"recorded_at\":\"\(Chain.recorded(entry))\"".utf8)
        line += Array(",\"before\":{".utf8) + before.model.members(of: place) + [0x7D]
      }
      if let place = change.after { line += Array(",\"after\":{".utf8) + model.members(of: place) + [0x7D] }
      line += [0x7D, 0x0A]
      let written = out.array()
      try require(written == line, "a change is written as \(text(written)), not \(text(line))")
      let isRight =
        change.operation == (change.before == nil ? .insert : change.after == nil ? .delete : .update)
      try require(isRight, "\(change) is called \(change.operation)")
    }
  }

  /// What is bad or in conflict goes to quarantine when it newly is, with its place. A record that was there before
  /// with the same bytes may be left out, but not more of them than there were.
  func rejects() throws {
    var mayBeLeftOut: [Int] = []
    if let before, before.side.reading == side.reading {
      mayBeLeftOut = before.model.tags.indices.filter { [.bad, .conflict].contains(before.model.tags[$0]) }
    }
    var rejects = findings.rejects[...]
    for (place, tag) in model.tags.enumerated() where tag == .bad || tag == .conflict {
      if let reject = rejects.first, reject.ordinal == place {
        try require((reject.winner != nil) == (tag == .conflict), "reject \(place) is of another kind")
        rejects.removeFirst()
        continue
      }
      let known = mayBeLeftOut.firstIndex { old in
        before?.model.tags[old] == tag && before?.model.dump.lines[old].bytes == model.dump.lines[place].bytes
      }
      guard let known else { throw Mismatch(description: "record \(place) is missing in quarantine") }
      mayBeLeftOut.remove(at: known)
    }
    try require(rejects.isEmpty, "in quarantine although taken, or twice: \(rejects.map(\.ordinal))")
    // The same dump may be cut into other blocks, if seldom.
    if let before, before.side.reading == side.reading, before.side.manifest.isSameDump(as: side.manifest) {
      try require(findings.rejects.isEmpty, "the same dump brings something new to quarantine")
    }
    try rejectedLines()
  }

  private func rejectedLines() throws {
    if findings.rejects.isEmpty { return }
    var writer = RejectWriter(side)
    var out = ByteBuffer()
    for reject in findings.rejects.prefix(5) {
      out.truncate()
      try writer.append(reject, to: &out)
      let line = model.dump.lines[reject.ordinal]
      let isText = String(validating: line.bytes, as: UTF8.self) != nil
      var expected = Array(
        ",\"record\":\(reject.ordinal + 1),\"line\":\(line.line + 1),\"offset\":\(line.offset),\"length\":\(line.bytes.count)"
          .utf8)
      expected += Array((isText ? ",\"bytes\":" : ",\"bytes_hex\":").utf8)
      expected += isText ? quoted(line.bytes) : [0x22] + line.bytes.flatMap { digits($0) } + [0x22]
      expected += [0x7D, 0x0A]
      let written = out.array()
      try require(
        written.suffix(expected.count) == expected[...],
        "a reject is written as \(text(written)), which does not end in \(text(expected))")
      if let winner = reject.winner {
        try require(model.tags[winner].isTaken, "the winner \(winner) was not taken")
        let start =
          "{\"reason\":\"duplicateKey\",\"message\":\"another record has the same key and another content"
        try require(text(written).hasPrefix(start), "the reason of a conflict is \(text(written))")
      }
    }
  }
}
