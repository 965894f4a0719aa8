public import Basics

/// Why a source is not read now.
public struct Pause: Hashable, Sendable {
  /// Why not.
  public enum Reason: Hashable, Sendable {
    /// It was read then, perhaps by other settings.
    case interval(last: Instant, isOther: Bool)
    /// It is outside of the allowed hours.
    case hours
    /// So many reads in a row failed.
    case breaker(failures: Int)
    /// The source asked for it.
    case asked
    /// The same login was refused then.
    case login(since: Instant)
    /// So many other logins were refused lately.
    case logins(count: Int)
    /// So many reads in a row ended before it was known whether the source takes the credentials.
    case doubt(times: Int)
  }

  /// What holds for longest.
  public var reason: Reason
  /// Until when, by the store's clock; nil: until a person does something.
  public var until: Instant?
}

/// Who wants to read.
public struct PeaceQuestion: Hashable, Sendable {
  /// The name of the settings.
  public var settings: String
  /// With which login.
  public var login: Peace.Refusal
  /// With which login at a proxy, if it has one.
  public var proxy: Peace.Refusal?
  /// Whether the source is told who asks.
  public var showsCredentials: Bool
  /// Whether a person wants it although earlier reads failed.
  public var insists: Bool

  /// Puts them together.
  public init(
    settings: String, login: Peace.Refusal, proxy: Peace.Refusal? = nil, showsCredentials: Bool, insists: Bool
  ) {
    self.settings = settings
    self.login = login
    self.proxy = proxy
    self.showsCredentials = showsCredentials
    self.insists = insists
  }
}

extension PeaceTerms {
  /// Why the source may not be read at a moment; nil if it may.
  ///
  /// What was read, and what came of it, counts whatever the settings were: it is the source that is left in peace, and no
  /// number of versions of a feed file may read it more often than one.
  public func hold(_ question: PeaceQuestion, _ document: LockDocument?, at now: Instant) -> Pause? {
    let peace = document?.peace ?? Peace()
    if !question.insists, let pause = peace.hold(question, at: now) { return pause }
    var pause: Pause?
    func wait(_ until: Instant, _ reason: Pause.Reason) {
      if until > pause?.until ?? now { pause = Pause(reason: reason, until: until) }
    }
    // What lies in the future was stamped by a clock that was wrong: it must not put off all others.
    let last = document?.lastRead.flatMap { $0 <= now ? $0 : nil }
    let isOther = document?.readSettings != question.settings
    // Whoever mended something since wants to see whether that helps: a person who says so, or other secrets.
    let isMended =
      question.insists && (peace.failures > 0 || peace.doubts ?? 0 > 0 || isOther) || peace.isRefused
    if let last, !isMended {
      // A shorter interval counts once it was read by: else whoever makes it shorter need not wait at all.
      let rest = max(interval, document?.readInterval ?? 0)
      wait(last.advanced(bySeconds: rest), .interval(last: last, isOther: isOther))
    }
    if question.insists { return closed(at: now, pause) }
    if let until = peace.asked, until <= now.advanced(bySeconds: Self.longestAsked) { wait(until, .asked) }
    if let until = peace.until, until <= now.advanced(bySeconds: Self.longestPause) {
      wait(until, .breaker(failures: peace.failures))
    }
    // Who read last may have had more patience.
    if let last, let seconds = self.pause(after: peace.failures) {
      wait(last.advanced(bySeconds: seconds), .breaker(failures: peace.failures))
    }
    if question.showsCredentials, let until = peace.inDoubt(after: last) {
      wait(until, .doubt(times: peace.doubts ?? 0))
    }
    return closed(at: now, pause)
  }

  private func closed(at now: Instant, _ pause: Pause?) -> Pause? {
    let moment = pause?.until ?? now
    guard let hours, let open = hours.next(from: moment, in: zone), open > moment else { return pause }
    return Pause(reason: .hours, until: open)
  }
}

extension Peace {
  /// Whether a login was refused, or so many were that another must not be tried.
  fileprivate func hold(_ question: PeaceQuestion, at now: Instant) -> Pause? {
    for login in [question.login, question.proxy].compactMap(\.self) {
      if let refusal = refusals.first(where: { $0.isSame(as: login) }) {
        return Pause(reason: .login(since: refusal.since), until: nil)
      }
    }
    if accepted?.isSame(as: question.login) == true { return nil }
    let same = refusals.filter { $0.secrets == question.login.secrets }
    if question.showsCredentials, same.count >= Self.triesOfSecrets {
      return Pause(reason: .login(since: same[0].since), until: nil)
    }
    guard refusals.count >= Self.kept, let oldest = refusals.last?.since, oldest <= now else { return nil }
    let until = oldest.advanced(bySeconds: Self.keptFor)
    return until > now ? Pause(reason: .logins(count: refusals.count), until: until) : nil
  }

  /// Until when credentials are not shown again, if read after read ended before it was known whether they are good;
  /// nil if that happened once at most: many places lock an account after three bad passwords.
  public func inDoubt(after last: Instant?) -> Instant? {
    guard let last, let doubts, doubts >= Self.triesOfSecrets else { return nil }
    var seconds = 3600.0
    for _ in Self.triesOfSecrets..<doubts where seconds < 86400 { seconds = min(seconds * 2, 86400) }
    return last.advanced(bySeconds: seconds)
  }
}
