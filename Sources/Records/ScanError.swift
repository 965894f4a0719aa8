/// Why a dump cannot be cut into records at all.
public struct ScanError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of fault.
  public enum Kind: Sendable {
    /// The dump ends before its JSON document does.
    case truncated
    /// The dump is no JSON document.
    case notJSON
    /// The document has no member where the path leads.
    case noSuchPath
    /// What is at the path is no array.
    case notAnArray
    /// Something follows the JSON document.
    case trailingData
    /// The CSV header is longer than the longest record that is taken.
    case headerTooLong
  }

  /// The kind of fault.
  public var kind: Kind
  /// Where in the dump, in bytes from its beginning.
  public var offset: Int
  /// What is wrong, where, and what to do, for a person.
  public var message: String

  /// The message alone.
  public var description: String { message }
}
