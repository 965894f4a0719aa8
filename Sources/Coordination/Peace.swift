public import Basics

/// What the lock says of a source's peace, beside when it was read last: what has to hold for whoever reads next, on
/// whatever machine.
public struct Peace: Codable, Hashable, Sendable {
  /// A login that was refused. The same one is not tried again.
  public struct Refusal: Codable, Hashable, Sendable {
    /// How it was asked: a digest of settings.
    public var asking: String
    /// Few bits of a digest of the secrets; see ``Peace/salt``.
    public var secrets: String
    /// When it was refused, by the store's clock.
    public var since: Instant

    /// Puts them together.
    public init(asking: String, secrets: String, since: Instant) {
      self.asking = asking
      self.secrets = secrets
      self.since = since
    }

    func isSame(as other: Refusal) -> Bool { asking == other.asking && secrets == other.secrets }
  }

  /// A read by other settings than those of the last one.
  struct Read: Codable, Hashable, Sendable {
    var settings: String
    var time: Instant
  }

  /// How many refusals and reads are remembered.
  static let kept = (refusals: 8, reads: 3)

  /// The run that reads, until it is known what came of it.
  public var reading: String?
  /// How many reads failed in a row.
  public var failures = 0
  /// Since when, by the store's clock.
  public var failingSince: Instant?
  /// Until when nobody reads, by the store's clock: the breaker is open.
  public var until: Instant?
  /// Until when the source asked to be left alone, by the store's clock.
  public var asked: Instant?
  /// Whether the last read failed because it refused who asked.
  public var isRefused = false
  /// The newest first.
  public var refusals: [Refusal] = []
  /// Keys the digests of secrets; made at the first refusal, and then the feed's for ever.
  public var salt: String?
  /// The newest first.
  var others: [Read] = []

  enum CodingKeys: String, CodingKey {
    case reading, failures
    case failingSince = "failing_since"
    case until, asked
    case isRefused = "is_refused"
    case refusals, salt, others
  }

  /// Nothing has happened yet.
  public init() {}

  /// Whether these are the settings of neither the last read nor one of those before: somebody has just changed them.
  func isNew(_ settings: String, after last: String?) -> Bool {
    settings != last && !others.contains { $0.settings == settings }
  }

  /// When these settings were read by last.
  func lastRead(by settings: String, _ document: LockDocument) -> Instant? {
    document.readSettings == settings
      ? document.lastRead : others.first { $0.settings == settings }?.time
  }
}

extension Peace {
  /// Takes a failed login down once.
  mutating func note(_ refusal: Refusal) {
    refusals.removeAll { $0.isSame(as: refusal) }
    refusals = [refusal] + refusals.prefix(Self.kept.refusals - 1)
  }

  /// A read begins.
  /// - Parameter document: what the lock said before.
  public mutating func begin(
    by settings: String, at now: Instant, _ document: LockDocument?, _ terms: PeaceTerms
  ) {
    if let last = document?.lastRead, let before = document?.readSettings, before != settings {
      others.removeAll { $0.settings == before }
      others = [Read(settings: before, time: last)] + others
    }
    others.removeAll { $0.settings == settings }
    others = Array(others.prefix(Self.kept.reads))
    asked = nil
    // After a pause there is a single try: one that is killed meanwhile has the same pause after it.
    until = terms.pause(after: failures).map { now.advanced(bySeconds: $0) }
  }

  /// What came of a read.
  public enum End: Hashable, Sendable {
    /// The source answered as it should.
    case well
    /// It did not.
    case failed(Failure.Cause?)
    /// Whoever read was told to end, or failed by itself.
    case unknown
  }

  /// A read has ended.
  /// - Parameter login: with which it asked.
  public mutating func end(_ end: End, at now: Instant, _ login: Refusal, _ terms: PeaceTerms) {
    reading = nil
    switch end {
    case .unknown: break
    case .well:
      succeed()
      refusals.removeAll { $0.isSame(as: login) }
    case .failed(let why):
      failures += 1
      failingSince = failingSince ?? now
      isRefused = why == .refusedLogin
      asked = nil
      until = terms.pause(after: failures).map { now.advanced(bySeconds: $0) }
      switch why {
      case .leaveAlone(let seconds):
        asked = now.advanced(bySeconds: min(max(0, seconds), PeaceTerms.longestAsked))
      case .refusedLogin:
        note(Refusal(asking: login.asking, secrets: login.secrets, since: now))
      case nil: break
      }
    }
  }

  /// No read fails any more.
  public mutating func succeed() {
    reading = nil
    (failures, failingSince, until, asked, isRefused) = (0, nil, nil, nil, false)
  }
}
