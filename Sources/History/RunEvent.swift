public import Basics
public import Blocks
public import Dedupe
import Documents
import ObjectStore

/// What a function says when it is done, and what the next one is called with: a CloudEvent (1.0, structured
/// mode) that points to objects and never carries rows. Also a stage's answer in the store.
public struct RunEvent: Codable, Hashable, Sendable {
  /// The version of CloudEvents.
  public var specversion = "1.0"
  /// Unique for each run and stage, and the same when the stage is asked again.
  public var id: String
  /// `/strandline/<feed>`.
  public var source: String
  /// `dev.strandline.<stage>`.
  public var type: String
  /// When the stage answered, by the store's clock.
  public var time: Instant
  /// What ``data`` is.
  public var datacontenttype = "application/json"
  /// What the stage found.
  public var data: RunReport

  /// The event of a stage.
  public init(_ report: RunReport, stage: Stage, time: Instant) {
    id = "\(report.run)/\(stage.rawValue)"
    source = "/strandline/\(report.feed)"
    type = "dev.strandline.\(stage.rawValue)"
    self.time = time
    data = report
    data.stage = stage
  }
}

/// The stages of a run, in order.
public enum Stage: String, Codable, Sendable, CaseIterable {
  case fetch
  case dedupe
  case snapshot
  case publish
}

/// How a run stands.
public enum Outcome: String, Codable, Sendable {
  /// A dump was taken that is not the one of the head: dedupe is next.
  case fetched
  /// What changed is known: snapshot is next.
  case found
  /// The head moved: publish is next.
  case recorded
  /// Readers see it. The end.
  case published
  /// The source has nothing new. The end, unless something is still to be published.
  case unchanged
  /// The source was not read, because it is to be left in peace: ``RunReport/heldOff`` says why and until when.
  case skipped
  /// The dump was refused: history is untouched, the dump kept.
  case refused
  /// Another run was faster: history is untouched, the dump kept.
  case superseded
}

/// What is known of a run so far: every stage adds to it.
public struct RunReport: Codable, Hashable, Sendable {
  /// The feed.
  public var feed: String
  /// Where the store is.
  public var store: String
  /// The run.
  public var run: String
  /// The stage that says so.
  public var stage: Stage = .fetch
  /// How the run stands.
  public var outcome: Outcome
  /// For a person, where there is more to say.
  public var message: String?
  /// Why the source was not read, and until when.
  public var heldOff: HeldOff?
  /// The exit code of a refusal: 65, or 78 if the settings have to be mended.
  public var code: Int?
  /// When the source began to be read, or the time that a dated dump was given.
  public var validFrom: Instant
  /// The number and digest of the head that the run builds on; nil for a first run.
  public var base: Base?
  /// The settings: `settings/<hash>`.
  public var settings: String
  /// What was fetched.
  public var dump: Dump?
  /// What dedupe found.
  public var patch: ObjectRef?
  /// The change set; nil where nothing changed and on a first run.
  public var changes: ObjectRef?
  /// What went to quarantine newly.
  public var quarantine: ObjectRef?
  /// How the columns changed.
  public var columns: ColumnChange?
  /// The numbers.
  public var counts: Counts?
  /// The number of the entry that the run added to the timeline.
  public var seq: Int?
  /// The pointer that readers go through, once it shows the newest entry.
  public var published: String?
  /// The digests of what was noted of keys, unless they are many.
  public var keys: [ObjectRef]?
  /// What the stage took, and what it answers to.
  public var work: StageWork?
  /// How whoever began the run named the feed and its store.
  public var address: FeedAddress?
  /// Whether nothing of this took place: the event of a trial run.
  public var dry: Bool?
  /// What saves the next stage a look into the store.
  public var carried: Carried?

  /// Why a source was left in peace.
  public struct HeldOff: Codable, Hashable, Sendable {
    /// `min_interval`, `hours`, `breaker`, `retry_after` or `login_refused`.
    public var reason: String
    /// Until when, by the store's clock; nil: until a person does something.
    public var until: Instant?

    /// Puts the two together.
    public init(reason: String, until: Instant?) {
      self.reason = reason
      self.until = until
    }
  }

  /// A head, as a run that builds on it names it.
  public struct Base: Codable, Hashable, Sendable {
    /// Its number.
    public var seq: Int
    /// SHA-256 of its bytes, in hexadecimal.
    public var sha256: String

    /// Puts the two together.
    public init(seq: Int, sha256: String) {
      self.seq = seq
      self.sha256 = sha256
    }
  }

  /// A dump that was taken.
  public struct Dump: Codable, Hashable, Sendable {
    /// What it consists of.
    public var manifest: StateRef
    /// How deep its manifest is below a base.
    public var depth: Int
    /// That base's key under the feed's folder.
    public var base: String
    /// Of how many objects the dump consists.
    public var objects: Int
    /// CSV's column names; empty for JSON.
    public var header: [String]
    /// Its length in bytes.
    public var bytes: Int
    /// How many bytes of it the store did not have.
    public var newBytes: Int
    /// How much was written for it.
    public var packBytes: Int
    /// By what the source tells whether it has something new.
    public var source: SourceMark
    /// The packs and bases, whole, that were written for it, and for refused dumps that it shares blocks with.
    public var packs: [ObjectRef]?
    /// Why it cannot be taken, if it is broken as a whole.
    public var broken: String?
    /// Why it looks as if it had ended early.
    public var early: String?
    /// Why it is not what the feed expects.
    public var unexpected: String?
    /// Whether its last line has no line end.
    public var endsOpen: Bool

    enum CodingKeys: String, CodingKey {
      case manifest, depth, base, objects, header, bytes
      case newBytes = "new_bytes"
      case packBytes = "pack_bytes"
      case packs, source, broken, early, unexpected
      case endsOpen = "ends_open"
    }

    /// Puts everything together.
    public init(
      manifest: StateRef, depth: Int, base: String, objects: Int, header: [String], bytes: Int, newBytes: Int,
      packBytes: Int,
      source: SourceMark, broken: String?, early: String?, endsOpen: Bool
    ) {
      self.manifest = manifest
      self.depth = depth
      self.base = base
      self.objects = objects
      self.header = header
      self.bytes = bytes
      self.newBytes = newBytes
      self.packBytes = packBytes
      self.source = source
      self.broken = broken
      self.early = early
      self.endsOpen = endsOpen
    }
  }

  enum CodingKeys: String, CodingKey {
    case feed, store, run, stage, outcome, message, code
    case validFrom = "valid_from"
    case base, settings, dump, patch, changes, quarantine, columns, counts, seq, published, keys, work, dry
    case carried, address
    case heldOff = "held_off"
  }

  /// The beginning of a run's report.
  public init(
    feed: String, store: String, run: String, outcome: Outcome, validFrom: Instant, settings: String
  ) {
    self.feed = feed
    self.store = store
    self.run = run
    self.outcome = outcome
    self.validFrom = validFrom
    self.settings = settings
  }
}
