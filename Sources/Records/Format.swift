/// How the bytes of a dump are laid out as records.
public enum Format: Hashable, Sendable {
  /// RFC 4180 with a header line and a delimiter of one byte.
  case csv(delimiter: UInt8)
  /// One JSON object a line.
  case jsonLines
  /// An array of objects in one JSON text; `unwrap` is its path, empty for an array at the top.
  case json(unwrap: [String])
}
