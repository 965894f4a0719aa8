public import Basics
import Documents
import History
public import ObjectStore

/// When a store was audited last: one small object, `.audit/last.json`. So whoever is watched can watch the watcher.
public struct AuditNote: Codable, Hashable, Sendable {
  private static let path = ".audit/last.json"

  /// The layout of this document.
  public var format = 1
  /// Grows with every audit, so no two of these are the same bytes.
  public var seq: Int
  /// When all feeds were audited last, by the store's clock.
  public var all: Instant?
  /// Feeds that were audited since then by themselves, and when.
  public var feeds: [String: Instant]
  /// How many feeds needed a person, of those that the last audit was about.
  public var needing: Int
  /// The version of the program.
  public var software: String

  /// When a feed was last audited; nil if it never was.
  public func last(of feed: String) -> Instant? { [all, feeds[feed]].compactMap { $0 }.max() }

  /// What the store says; nil if it was never audited.
  public static func read(
    _ store: any ObjectStore
  ) throws(StoreError) -> (note: AuditNote, version: String)? {
    guard let (bytes, info) = try store.getIfPresent(ObjectKey(path)) else { return nil }
    // One that cannot be read is replaced by the next.
    guard let note = try? Documents.decode(AuditNote.self, from: bytes, name: path) else { return nil }
    return (note, info.version)
  }

  /// Notes an audit.
  /// - Parameter isAll: whether these are all feeds of the store.
  /// - Returns: the audit's number.
  public static func write(
    _ statuses: [FeedStatus], isAll: Bool, to store: any ObjectStore
  ) throws(StoreError) -> Int {
    let key = try ObjectKey(path)
    var attempts = 0
    while true {
      let last = try read(store)
      var note = last?.note ?? AuditNote(seq: 0, feeds: [:], needing: 0, software: "")
      note.seq += 1
      note.software = Software.version
      note.needing = statuses.count { $0.needsPerson }
      let now = try store.now()
      if isAll {
        note.all = now
        note.feeds = [:]
      } else {
        for status in statuses { note.feeds[status.feed] = now }
      }
      do {
        let version: String?
        if let last { version = last.version } else { version = try store.versionIfPresent(key) }
        try store.put(key, Documents.encode(note), if: version.map { .version($0) } ?? .absent)
        return note.seq
      } catch {
        attempts += 1
        // Another audit was faster, or the answer was lost: once more, on top of that.
        guard error.kind == .preconditionFailed || error.kind == .ambiguous, attempts < 5 else { throw error }
      }
    }
  }
}

extension ObjectStore {
  fileprivate func versionIfPresent(_ key: ObjectKey) throws(StoreError) -> String? {
    do { return try info(key).version } catch {
      if error.kind == .notFound { return nil }
      throw error
    }
  }

  /// The feeds in a store: the folders with a head, a lock or runs. One request for each.
  public func feeds() throws(StoreError) -> [String] {
    var feeds: [String] = []
    var after: String?
    while true {
      guard let key = try list(prefix: "", after: after, limit: 1).entries.first?.key.description else {
        return feeds
      }
      guard let slash = key.firstIndex(of: "/") else {
        after = key
        continue
      }
      let folder = String(key[..<slash])
      // What the store and its audits keep begins with a dot, which a feed's name does not.
      if !folder.hasPrefix("."), try isFeed(folder) { feeds.append(folder) }
      // The first key after all that begin with the folder's name and a slash.
      after = folder + "0"
    }
  }

  /// Whether a folder has a head, a lock or runs.
  public func isFeed(_ folder: String) throws(StoreError) -> Bool {
    for name in ["head.json", "lock.json", "runs/"] {
      guard let found = try list(prefix: "\(folder)/\(name)", after: nil, limit: 1).entries.first else {
        continue
      }
      if name.hasSuffix("/") || found.key.description == "\(folder)/\(name)" { return true }
    }
    return false
  }
}

extension StageContext {
  /// Says so if audits of this feed stopped coming. One request; only if there is a limit.
  func watchAudit() {
    // Whatever fails here is no reason for a run to fail.
    guard let auditLimit, let note = try? AuditNote.read(folder.store)?.note,
      let last = note.last(of: folder.feed), let now = try? folder.now()
    else { return }
    let age = now.seconds(since: last)
    if age > auditLimit {
      log.warning(
        "the last audit of this feed was \(Int(age / 3600)) h ago: see to the scheduler that is to call `audit`"
      )
    }
  }
}
