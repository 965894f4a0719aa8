/// The name of an object: parts joined by `/`, in UTF-8.
///
/// Valid on every backend, a directory included: 1 to 900 bytes, parts of 1 to 200 bytes, no part `.` or `..`
/// or beginning with `.strandline`, no backslash, no control characters. No key may be a folder of another
/// (`a` and `a/b`): a directory cannot hold both, and refuses the second.
public struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The key as a string.
  public let description: String

  /// Takes a string as a key.
  /// - Throws: ``StoreError/Kind/invalid``, naming what is wrong with it.
  public init(_ text: String) throws(StoreError) {
    if let problem = Self.problem(text) {
      throw StoreError(.invalid, key: text, "not a valid key: \(problem)")
    }
    description = text
  }

  /// This key with another part after it.
  public func appending(_ part: String) throws(StoreError) -> ObjectKey {
    try ObjectKey(description + "/" + part)
  }

  // Bytes, not Swift's canonical equivalence: composed and decomposed letters are two keys on every backend.
  public static func == (a: ObjectKey, b: ObjectKey) -> Bool {
    a.description.utf8.elementsEqual(b.description.utf8)
  }

  public func hash(into hasher: inout Hasher) {
    for byte in description.utf8 { hasher.combine(byte) }
  }

  public static func < (a: ObjectKey, b: ObjectKey) -> Bool {
    a.description.utf8.lexicographicallyPrecedes(b.description.utf8)
  }

  private static func problem(_ text: String) -> String? {
    if text.isEmpty { return "it is empty" }
    if text.utf8.count > 900 { return "it is longer than 900 bytes" }
    for byte in text.utf8 where byte < 0x20 || byte == 0x7F || byte == 0x5C {
      return byte == 0x5C ? "it has a backslash" : "it has a control character"
    }
    // Split as bytes: a slash with a combining mark after it is one Character, yet a folder to a directory.
    for part in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      if part.isEmpty { return "it has an empty part (a slash at an end, or two in a row)" }
      if part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) {
        return "it has a part \"\(Substring(part))\""
      }
      if part.starts(with: ".strandline".utf8) {
        return "parts beginning with .strandline are the store's own"
      }
      if part.count > 200 { return "a part is longer than 200 bytes" }
    }
    return nil
  }
}
