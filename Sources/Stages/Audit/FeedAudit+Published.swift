import Basics
import Blocks
import Dedupe
import Hashing
import History
import ObjectStore
import Records

/// What is published has to follow from history: it is made once more, and compared.
extension FeedAudit {
  mutating func verifyPublished(_ newest: Head, _ seen: inout Set<String>) throws(Failure) {
    guard let pointer else { return }
    for part in pointer.current + pointer.closed {
      if let layout = part.layout { try verify(layout, &seen) }
      if let sha256 = part.sha256 {
        try verify(ObjectRef(object: part.object, bytes: part.bytes, sha256: sha256), &seen)
      }
    }
    let context = context
    for (path, sha256) in (pointer.companions ?? [:]).sorted(by: { $0.key < $1.key }) {
      seen.insert(path)
      let there = try orDamaged(path) { () throws(Failure) in try context.folder.digest(of: path) }
      guard let there else { continue }
      // A newer publication may have replaced it meanwhile.
      if there.sha256 == sha256 {
        pass(path, there.bytes)
      } else if try isStillPublished(path) {
        find(.damaged, .act, object: path, "\(path) is not what the pointer says of it")
      }
    }
    for (path, parts) in [
      ("published/current.manifest", pointer.current),
      ("published/history.manifest", pointer.closed + pointer.current),
    ] where pointer.versions?[path] != nil {
      seen.insert(path)
      let bytes = try orDamaged(path) { () throws(Failure) in try context.folder.get(path) }
      guard let bytes else { continue }
      if bytes == Array(parts.map { $0.uri + "\n" }.joined().utf8) {
        pass(path, bytes.count)
      } else if try isStillPublished(path) {
        find(.damaged, .act, object: path, "\(path) does not name the files that the pointer names")
      }
    }
    try verifyRows(pointer, newest, &seen)
  }

  /// One of the layouts that a publication wrote as one object.
  private mutating func verify(_ layout: Pointer.Layout, _ seen: inout Set<String>) throws(Failure) {
    let isFirst = seen.insert(layout.object).inserted
    let context = context
    let bytes = try orDamaged(layout.object) { () throws(Failure) in
      try context.folder.get(layout.object, range: layout.offset..<layout.offset + layout.bytes)
    }
    guard let bytes else { return }
    guard hex(SHA256.digest(bytes)) == layout.sha256 else {
      return find(
        .damaged, .act, object: layout.object,
        "\(layout.object) is damaged: its SHA-256 is not the one recorded")
    }
    if isFirst { pass(layout.object, bytes.count) }
  }

  /// Whether an object has to be what the pointer says of it still. A publication of a newer entry, which is under way or
  /// was killed, replaces files before the pointer: that is told as an entry that readers do not see yet.
  mutating func isStillPublished(_ path: String) throws(Failure) -> Bool {
    let context = context
    let now = try orDamaged(Pointer.path) { () throws(Failure) in try Pointer.read(context.folder)?.pointer }
    // If it cannot be read that is found already, and whatever is looked at is damaged all the same.
    guard now?.seq == status.published else { return false }
    let isForGood = ["published/parts/", "published/closed/"].contains { path.hasPrefix($0) }
    if isForGood || !path.hasPrefix("published/") { return true }
    let newest = try orDamaged("head.json") { () throws(Failure) in try context.timeline.newest() }
    return newest?.head.seq ?? 0 <= status.published ?? 0
  }

  /// Renders the rows of the published entry, and compares them with the parts and `current.jsonl`.
  private mutating func verifyRows(
    _ pointer: Pointer, _ newest: Head, _ seen: inout Set<String>
  ) throws(Failure) {
    let context = context
    guard
      let head = try orDamaged(
        Pointer.path, { () throws(Failure) in try context.timeline.entry(pointer.seq, from: newest) }),
      // What cannot be read is found already.
      let side = try orDamaged(
        head.state.manifest.object, { () throws(Failure) in try context.side(of: head) }),
      let patch = side.patch
    else { return }
    guard head.run == pointer.run, head.validFrom == pointer.validFrom, head.recordedAt == pointer.recordedAt
    else {
      return find(
        .damaged, .act, object: Pointer.path,
        "the pointer says other things of entry \(head.seq) than its head")
    }
    seen.insert(Pointer.path)
    pass(Pointer.path, listing[Pointer.path] ?? 0)
    var naming: [String: String] = [:]
    for column in pointer.columns { if let source = column.source { naming[source] = column.name } }
    var parts = Comparison(context.folder, pointer.current)
    var file = pointer.currentFile.map { Comparison(context.folder, [$0]) }
    var rows = RowRenderer(side, patch: patch, naming: naming)
    var records = RowRenderer(side, patch: patch, naming: naming)
    var out = ByteBuffer(capacity: 1 << 20)
    do throws(Failure) {
      for span in side.manifest.spans.indices {
        out.truncate()
        try rows.appendRows(of: span, to: &out)
        try unsafe parts.expect(out.bytes)
        guard file != nil else { continue }
        out.truncate()
        _ = try records.appendRecords(of: span, to: &out)
        try unsafe file?.expect(out.bytes)
      }
      try parts.end()
      try file?.end()
    } catch {
      guard error.kind == .badData else { throw error }
      if !status.findings.contains(where: { $0.level == .act }) {
        find(.damaged, .act, object: head.state.manifest.object, error.message)
      }
      return
    }
    for part in pointer.current + [pointer.currentFile].compactMap({ $0 }) {
      let isWrong = parts.wrong.contains(part.object) || file?.wrong.contains(part.object) == true
      let isKnown = status.findings.contains { $0.object == part.object }
      if !isWrong {
        if seen.insert(part.object).inserted { pass(part.object, part.bytes) }
      } else if !isKnown, try isStillPublished(part.object) {
        seen.insert(part.object)
        find(
          .damaged, .act, object: part.object, "\(part.object) does not have the rows of entry \(head.seq)")
      }
    }
  }
}

/// Holds objects, one after the other, against what they have to be.
private struct Comparison: ~Copyable {
  private let folder: FeedFolder
  private let parts: [Pointer.Part]
  private var place = 0
  private var reader: (any ObjectReader)?
  /// Of the object at hand: how many bytes are still to come.
  private var left = 0
  private var window = ByteBuffer(capacity: 1 << 18)
  /// The objects that are something else.
  private(set) var wrong: Set<String> = []

  init(_ folder: FeedFolder, _ parts: [Pointer.Part]) {
    self.folder = folder
    self.parts = parts
    left = parts.first?.bytes ?? 0
  }

  /// These bytes are next, in one object or several.
  mutating func expect(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var done = 0
    while done < bytes.count {
      while left == 0, place < parts.count { try next() }
      // More rows than there are parts for: the last one is too short.
      guard place < parts.count else {
        if let last = parts.last { wrong.insert(last.object) }
        return
      }
      let part = parts[place]
      if reader == nil, !wrong.contains(part.object) {
        reader = try folder.openIfPresent(part.object)
        if reader == nil || reader?.info.size != part.bytes { wrong.insert(part.object) }
      }
      let count = min(left, bytes.count - done, 1 << 18)
      if !wrong.contains(part.object), let reader {
        window.truncate()
        while window.count < count {
          let read = try unsafe window.append(atMost: count - window.count) { (room) throws(Failure) in
            unsafe try folder.read(reader, into: room)
          }
          if read == 0 { break }
        }
        let wanted = unsafe UnsafeRawBufferPointer(rebasing: bytes[done..<done + count])
        if unsafe window.count != count || !window.bytes.elementsEqual(wanted) { wrong.insert(part.object) }
      }
      done += count
      left -= count
    }
  }

  /// Nothing is to follow.
  mutating func end() throws(Failure) {
    while place < parts.count {
      if left > 0 { wrong.insert(parts[place].object) }
      try next()
    }
  }

  private mutating func next() throws(Failure) {
    if reader == nil, left == 0, place < parts.count, parts[place].bytes == 0,
      try folder.sizeIfPresent(parts[place].object) != 0
    {
      wrong.insert(parts[place].object)
    }
    reader = nil
    place += 1
    left = place < parts.count ? parts[place].bytes : 0
  }
}
