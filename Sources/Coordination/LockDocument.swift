public import Basics

/// A feed's lease and the journal of the run under way, in one object.
///
/// It is replaced, never deleted: the token only grows. Who holds it is a random id of a process. Its age is
/// the store's time less the object's, so no two machines' clocks are ever compared.
public struct LockDocument: Codable, Hashable, Sendable {
  /// How the run stands.
  public enum State: String, Codable, Sendable {
    /// A stage is at work.
    case held
    /// A stage is done, the next one has not begun.
    case waiting
    /// A stage gave up for now (a source or the store could not be reached): whoever comes may go on at once.
    case stopped
    /// No run is under way.
    case released
  }

  /// The layout of this document.
  public var format = 1
  /// Grows with every holder: the fencing token.
  public var token: Int
  /// How the run stands.
  public var state: State
  /// Who is at work: a random id of a process.
  public var holder: String?
  /// The run under way, or the last one.
  public var run: String
  /// The stage that is at work or comes next.
  public var stage: String
  /// When the last stage began, by the store's clock.
  public var since: Instant
  /// For how many seconds without renewal the holder is believed to be alive.
  public var lease: Double
  /// How often the holder renewed; makes the bytes differ each time.
  public var renewals: Int
  /// When the source was last read, by the store's clock.
  public var lastRead: Instant?
  /// By which settings it was read then.
  public var readSettings: String?
  /// For how many seconds they leave it alone then; nil: for none.
  public var readInterval: Double?
  /// The last run that was refused, whose dump need not be stored again.
  public var refused: String?
  /// When the last run that came to a good end said so, by the store's clock.
  public var lastGood: Instant?
  /// Whether a stage that replaces several objects was cut off since, so that some of them may be old and some new.
  public var halfDone: Bool?
  /// What has to hold for whoever reads next; nil if nothing has.
  public var peace: Peace?
  /// Since when stage after stage ended in trouble, or was cut off; nil once a run did well.
  public var troubledSince: Instant?
  /// Why the last stage stopped or gave its run up; nil if it did well.
  public var trouble: Trouble?

  /// A failure that leaves no answer.
  public struct Trouble: Codable, Hashable, Sendable {
    /// The exit code.
    public var code: Int
    /// What a person was told, or its beginning.
    public var message: String

    /// Takes a failure down.
    public init(_ failure: Failure) {
      code = Int(failure.kind.rawValue)
      message = String(failure.message.prefix(300))
    }

    /// Whether whoever called asked for what cannot be done: nothing is wrong with the feed.
    public var isOfCaller: Bool { code == Int(Failure.Kind.usage.rawValue) }

    /// Whether the same may succeed later.
    public var mayPass: Bool {
      [Failure.Kind.unavailable, .tryAgain].contains { Int($0.rawValue) == code }
    }
  }

  enum CodingKeys: String, CodingKey {
    case format, token, state, holder, run, stage, since, lease, renewals
    case lastRead = "last_read"
    case readSettings = "read_settings"
    case readInterval = "read_interval"
    case refused, peace
    case lastGood = "last_good"
    case halfDone = "half_done"
    case troubledSince = "troubled_since"
    case trouble
  }

  /// The document of a first holder.
  public init(token: Int, holder: String, run: String, stage: String, since: Instant, lease: Double) {
    self.token = token
    state = .held
    self.holder = holder
    self.run = run
    self.stage = stage
    self.since = since
    self.lease = lease
    renewals = 0
  }

  /// A run came to a good end then, unless nil.
  mutating func noteGood(_ time: Instant?) {
    if let time, time > lastGood ?? Instant(microseconds: .min) { lastGood = time }
  }
}
