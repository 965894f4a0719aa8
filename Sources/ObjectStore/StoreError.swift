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

extension StoreError {
  package static func absent(_ key: ObjectKey) -> StoreError {
    StoreError(.notFound, key: key.description, "there is no such object")
  }

  package static func outside(_ range: Range<Int>, size: Int, key: ObjectKey) -> StoreError {
    StoreError(
      .invalid, key: key.description,
      "bytes \(range.lowerBound)..<\(range.upperBound) were asked for, but it has \(size)")
  }

  /// The condition of a write or delete does not hold.
  package static func refused(_ key: ObjectKey, wanted: WriteCondition, found version: String?) -> StoreError
  {
    let message =
      switch (wanted, version) {
      case (.version(let wanted), let version?): "it is of version \(version) by now, not \(wanted)"
      case (.version(let wanted), nil): "it is gone; it was to be of version \(wanted)"
      case (_, let version?): "it exists already, of version \(version)"
      case (_, nil): "the condition does not hold"
      }
    return StoreError(.preconditionFailed, key: key.description, message)
  }

  /// A key that is a folder of another, or the reverse.
  static func collides(_ key: ObjectKey, with other: String) -> StoreError {
    StoreError(
      .invalid, key: key.description,
      "no key may be a folder of another, and there is \(other): choose another key, or delete that")
  }

  package static func committedAlready(_ key: ObjectKey) -> StoreError {
    StoreError(.invalid, key: key.description, "this writer was committed already: create another")
  }
}

extension WriteCondition {
  /// Whether a write may take place over an object of this version (nil: none).
  func holds(for version: String?) -> Bool {
    switch self {
    case .none: true
    case .absent: version == nil
    case .version(let wanted): version == wanted
    }
  }
}
