public import Basics
import Documents
import Hashing
import ObjectStore

/// A head as it was read, with what is needed to replace or to name it.
public struct CommittedHead: Sendable {
  /// What it says.
  public var head: Head
  /// SHA-256 of its bytes, in hexadecimal.
  public var sha256: String
  /// The version of `head.json` that it was read from.
  public var version: String
  /// Its bytes, if they are at hand.
  public var bytes: [UInt8]?

  /// Puts them together.
  public init(head: Head, sha256: String, version: String, bytes: [UInt8]? = nil) {
    self.bytes = bytes
    self.head = head
    self.sha256 = sha256
    self.version = version
  }
}

/// The heads of a feed: the newest, and from there any other in a few steps.
public struct Timeline: Sendable {
  /// The feed's folder.
  public let folder: FeedFolder

  /// The timeline in a feed's folder.
  public init(_ folder: FeedFolder) { self.folder = folder }

  /// The newest entry; nil if nothing was ever recorded.
  public func newest() throws(Failure) -> CommittedHead? {
    guard let (bytes, info) = try folder.getIfPresent("head.json") else { return nil }
    return try committed(bytes, version: info.version)
  }

  /// To be called where there is no newest entry and a first one would be made: history must not begin anew beside what is
  /// left of it.
  /// - Throws: ``Failure/Kind/badData`` if `head.json` is gone, ``Failure/Kind/tryAgain`` if it came meanwhile.
  public func makeSureOfNone() throws(Failure) {
    // A first entry may have been prepared by a run that died; a second one is only ever prepared after it.
    if try folder.names(under: "heads/", after: nil, limit: 1).isEmpty { return }
    if try folder.names(under: "heads/", after: "heads/0000000001~", limit: 1).isEmpty {
      guard try folder.sizeIfPresent("published/pointer.json") != nil else { return }
    }
    if try newest() != nil { throw Failure(.tryAgain, "another run was faster; try again later") }
    throw Failure(
      .badData,
      "head.json is missing in \(folder.location(of: "")), although entries were recorded: "
        + "put the newest of heads/ in its place, under that name")
  }

  /// The newest entry as an event carries it; nil if it carries none.
  public func carried(by event: Carried?) throws(Failure) -> CommittedHead? {
    guard let text = event?.head, let version = event?.headVersion else { return nil }
    return try committed(Array(text.utf8), version: version)
  }

  private func committed(_ bytes: [UInt8], version: String) throws(Failure) -> CommittedHead {
    let head = try decode(bytes, name: "head.json")
    return CommittedHead(head: head, sha256: hex(SHA256.digest(bytes)), version: version, bytes: bytes)
  }

  /// The last recorded entry with `valid_from` at or before `time`, and recorded at or before `known`.
  public func entry(asOf time: Instant, knownAt known: Instant? = nil) throws(Failure) -> Head? {
    guard var head = try newest()?.head else { return nil }
    while head.validFrom > time || known.map({ head.recordedAt > $0 }) ?? false {
      // Skip as far as no entry in between can be the one: all of them are later than what is asked for.
      let skipped = head.ancestors.last { ref in
        ref.leastValidFrom > time || known.map { ref.leastRecordedAt > $0 } ?? false
      }
      guard let next = skipped else { return nil }
      head = try read(next)
    }
    return head
  }

  /// The entry with a number; `head` is any later one.
  public func entry(_ seq: Int, from head: Head) throws(Failure) -> Head {
    var head = head
    while head.seq > seq {
      guard let next = head.ancestors.last(where: { $0.seq >= seq }) else { break }
      head = try read(next)
    }
    guard head.seq == seq else { throw Failure(.badData, "the timeline has no entry \(seq)") }
    return head
  }

  /// Reads an entry that another one names, and makes sure that it is that one.
  public func read(_ ref: HeadRef) throws(Failure) -> Head {
    let bytes = try folder.get(ref.object)
    guard hex(SHA256.digest(bytes)) == ref.sha256 else {
      throw Failure(.badData, "\(ref.object) is damaged: its SHA-256 is not the one that a later head names")
    }
    return try decode(bytes, name: ref.object)
  }

  /// The ancestors of the entry that follows `parent`, is valid from `validFrom` and recorded at `recordedAt`.
  public static func ancestors(
    after parent: CommittedHead?, validFrom: Instant, recordedAt: Instant
  ) -> [HeadRef] {
    guard let parent else { return [] }
    let seq = parent.head.seq + 1
    var refs = [
      HeadRef(
        seq: parent.head.seq, object: parent.head.object, sha256: parent.sha256, leastValidFrom: validFrom,
        leastRecordedAt: recordedAt)
    ]
    var wanted = seq & (seq - 1)
    for ref in parent.head.ancestors {
      while wanted > ref.seq { wanted &= wanted - 1 }
      if wanted == ref.seq, wanted > 0 {
        var ref = ref
        ref.leastValidFrom = min(ref.leastValidFrom, parent.head.validFrom, validFrom)
        ref.leastRecordedAt = min(ref.leastRecordedAt, parent.head.recordedAt, recordedAt)
        refs.append(ref)
      }
    }
    return refs
  }

  /// Adds an entry: first under a name of its own, then by replacing `head.json` if that is still `parent`.
  /// - Returns: the entry as recorded (an earlier attempt's if there was one); nil if another run was faster.
  public func append(_ head: Head, after parent: CommittedHead?) throws(Failure) -> CommittedHead? {
    guard let entry = try prepare(head, after: parent) else { return nil }
    return try move(to: entry, from: parent)
  }

  /// Writes an entry under a name of its own; the timeline does not have it yet.
  /// - Returns: the entry as written (by an earlier attempt, if there was one); nil if another run was faster.
  public func prepare(_ head: Head, after parent: CommittedHead?) throws(Failure) -> CommittedHead? {
    var bytes = Documents.sealed(head)
    if try !folder.putNew(head.object, bytes) {
      let there = try folder.get(head.object)
      let earlier = try decode(there, name: head.object)
      guard earlier.ancestors.first?.sha256 == parent?.sha256 else { return nil }
      bytes = there
    }
    let written = try decode(bytes, name: head.object)
    return CommittedHead(head: written, sha256: hex(SHA256.digest(bytes)), version: "", bytes: bytes)
  }

  /// Makes a prepared entry the newest, and with it those that it was prepared after, if `head.json` is still `parent`.
  /// - Returns: nil if another run was faster.
  public func move(to entry: CommittedHead, from parent: CommittedHead?) throws(Failure) -> CommittedHead? {
    let bytes = entry.bytes ?? Documents.sealed(entry.head)
    if let info = try folder.replace("head.json", bytes, ifVersion: parent?.version) {
      var newest = entry
      newest.version = info.version
      return newest
    }
    return try find(entry.head, digest: entry.sha256)
  }

  /// Whether an entry is in the timeline: only the chain from the newest head proves it.
  public func find(_ entry: Head, digest: String) throws(Failure) -> CommittedHead? {
    guard let newest = try newest(), newest.head.seq >= entry.seq else { return nil }
    if newest.sha256 == digest { return newest }
    guard newest.head.seq > entry.seq else { return nil }
    guard try self.entry(entry.seq, from: newest.head) == entry else { return nil }
    return CommittedHead(head: entry, sha256: digest, version: "")
  }

  private func decode(_ bytes: [UInt8], name: String) throws(Failure) -> Head {
    struct Format: Decodable { var format: Int }
    func refuse(_ format: Int) throws(Failure) {
      if format == Head.currentFormat { return }
      throw Failure(
        .settings,
        "\(name) has layout \(format); this program knows \(Head.currentFormat): use a newer strandline")
    }
    try Documents.checkSeal(of: bytes, name: name)
    do throws(Failure) {
      let head = try Documents.decode(Head.self, from: bytes, name: name)
      try refuse(head.format)
      return head
    } catch {
      // Another layout may lack what this one has: that says more than which field is missing.
      try refuse(Documents.decode(Format.self, from: bytes, name: name).format)
      throw error
    }
  }
}
