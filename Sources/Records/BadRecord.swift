/// Why a record cannot be taken, for the quarantine.
public struct BadRecord: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of fault; the raw value is what a quarantine file says.
  public enum Reason: String, Sendable, CaseIterable {
    /// CSV: more or fewer fields than the header.
    case fieldCount
    /// Bytes that are no UTF-8.
    case invalidUTF8
    /// No JSON as RFC 8259 has it, or nested too deep.
    case brokenJSON
    /// JSON, but no object.
    case notAnObject
    /// A name occurs twice in one JSON object.
    case duplicateMember
    /// CSV: a quoted field without an end.
    case unterminatedQuote
    /// All key columns are empty.
    case blankKey
    /// Another record of the dump has the same key.
    case duplicateKey
    /// Longer than the longest record that is taken.
    case oversized
  }

  /// The kind of fault.
  public var reason: Reason
  /// What is wrong, and where in the record, for a person.
  public var message: String

  /// A fault with what to tell a person.
  public init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  /// The message alone.
  public var description: String { message }
}
