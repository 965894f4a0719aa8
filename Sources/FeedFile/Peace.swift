public import Basics

extension Source {
  /// When a source is left alone, beside ``Feed/minInterval``.
  public struct Peace: Hashable, Sendable {
    /// When reads may begin, in the zone of ``Web/timeZone``; nil: always.
    public var hours: WeeklyHours?
    /// Up to how long after its start a run waits before it reads, in whole seconds.
    public var jitter = Duration.zero
    /// What is done while reads fail.
    public var breaker = Breaker()

    /// At any time, and as usual after failures.
    public init() {}
  }

  /// What is done while reads fail.
  public struct Breaker: Hashable, Sendable {
    /// So many failures in a row open it; 0: it stays closed.
    public var failures = 3
    /// The first pause, in whole seconds; each further failure doubles it.
    public var pause = Duration.seconds(300)
    /// The longest pause, in whole seconds.
    public var longest = Duration.seconds(3600)

    /// As usual.
    public init() {}
  }

  /// The longest that ``Breaker/longest`` may be.
  public static let longestPause = Duration.seconds(30 * 86400)
  /// The longest ``Peace/jitter``: whoever started the function waits for it.
  public static let longestJitter = Duration.seconds(600)
}

/// When the source is left alone.
func peace(_ section: Section) throws(Failure) -> Source.Peace {
  var peace = Source.Peace()
  if let texts = try section.list("hours") {
    do { peace.hours = try WeeklyHours(texts) } catch { throw section.failure("hours", error.message) }
  }
  peace.jitter = try required(section.duration("jitter"))
  guard peace.jitter <= Source.longestJitter else {
    throw section.failure(
      "jitter", "is at most \(Source.longestJitter.feedFileText): whoever started the function waits for it")
  }
  let breaker = try section.section("breaker")
  peace.breaker.failures = try required(breaker.number("failures"))
  peace.breaker.pause = try required(breaker.duration("pause", positive: true))
  peace.breaker.longest = try required(breaker.duration("longest", positive: true))
  guard peace.breaker.pause <= peace.breaker.longest else {
    throw breaker.failure("longest", "is less than pause, which is the first one")
  }
  guard peace.breaker.longest <= Source.longestPause else {
    throw breaker.failure("longest", "is at most \(Source.longestPause.feedFileText)")
  }
  return peace
}

extension Source.Peace {
  /// What is not as usual.
  var canonical: [String: JSONValue] {
    let standard = Source.Peace()
    var fields: [String: JSONValue] = [:]
    if let hours { fields["hours"] = .list(hours.texts.map(JSONValue.text)) }
    if jitter != standard.jitter { fields["jitter"] = .text(jitter.feedFileText) }
    if breaker != standard.breaker {
      fields["breaker"] = .object([
        "failures": .number(breaker.failures), "pause": .text(breaker.pause.feedFileText),
        "longest": .text(breaker.longest.feedFileText),
      ])
    }
    return fields
  }
}
