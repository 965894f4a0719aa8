import Basics
import Blocks
import Hashing

/// Which record of a key is taken, and what that changes.
extension ChangeFinder {
  /// Settles one key: `group` holds all its records that matter, ordered as ``Entry/precedes(_:_:)`` says.
  mutating func settle(_ group: ArraySlice<Entry>) {
    let candidates = group.drop { $0.origin == .before }
    let winner = after.reading.duplicates == .first ? candidates.first : candidates.last
    let decides = after.patch == nil
    if group.count(where: \.wasTaken) > 1 || (!decides && candidates.count > 1) {
      return settleMany(group, decides ? winner.map { [$0] } ?? [] : Array(candidates), candidates)
    }
    let taken = group.first(where: \.wasTaken)
    if decides { decide(candidates, winner: winner, taken: taken) }
    switch (taken, winner) {
    case (nil, nil): break
    case (let old?, let new?) where old.content == new.content: carry(old, to: new)
    case (let old, let new): change(before: old, after: new)
    }
  }

  /// Several records of a state have one key if it was read under another key, or if the whole record is the key
  /// and columns are left out. Equal ones belong together first, then the others as they come.
  private mutating func settleMany(
    _ group: ArraySlice<Entry>, _ new: [Entry], _ candidates: ArraySlice<Entry>
  ) {
    var old = Dictionary(grouping: group.filter(\.wasTaken), by: \.content).mapValues { $0[...] }
    var changed: [Entry] = []
    var match: Entry?
    for entry in new {
      if let same = old[entry.content]?.popFirst() {
        carry(same, to: entry)
        match = same
      } else {
        changed.append(entry)
      }
    }
    if after.patch == nil { decide(candidates, winner: new.first, taken: match) }
    let gone = old.values.joined().sorted { $0.first < $1.first }
    for place in 0..<max(gone.count, changed.count) {
      change(
        before: place < gone.count ? gone[place] : nil, after: place < changed.count ? changed[place] : nil)
    }
  }

  /// What is unchanged stands since when it did.
  private mutating func carry(_ old: Entry, to new: Entry) {
    guard carries, let tag = births?.tag(at: Int(old.first)).tag else { return }
    decisions.fresh[Int(new.first)] = tag.rawValue
  }

  private mutating func change(before old: Entry?, after new: Entry?) {
    // On a first run everything is new, and the state says so.
    if before == nil { return findings.counts.inserted += 1 }
    findings.changes.append(
      Change(beforeOrdinal: old?.first ?? Change.none, afterOrdinal: new?.second ?? Change.none))
  }

  private mutating func decide(_ candidates: ArraySlice<Entry>, winner: Entry?, taken: Entry?) {
    guard let winner else {
      if let taken { contested.remove(taken.key) }
      return
    }
    let key = winner.key
    contested.remove(key)
    if candidates.count > 1 { decisions.contested.append(key) }
    var since = options.entry
    if let taken, taken.content == winner.content {
      since = births?.tag(at: Int(taken.first)).tag.entry ?? since
    }
    for entry in candidates {
      let tag: Patch.Tag
      if entry.second == winner.second {
        tag = .since(since)
      } else if entry.content == winner.content {
        tag = .duplicate
      } else {
        tag = .conflict
        if entry.origin == .after || births?.tag(at: Int(entry.first)).tag != .conflict {
          findings.rejects.append(Reject(ordinal: entry.second, winner: winner.second))
        }
      }
      // Of what is new it is taken for granted that it is taken.
      if entry.origin != .after || tag != .since(options.entry) {
        decisions.known.append((Int(entry.second), tag.rawValue))
      }
    }
  }

  /// Puts the later dump's patch together: what was decided now, and what was decided before.
  mutating func assemblePatch() -> Patch {
    decisions.known.sort { $0.ordinal < $1.ordinal }
    var patch = Patch()
    var known = decisions.known[...]
    if let first {
      var ordinal = 0
      for run in first.runs { append(run.tag, run.count, &known, to: &patch, &ordinal) }
    } else {
      assembleSegments(&known, to: &patch)
    }
    patch.contested = (contested + decisions.contested).sorted()
    patch.births = before?.patch?.births ?? []
    patch.births.append(.init(entry: options.entry, validFrom: options.validFrom, recordedAt: nil))
    patch.pruneBirths()
    return patch
  }

  private func assembleSegments(
    _ known: inout ArraySlice<(ordinal: Int, tag: UInt32)>, to patch: inout Patch
  ) {
    var position = 0
    var cursor = before?.patch.map { PatchCursor($0) }
    var paired = cursor
    for segment in alignment.segments {
      let start = after.firstRecord[segment.after.lowerBound]
      let end = after.firstRecord[segment.after.upperBound]
      let shift = before.map { $0.firstRecord[segment.before.lowerBound] - start } ?? 0
      var ordinal = start
      while ordinal < end {
        if !segment.isSame {
          let tag = freshTag(at: position + ordinal - start, &paired)
          append(tag, 1, &known, to: &patch, &ordinal)
        } else if let old = cursor?.tag(at: ordinal + shift) {
          append(old.tag, min(end - ordinal, old.count), &known, to: &patch, &ordinal)
        }
      }
      if !segment.isSame { position += end - start }
    }
  }

  /// What is decided of a record of changed spans unless something else is known.
  @inline(__always)
  private func freshTag(at place: Int, _ cursor: inout PatchCursor?) -> Patch.Tag {
    if carries { return Patch.Tag(rawValue: decisions.fresh[place]) }
    guard isComparable, pairing.before[place] != Change.none else { return .since(options.entry) }
    return cursor?.tag(at: Int(pairing.before[place])).tag ?? .since(options.entry)
  }

  /// Appends a decision on the next records, except where something else was decided.
  private func append(
    _ tag: Patch.Tag, _ count: Int, _ known: inout ArraySlice<(ordinal: Int, tag: UInt32)>,
    to patch: inout Patch, _ ordinal: inout Int
  ) {
    let end = ordinal + count
    while ordinal < end {
      let stop = min(end, known.first?.ordinal ?? end)
      patch.append(tag, count: stop - ordinal)
      ordinal = stop
      guard let other = known.first, other.ordinal == ordinal, ordinal < end else { continue }
      patch.append(.init(rawValue: other.tag))
      known.removeFirst()
      ordinal += 1
    }
  }

  /// Adds the numbers up.
  mutating func count() {
    for run in findings.changes.runs {
      switch run.first.operation {
      case .insert: findings.counts.inserted += Int(run.count)
      case .update: findings.counts.updated += Int(run.count)
      case .delete: findings.counts.deleted += Int(run.count)
      }
    }
    for run in findings.patch.runs {
      switch run.tag {
      case .blank: continue
      case .bad: findings.counts.bad += run.count
      case .duplicate: findings.counts.duplicates += run.count
      case .conflict: findings.counts.conflicts += run.count
      default: findings.counts.current += run.count
      }
      findings.counts.records += run.count
    }
    findings.counts.before = before?.patch?.takenCount ?? 0
  }
}
