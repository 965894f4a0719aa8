/// Why a store did not do what it was asked.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  /// What the caller should do about it.
  public enum Kind: String, Sendable {
    /// There is no such object: the caller decides what that means.
    case notFound
    /// The condition of a write or delete does not hold; nothing was changed: read again, decide again.
    case preconditionFailed
    /// The key or the range is not valid: a defect of the caller.
    case invalid
    /// Access is denied: mend the settings, trying again does not help.
    case denied
    /// The store cannot be reached, is full or broke off; a write did not take place: try again later.
    case unavailable
    /// A write was sent and the answer lost: it may or may not have taken place. Read back and compare.
    case ambiguous
  }

  /// The kind that a caller acts on.
  public var kind: Kind
  /// Which object.
  public var key: String
  /// What happened and what to do, for a person.
  public var message: String

  /// Puts the three together.
  public init(_ kind: Kind, key: String, _ message: String) {
    self.kind = kind
    self.key = key
    self.message = message
  }

  public var description: String { "\(key): \(message)" }
}
