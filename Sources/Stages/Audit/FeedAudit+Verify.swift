import Basics
import Blocks
import Dedupe
import Documents
import Hashing
import History
import ObjectStore

/// Reads everything that the chain of heads names, and holds it against what is recorded of it.
extension FeedAudit {
  /// Verifies from the newest entry down to the first, then the answers of runs, then what is published.
  mutating func verify(_ newest: CommittedHead?) throws(Failure) {
    status.verified = FeedStatus.Verified()
    var seen: Set<String> = []
    var entry = newest?.head
    while let head = entry {
      if let newest, head.seq == newest.head.seq { pass("head.json", newest.bytes?.count ?? 0) }
      try verify(entry: head, &seen)
      entry = nil
      guard let ref = head.ancestors.first else {
        if head.seq > 1 {
          find(.brokenChain, .act, object: head.object, "\(head.object) names no entry before it")
        }
        break
      }
      let context = context
      entry = try orDamaged(ref.object) { () throws(Failure) in try context.timeline.read(ref) }
      if entry != nil { pass(ref.object, listing[ref.object] ?? 0) }
    }
    try verifyAnswers(&seen)
    if let head = newest?.head { try verifyPublished(head, &seen) }
    let open = ["lock.json", "head.json", newest?.head.object]
    for path in listing.keys where !seen.contains(path) && !open.contains(path) {
      if !path.hasPrefix("heads/") { status.verified?.uncovered += 1 }
    }
  }

  private mutating func verify(entry head: Head, _ seen: inout Set<String>) throws(Failure) {
    let refs =
      [head.state.patch] + [head.changes, head.quarantine].compactMap { $0 } + (head.packs ?? [])
      + (head.keys ?? [])
    for ref in refs { try verify(ref, &seen) }
    if let answer = head.answer, let sha256 = answer.sha256 {
      try verify(answer: "runs/\(answer.id).json", sha256, &seen)
    }
    let settings = "settings/\(head.state.settings)"
    if seen.insert(settings).inserted {
      let context = context
      let bytes = try orDamaged(settings) { () throws(Failure) in try context.folder.get(settings) }
      if let bytes, settingsName(bytes) != head.state.settings {
        find(.damaged, .act, object: settings, "\(settings) is damaged: its SHA-256 is not its name")
      } else if let bytes {
        pass(settings, bytes.count)
      }
    }
    // Of an object without a digest of its own the manifest has one.
    let place = head.state.manifest
    if seen.insert("\(place.object) \(place.offset)").inserted {
      let context = context
      _ = try orDamaged(place.object) { () throws(Failure) in try context.states.chain(place).count }
    }
  }

  /// Compares an object with its digest; once.
  mutating func verify(_ ref: ObjectRef, _ seen: inout Set<String>) throws(Failure) {
    // Whoever names it has all of it, and is verified.
    if ref.isCarried { return }
    guard seen.insert(ref.object).inserted else { return }
    let context = context
    let digest = try orDamaged(ref.object) { () throws(Failure) in
      try context.folder.digest(of: ref.object)
    }
    guard let digest else { return }
    if digest.bytes != ref.bytes || digest.sha256 != ref.sha256 {
      if status.findings.contains(where: { $0.object == ref.object }) { return }
      return find(
        .damaged, .act, object: ref.object,
        "\(ref.object) is damaged: its SHA-256 is not the one recorded")
    }
    pass(ref.object, digest.bytes)
  }

  mutating func pass(_ object: String, _ bytes: Int) {
    status.verified?.objects += 1
    status.verified?.bytes += bytes
  }

  /// Answers name the one before, and what they left, by digests.
  private mutating func verifyAnswers(_ seen: inout Set<String>) throws(Failure) {
    let context = context
    for path in listing.keys.sorted() where path.hasPrefix("runs/") {
      let parts = path.dropLast(".json".count).split(separator: "/").map(String.init)
      guard parts.count == 3, let stage = Stage(rawValue: parts[2]) else { continue }
      let event = try orDamaged(path) { () throws(Failure) in
        try RunLog.decode(context.folder.get(path), parts[1], stage)
      }
      guard let event else { continue }
      let report = event.data
      if let before = report.work?.acknowledges, let digest = before.sha256 {
        try verify(answer: "runs/\(before.id).json", digest, &seen)
      }
      for ref in [report.patch, report.changes, report.quarantine].compactMap({ $0 })
        + (report.dump?.packs ?? []) + (report.keys ?? [])
      {
        try verify(ref, &seen)
      }
    }
  }

  /// An answer, by the digest that a later one, or a head, has of it.
  private mutating func verify(
    answer path: String, _ sha256: String, _ seen: inout Set<String>
  ) throws(Failure) {
    guard seen.insert(path).inserted else { return }
    let context = context
    let digest = try orDamaged(path) { () throws(Failure) in try context.folder.digest(of: path) }
    guard let digest else { return }
    if digest.sha256 == sha256 { return pass(path, digest.bytes) }
    // A stage of a newer program was called with the answer of an older one, which had no sum yet.
    let bytes = try context.folder.get(path)
    if !Documents.isSealed(bytes), hex(SHA256.digest(Documents.sealed(bytes))) == sha256 {
      return pass(path, digest.bytes)
    }
    if status.findings.contains(where: { $0.object == path }) { return }
    find(.damaged, .act, object: path, "\(path) is not the answer that the next stage was called with")
  }
}

extension FeedFolder {
  /// The length and SHA-256 of an object that must be there.
  func digest(of path: String) throws(Failure) -> ObjectRef {
    let reader = try open(path)
    var hash = SHA256()
    var window = ByteBuffer(capacity: 1 << 20)
    var total = 0
    while true {
      window.truncate()
      let count = try unsafe window.append(atMost: 1 << 20) { (room) throws(Failure) in
        unsafe try read(reader, into: room)
      }
      if count == 0 { break }
      unsafe hash.update(window.bytes)
      total += count
    }
    return ObjectRef(object: path, bytes: total, sha256: hex(hash.digest()))
  }
}
