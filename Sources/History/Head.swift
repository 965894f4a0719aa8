public import Basics
public import Blocks
public import Dedupe

/// What a feed is at one moment: an entry of its timeline. `head.json` is the newest, `heads/` has all.
public struct Head: Codable, Hashable, Sendable {
  /// The layout that this program writes.
  public static let currentFormat = 1

  /// The store's layout under the feed's folder.
  public var format = Head.currentFormat
  /// The feed.
  public var feed: String
  /// The number of this entry: 1, 2, 3 …
  public var seq: Int
  /// The run that added it.
  public var run: String
  /// Since when this state was true at the source.
  public var validFrom: Instant
  /// When we came to know.
  public var recordedAt: Instant
  /// What the records are.
  public var state: State
  /// The base that the state builds on.
  public var generation: Generation
  /// What changed; nil on a first run, where the state says it, and where nothing did.
  public var changes: ObjectRef?
  /// Numbers of the run.
  public var counts: Counts
  /// How the columns changed.
  public var columns: ColumnChange?
  /// What is to be told the source the next time.
  public var source: SourceMark
  /// Whose state this is, if it was restored.
  public var restored: Restored?
  /// The number of the entry whose dump was read again, by other settings.
  public var corrects: Int?
  /// The dumps that were taken back last, the newest first.
  public var undone: [Undone]?
  /// The packs and bases, whole, that came with this entry.
  public var packs: [ObjectRef]?
  /// What was noted of keys with this entry, unless it is many objects.
  public var keys: [ObjectRef]?
  /// What went to quarantine with this entry.
  public var quarantine: ObjectRef?
  /// The answer of dedupe that it follows from.
  public var answer: EventRef?
  /// Earlier entries, the nearest first: the one before, then those whose number is this one's with its
  /// lowest bits cleared. From any entry any other is reached in a few steps.
  public var ancestors: [HeadRef]

  enum CodingKeys: String, CodingKey {
    case format, feed, seq, run
    case validFrom = "valid_from"
    case recordedAt = "recorded_at"
    case state, generation, changes, counts, columns, source, restored, corrects, undone
    case packs, keys, quarantine, answer, ancestors
  }

  /// Puts everything together.
  public init(
    feed: String, seq: Int, run: String, validFrom: Instant, recordedAt: Instant, state: State,
    generation: Generation, changes: ObjectRef?, counts: Counts, columns: ColumnChange?, source: SourceMark,
    ancestors: [HeadRef]
  ) {
    self.feed = feed
    self.seq = seq
    self.run = run
    self.validFrom = validFrom
    self.recordedAt = recordedAt
    self.state = state
    self.generation = generation
    self.changes = changes
    self.counts = counts
    self.columns = columns
    self.source = source
    self.ancestors = ancestors
  }

  /// Where the entry stands among `heads/`.
  public var object: String { Self.object(seq: seq, run: run) }

  static func object(seq: Int, run: String) -> String {
    let digits = String(seq)
    return "heads/" + String(repeating: "0", count: max(0, 10 - digits.count)) + digits + "-\(run).json"
  }
}

/// Manifest, reading and patch: what makes a dump a set of records.
public struct State: Codable, Hashable, Sendable {
  /// What the dump consists of.
  public var manifest: StateRef
  /// How deep the manifest is below its base.
  public var depth: Int
  /// What policy decided.
  public var patch: ObjectRef
  /// The settings it is read by: `settings/<hash>`.
  public var settings: String
  /// CSV's column names; empty for JSON.
  public var header: [String]
  /// Whether the dump's last line has no line end.
  public var endsOpen: Bool

  enum CodingKeys: String, CodingKey {
    case manifest, depth, patch, settings, header
    case endsOpen = "ends_open"
  }

  /// Puts them together.
  public init(
    manifest: StateRef, depth: Int, patch: ObjectRef, settings: String, header: [String], endsOpen: Bool
  ) {
    self.manifest = manifest
    self.depth = depth
    self.patch = patch
    self.settings = settings
    self.header = header
    self.endsOpen = endsOpen
  }
}

/// A base, and how much was laid on it.
public struct Generation: Codable, Hashable, Sendable {
  /// The base's key under the feed's folder.
  public var base: String
  /// Its length in bytes.
  public var baseBytes: Int
  /// The length of the packs after it, in bytes.
  public var packBytes: Int

  enum CodingKeys: String, CodingKey {
    case base
    case baseBytes = "base_bytes"
    case packBytes = "pack_bytes"
  }

  /// Puts the three together.
  public init(base: String, baseBytes: Int, packBytes: Int) {
    self.base = base
    self.baseBytes = baseBytes
    self.packBytes = packBytes
  }
}

/// Columns that came and went.
public struct ColumnChange: Codable, Hashable, Sendable {
  /// Columns that the state before did not have.
  public var added: [String]
  /// Columns that only the state before has.
  public var removed: [String]

  /// Puts the two together.
  public init(added: [String], removed: [String]) {
    self.added = added
    self.removed = removed
  }
}

/// By what a source tells that it has nothing new.
public struct SourceMark: Codable, Hashable, Sendable {
  /// HTTP's entity tag.
  public var etag: String?
  /// HTTP's date of the last change.
  public var lastModified: String?

  enum CodingKeys: String, CodingKey {
    case etag
    case lastModified = "last_modified"
  }

  /// Puts the two together.
  public init(etag: String? = nil, lastModified: String? = nil) {
    self.etag = etag
    self.lastModified = lastModified
  }
}

/// An earlier entry, as a later one names it.
public struct HeadRef: Codable, Hashable, Sendable {
  /// Its number.
  public var seq: Int
  /// Its key under the feed's folder.
  public var object: String
  /// SHA-256 of its bytes, in hexadecimal.
  public var sha256: String
  /// The earliest `valid_from` among the entries after it, up to the one that names it.
  public var leastValidFrom: Instant
  /// The earliest `recorded_at` among the same entries.
  public var leastRecordedAt: Instant

  enum CodingKeys: String, CodingKey {
    case seq, object, sha256
    case leastValidFrom = "least_valid_from"
    case leastRecordedAt = "least_recorded_at"
  }
}
