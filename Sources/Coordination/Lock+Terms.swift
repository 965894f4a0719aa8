public import Basics

/// What a lock is told and says.
extension Lock {
  /// How long holders are believed and hand-overs waited for.
  public struct Terms: Sendable {
    /// Seconds without renewal after which a holder counts as dead.
    public var lease: Double
    /// Seconds that the next stage has to take a run over before somebody else may go on with it.
    public var grace: Double

    /// One minute each, unless said otherwise.
    public init(lease: Double = 60, grace: Double = 60) {
      self.lease = lease
      self.grace = grace
    }
  }

  /// What a new run finds.
  public enum Beginning {
    /// The lock was taken for the new run.
    case begun(Lease)
    /// An earlier run stopped after its first stage had answered: go on with that one.
    case interrupted(run: String)
    /// The lock was left as it was, because nothing is to be done.
    case left
  }

  /// What a run that could begin is to do.
  public enum Purpose: Sendable {
    /// It does not read the source.
    case work
    /// It reads the source.
    case read(Reading)
    /// It looks again after so many seconds, in which the lock is not held.
    case wait(seconds: Double)
    /// Nothing.
    case leave
  }

  /// What came of a run that nobody holds any more.
  public enum End: Sendable {
    /// It needs a further stage.
    case open
    /// It needs none, or was cut off before its first one had an answer, so that there is nothing to go on with.
    /// `good`: when it said that all is well, if it did.
    case over(good: Instant?)
  }
}
