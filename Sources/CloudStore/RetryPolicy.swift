/// How often a request is tried and how long is waited in between.
///
/// Waits grow and have full jitter (anything from nothing to the bound), so that many who failed together do not
/// come back together. They are counted for each kind of trouble by itself.
public struct RetryPolicy: Sendable {
  /// The waits of one kind of trouble, in seconds.
  public struct Waits: Sendable {
    /// How often a request may end in this trouble before it is given up.
    public var tries: Int
    /// What is waited at least.
    public var least: Double
    /// What the first jitter is bound by; doubled each time.
    public var first: Double
    /// What the jitter is never more than.
    public var most: Double

    /// Puts the four together.
    public init(tries: Int, least: Double, first: Double, most: Double) {
      self.tries = tries
      self.least = least
      self.first = first
      self.most = most
    }

    /// What to wait after the trouble number `count` (from 1); `random` is from 0 to below 1.
    func wait(_ count: Int, random: Double) -> Double {
      least + random * min(most, first * Double(1 << min(count - 1, 30)))
    }
  }

  /// After 5xx, and where nobody answered.
  public var failures = Waits(tries: 8, least: 0, first: 0.25, most: 20)
  /// After 429 or SlowDown. One object of Google's takes about one write a second, so less makes no sense.
  public var throttles = Waits(tries: 10, least: 1, first: 1, most: 30)
  /// After a conflict with another write under way, which is over soon.
  public var conflicts = Waits(tries: 30, least: 0, first: 0.05, most: 1)
  /// If a service wants to be left alone for longer than so many seconds, it is.
  public var longestRetryAfter: Double = 120

  /// The defaults.
  public init() {}
}
