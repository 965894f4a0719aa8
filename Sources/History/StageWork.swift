/// What a stage took to give an answer, and which event it answers to: with the answers of the other stages, the log of a
/// run.
public struct StageWork: Codable, Hashable, Sendable {
  /// How long it took up to its answer, in seconds.
  public var seconds = 0.0
  /// How many requests the store was sent up to then, by kind (`get`, `put` …); nil for a store that needs none.
  public var requests: [String: Int]?
  /// The version of this program.
  public var software: String
  /// The event that it was called with; nil if it was called without.
  public var acknowledges: EventRef?
  /// How many bytes came from the source, as they were sent.
  public var received: Int?
  /// What came from the source, where the dump is something that was made of it; nil: it is the dump, or came in pieces.
  public var original: Original?
  /// What was published.
  public var publication: Publication?

  /// The beginning of a stage's work.
  public init(acknowledges event: EventRef?, software: String) {
    acknowledges = event
    self.software = software
  }

  /// What the dump was made of.
  public struct Original: Codable, Hashable, Sendable {
    /// The SHA-256 of the bytes that came, in hexadecimal digits.
    public var sha256: String
    /// The beginning of the text before the dump that was left out.
    public var before: String?
    /// The beginning of the text behind the dump that was left out.
    public var after: String?

    /// Puts the three together.
    public init(sha256: String, before: String?, after: String?) {
      self.sha256 = sha256
      self.before = before
      self.after = after
    }
  }

  /// What a publication wrote and what it left as it was.
  public struct Publication: Codable, Hashable, Sendable {
    /// Rows of the current set.
    public var rows: Int
    /// Parts of the current set that were made.
    public var made: Int
    /// Parts that stood already.
    public var kept: Int
    /// Segments of versions that are over.
    public var closed: Int

    /// Puts the four together.
    public init(rows: Int, made: Int, kept: Int, closed: Int) {
      self.rows = rows
      self.made = made
      self.kept = kept
      self.closed = closed
    }
  }
}

/// An event, as its answer names it.
public struct EventRef: Codable, Hashable, Sendable {
  /// The event's id; of a stage's event its answer is `runs/<id>.json`.
  public var id: String
  /// Its source, if that is not a stage of the feed.
  public var source: String?
  /// SHA-256 of the answer in the store, in hexadecimal, if it is one of a stage.
  public var sha256: String?

  /// An event from elsewhere.
  public init(id: String, source: String?) {
    self.id = id
    self.source = source
  }

  /// The event of a stage.
  public init(_ event: RunEvent) {
    id = event.id
    sha256 = event.sha256
  }
}
