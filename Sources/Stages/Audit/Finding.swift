public import Basics
public import History

/// Something that an audit found out about a feed.
public struct Finding: Hashable, Sendable {
  /// What it is.
  public enum Kind: String, Sendable, CaseIterable {
    /// A stage holds the lock, and its lease is over.
    case stuckLock = "stuck_lock"
    /// A stage answered and the next one did not, or the run stopped.
    case unfinishedRun = "unfinished_run"
    /// A run began and left no answer.
    case cutOff = "cut_off"
    /// The last run failed in a way that leaves no answer.
    case failed
    /// The source refused the credentials, and is not asked again before a person did something.
    case loginRefused = "login_refused"
    /// Reads fail again and again, and there are pauses between them.
    case breakerOpen = "breaker_open"
    /// The source asked to be left alone.
    case heldOff = "held_off"
    /// The head is newer than what readers see.
    case unpublished
    /// A file beside the pointer that the pointer does not name: it shows an older entry.
    case stale
    /// No run took place for much longer than the feed's schedule.
    case overdue
    /// A dump was refused and nothing good came since.
    case refused
    /// The chain of heads has a gap, or `head.json` is not its end.
    case brokenChain = "broken_chain"
    /// An object that is named is not there.
    case missing
    /// An object is not what is recorded of it.
    case damaged
  }

  /// Who is to do something.
  public enum Level: String, Sendable, CaseIterable {
    /// A person.
    case act
    /// The next run puts it right, if it comes in time.
    case wait
    /// Nobody: good to know.
    case note
  }

  /// What it is.
  public var kind: Kind
  /// Who is to do something.
  public var level: Level
  /// The run that it is about.
  public var run: String?
  /// The object that it is about: its key under the feed's folder.
  public var object: String?
  /// Since when, by the store's clock.
  public var since: Instant?
  /// What happened and what to do, for a person.
  public var message: String
}

/// What an audit found out about a feed: how it stands, and what is wrong.
public struct FeedStatus: Sendable {
  /// The feed.
  public var feed: String
  /// When it was looked at, by the store's clock.
  public var time: Instant
  /// How often it is meant to be read, in seconds; nil if nobody said.
  public var period: Double?
  /// When its source was last read, or a dump handed over.
  public var lastRead: Instant?
  /// The newest runs' last answers, the oldest first.
  public var runs: [RunEvent] = []
  /// The newest entry.
  public var head: Head?
  /// The number of the entry that readers see.
  public var published: Int?
  /// The lock: fencing token, state, and the seconds since it was written.
  public var lock: (token: Int, state: String, run: String, stage: String, holder: String?, age: Double)?
  /// Objects in quarantine, their bytes, and the newest run that put something there.
  public var quarantine = (objects: 0, bytes: 0, latest: String?.none)
  /// Objects of the feed and their bytes.
  public var stored = (objects: 0, bytes: 0)
  /// What was verified, if anything.
  public var verified: Verified?
  /// What is wrong, what needs a person first.
  public var findings: [Finding] = []

  /// How many objects were held against what is recorded of them.
  public struct Verified: Hashable, Sendable {
    /// Objects that are what is recorded of them.
    public var objects = 0
    /// Their bytes.
    public var bytes = 0
    /// Objects of which nothing is recorded that could be compared with.
    public var uncovered = 0
  }

  /// Whether a person is needed.
  public var needsPerson: Bool { findings.contains { $0.level == .act } }
}
