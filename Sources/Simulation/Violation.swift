/// A counterexample: what did not hold, and where.
public struct Violation: Error, Sendable, CustomStringConvertible {
  /// What has to hold after every history.
  public enum Invariant: String, Sendable, CaseIterable {
    case oneChain = "one head chain, each entry naming its parent"
    case durableFirst = "nothing reachable is missing"
    case writtenOnce = "no object but those that may be is written twice, and none is removed that is named"
    case freshBytes = "what is replaced never repeats its bytes"
    case growingToken = "the token only grows"
    case livingHolder = "nobody takes the lock from a living holder"
    case forward = "valid time only moves forward, by the store's clock"
    case newestBase = "an answer builds on a head that was newest while its process lived"
    case pointerForward = "the pointer never goes back, and names only what is there"
    case rightAnswers = "the state at any time is what the slow model says"
    case published = "what is published is what the slow model says"
    case nothingLost = "what the source sent is in history, in quarantine or in a pack"
    case failures = "functions fail only with what may pass"
    case listed = "every run that answered is listed"
    case audited = "an audit that verifies finds nothing"
    case corrected = "a correction says anew what was in force, and all of it"
    case onlyReads = "who only asks writes nothing"
    case told = "what an audit tells was so while it looked, and nothing that it is for is left out"
    case replayed = "a replay comes to what came of the runs then"
    case settles = "a calm run brings everything right"
  }

  /// What did not hold.
  public var invariant: Invariant
  /// Where, for a person.
  public var message: String

  init(_ invariant: Invariant, _ message: String) {
    self.invariant = invariant
    self.message = message
  }

  public var description: String { "\(invariant) (\(invariant.rawValue)): \(message)" }
}

/// What became of a history.
public struct Verdict: Sendable {
  /// What did not hold; nil if everything did.
  public var violation: Violation?
  /// What took place, if that was asked for.
  public var schedule: [String]
  /// How many operations of the store took place before it was calm.
  public var operations: Int
  /// How many entries the timelines have.
  public var entries: Int
  /// What took place, how often: faults, and outcomes of functions.
  public var counts: [String: Int]
  /// The same for the same history.
  public var digest: UInt64
}
