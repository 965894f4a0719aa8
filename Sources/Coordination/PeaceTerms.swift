public import Basics

/// The rules of a source's peace: what a feed's settings say of it. All of it follows from the lock's document and a moment;
/// nothing here looks at a clock.
public struct PeaceTerms: Hashable, Sendable {
  /// As long as a source's wish to be left alone is heeded, in seconds: a day. What is longer may be a mistake.
  public static let longestAsked = 86400.0

  /// Seconds between the beginnings of two reads.
  public var interval: Double
  /// So many failed reads in a row open the breaker; 0: it never opens.
  public var failures: Int
  /// The first pause then, in seconds; each further failure doubles it…
  public var pause: Double
  /// …up to this.
  public var longest: Double
  /// When reads may begin; nil: always.
  public var hours: WeeklyHours?
  /// The zone of these hours.
  public var zone: ZoneRules

  /// Puts them together.
  public init(
    interval: Double, failures: Int, pause: Double, longest: Double, hours: WeeklyHours?, zone: ZoneRules
  ) {
    self.interval = interval
    self.failures = failures
    self.pause = pause
    self.longest = longest
    self.hours = hours
    self.zone = zone
  }

  /// The breaker's pause after so many failures in a row; nil while it is closed.
  func pause(after failures: Int) -> Double? {
    guard self.failures > 0, failures >= self.failures else { return nil }
    var seconds = min(pause, longest)
    // Counted up to where the longest pause is reached.
    for _ in self.failures..<failures where seconds < longest { seconds = min(seconds * 2, longest) }
    return seconds
  }

  /// Whether pauses no longer grow.
  public func isLongest(after failures: Int) -> Bool { pause(after: failures).map { $0 >= longest } ?? false }
}

/// Why a source is not read now.
public struct Pause: Hashable, Sendable {
  /// Why not.
  public enum Reason: Hashable, Sendable {
    /// It was read then.
    case interval(last: Instant)
    /// It is outside of the allowed hours.
    case hours
    /// So many reads in a row failed.
    case breaker(failures: Int)
    /// The source asked for it.
    case asked
    /// The same login was refused then.
    case login(since: Instant)
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
  /// Whether a person wants it although earlier reads failed.
  public var insists: Bool

  /// Puts them together.
  public init(settings: String, login: Peace.Refusal, insists: Bool) {
    self.settings = settings
    self.login = login
    self.insists = insists
  }
}

extension PeaceTerms {
  /// Why the source may not be read at a moment; nil if it may.
  public func hold(_ question: PeaceQuestion, _ document: LockDocument?, at now: Instant) -> Pause? {
    let peace = document?.peace ?? Peace()
    let refusal = peace.refusals.first { $0.isSame(as: question.login) }
    if let refusal, !question.insists { return Pause(reason: .login(since: refusal.since), until: nil) }
    var pause: Pause?
    func wait(_ until: Instant, _ reason: Pause.Reason) {
      if until > pause?.until ?? now { pause = Pause(reason: reason, until: until) }
    }
    // Whoever mended something since wants to see whether that helps: a person who says so, or other secrets.
    let isMended = peace.failures > 0 && question.insists || peace.isRefused && refusal == nil
    // What lies in the future was stamped by a clock that was wrong: it must not put off all others.
    if let document, !isMended, let last = peace.lastRead(by: question.settings, document), last <= now {
      wait(last.advanced(bySeconds: interval), .interval(last: last))
    }
    let limit = now.advanced(bySeconds: max(longest, Self.longestAsked))
    if let until = peace.asked, !question.insists, until <= limit { wait(until, .asked) }
    if let until = peace.until, !question.insists, until <= limit,
      !peace.isNew(question.settings, after: document?.readSettings)
    {
      wait(until, .breaker(failures: peace.failures))
    }
    let moment = pause?.until ?? now
    if let hours, let open = hours.next(from: moment, in: zone), open > moment { wait(open, .hours) }
    return pause
  }
}
