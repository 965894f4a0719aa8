package import Basics

/// A look at a query that goes to a database which cannot be told to refuse writing, or may not keep to it.
///
/// A transaction that is rolled back undoes what a query wrote, unless the query ends it. So it has to be one statement, and
/// one that reads; what a function does that it calls is left to the transaction, and to what the user may do.
package enum ReadOnlyQuery {
  private static let beginnings = ["SELECT", "WITH", "VALUES", "TABLE"]
  private static let writing = ["INSERT", "UPDATE", "DELETE", "MERGE"]

  /// - Throws: ``Failure/Kind/settings`` if it may do something else than read.
  package static func check(_ query: String) throws(Failure) {
    var rest = query.utf8[...]
    var hasBegun = false
    var isOver = false
    while let byte = rest.first {
      switch byte {
      case UInt8(ascii: " "), 0x09...0x0D: rest.removeFirst()
      case UInt8(ascii: "-") where rest.dropFirst().first == byte: rest = rest.drop { $0 != 0x0A }
      case UInt8(ascii: "/") where rest.dropFirst().first == UInt8(ascii: "*"):
        rest = try behind("*/", rest.dropFirst(2), "a comment")
      case UInt8(ascii: ";"):
        isOver = true
        rest.removeFirst()
      default:
        guard !isOver || !hasBegun else {
          throw refusal("has something behind a semicolon: a source is asked one query, and nothing after it")
        }
        if !hasBegun { try checkBeginning(rest) }
        hasBegun = true
        let word = word(rest)
        if writing.contains(word) {
          throw refusal("says \(word): a source is only read (a name that is called so stands in quotes)")
        }
        rest = word.isEmpty ? try behindToken(rest) : rest.dropFirst(word.utf8.count)
      }
    }
    if !hasBegun { throw refusal("says nothing") }
  }

  private static func checkBeginning(_ text: Substring.UTF8View) throws(Failure) {
    let inside = text.drop { $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: " ") }
    let word = word(inside)
    if beginnings.contains(word) { return }
    throw refusal(
      "begins with \(word.isEmpty ? String(decoding: text.prefix(1), as: UTF8.self) : word): through ODBC it has to be a SELECT "
        + "(or WITH, VALUES, TABLE), so that nothing is written; what a procedure gives can be had from a view"
    )
  }

  /// The word that a text begins with, in capitals as far as that keeps its length; empty if it begins with none.
  private static func word(_ text: Substring.UTF8View) -> String {
    let end = text.firstIndex { !isOfAWord($0) } ?? text.endIndex
    let bytes = text[..<end].map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isOfAWord(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
      || byte >= 128
  }

  /// What comes behind a text, a quoted name, or a single character.
  private static func behindToken(_ text: Substring.UTF8View) throws(Failure) -> Substring.UTF8View {
    switch text.first {
    case UInt8(ascii: "'"): try behind("'", text.dropFirst(), "a text")
    case UInt8(ascii: "\""): try behind("\"", text.dropFirst(), "a name")
    case UInt8(ascii: "`"): try behind("`", text.dropFirst(), "a name")
    case UInt8(ascii: "["): try behind("]", text.dropFirst(), "a name")
    default: text.dropFirst()
    }
  }

  private static func behind(
    _ end: String, _ text: Substring.UTF8View, _ what: String
  ) throws(Failure) -> Substring.UTF8View {
    var rest = text
    while !rest.starts(with: end.utf8) {
      guard !rest.isEmpty else { throw refusal("has \(what) that is not closed") }
      rest.removeFirst()
    }
    return rest.dropFirst(end.utf8.count)
  }

  private static func refusal(_ text: String) -> Failure { Failure(.settings, "source.query \(text)") }
}
