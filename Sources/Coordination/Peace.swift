public import Basics

/// What the lock says of a source's peace, beside when it was read last: what has to hold for whoever reads next, on
/// whatever machine.
public struct Peace: Codable, Hashable, Sendable {
  /// A login that was refused. The same one is not tried again.
  public struct Refusal: Codable, Hashable, Sendable {
    /// How it was asked: a digest of settings, or `proxy`.
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

  /// How many refused logins are remembered. Once there are so many, none that is unknown is tried before the oldest of
  /// them is ``keptFor`` seconds old: otherwise enough wrong passwords by turns would push each other out.
  static let kept = 8
  static let keptFor = 30 * 86400.0
  /// With how many settings the same secrets are tried by themselves. Whoever mends a user's name tries the second time.
  static let triesOfSecrets = 2

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
  /// The login with which the source was last read well: what holds off unknown ones does not hold it off.
  public var accepted: Refusal?
  /// Keys the digests of secrets; made when the source is first told any, and then the feed's for ever.
  public var salt: String?
  /// How many reads in a row began with credentials of which it is not known whether the source took them, the one under
  /// way included: whoever read was killed, or could not say it any more. Nil: none.
  public internal(set) var doubts: Int?

  enum CodingKeys: String, CodingKey {
    case reading, failures
    case failingSince = "failing_since"
    case until, asked
    case isRefused = "is_refused"
    case refusals, accepted, salt, doubts
  }

  /// Nothing has happened yet.
  public init() {}
}

extension Peace {
  /// Takes a failed login down once.
  mutating func note(_ refusal: Refusal) {
    refusals.removeAll { $0.isSame(as: refusal) }
    refusals = [refusal] + refusals.prefix(Self.kept - 1)
  }

  /// A read begins.
  /// - Parameter showing: whether the source is told who asks.
  public mutating func begin(at now: Instant, showing credentials: Bool, _ terms: PeaceTerms) {
    asked = nil
    if credentials { doubts = (doubts ?? 0) + 1 }
    // After a pause there is a single try: one that is killed meanwhile has the same pause after it.
    until = terms.pause(after: failures).map { now.advanced(bySeconds: $0) }
  }

  /// The source has begun to answer as it should, so it took the credentials.
  public mutating func accept() { doubts = nil }

  /// The read that has begun ended before anything was asked.
  public mutating func takeBack() { doubts = doubts.flatMap { $0 > 1 ? $0 - 1 : nil } }

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
  /// - Parameters:
  ///   - login: with which it asked.
  ///   - proxy: with which login it asked a proxy.
  public mutating func end(
    _ end: End, at now: Instant, _ login: Refusal, proxy: Refusal? = nil, _ terms: PeaceTerms
  ) {
    reading = nil
    switch end {
    case .unknown: break
    case .well:
      succeed()
      accepted = login
      refusals.removeAll { $0.isSame(as: login) || proxy.map($0.isSame) ?? false }
    case .failed(let why):
      failures += 1
      failingSince = failingSince ?? now
      isRefused = why?.isRefusal ?? false
      asked = nil
      if why != .loginInDoubt { doubts = nil }
      if why == .refusedLogin, accepted?.isSame(as: login) == true { accepted = nil }
      until = terms.pause(after: failures).map { now.advanced(bySeconds: $0) }
      switch why {
      case .leaveAlone(let seconds):
        asked = now.advanced(bySeconds: min(max(0, seconds), PeaceTerms.longestAsked))
      case .refusedLogin:
        note(Refusal(asking: login.asking, secrets: login.secrets, since: now))
      case .refusedProxy:
        if let proxy { note(Refusal(asking: proxy.asking, secrets: proxy.secrets, since: now)) }
      case .loginInDoubt, nil: break
      }
    }
  }

  /// No read fails any more.
  public mutating func succeed() {
    (reading, doubts) = (nil, nil)
    (failures, failingSince, until, asked, isRefused) = (0, nil, nil, nil, false)
  }
}
