import Basics
import FeedFile
import Records

/// What a dump's beginning says of it.
extension Guards {
  /// So many columns are named in a message, and each by so many letters: a dump of something else has thousands, and
  /// longer ones.
  private static let named = (columns: 20, letters: 40)

  /// What is wrong with a dump as a whole; nil if nothing is.
  func refusal(header: [String], broken: String?) -> Failure? {
    if let broken { return Failure(.badData, "the dump cannot be read: \(broken)") }
    guard case .csv(delimiter: _) = feed.source.format else { return nil }
    guard let first = header.first else {
      return Failure(.badData, "the dump is empty: it has not even a header; look at the source")
    }
    if let refusal = refusal(markup: header, first) { return refusal }
    if header.count == 1, first.allSatisfy(\.isWhitespace) {
      return Failure(
        .badData,
        "the dump begins with a blank line where its header should be; look at what the source sends")
    }
    let missing = feed.key.filter { !header.contains($0) }
    if feed.key.isEmpty || !missing.isEmpty, Self.looksLikeJSON(first) {
      return Failure(
        .badData,
        "the dump looks like JSON, not like CSV (it begins with \(Self.withoutValue(first))); set source.format to json (and "
          + "source.unwrap if its records are deeper in), or to jsonl if each line is one, or look at what the source sends"
      )
    }
    if missing.isEmpty { return nil }
    if header.count == 1, let other = first.first(where: { ";\t|,".contains($0) }) {
      return Failure(
        .badData,
        "the header is one column, \"\(first.prefix(60))\": is `delimiter` \(other == "\t" ? "tab" : "\"\(other)\"")?"
      )
    }
    return Failure(
      .badData,
      "the key \(missing.count == 1 ? "column" : "columns") \(missing.map { "\"\($0)\"" }.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing from the header; "
        + "the dump has: \(Self.shown(header)). Mend the source, or `key` in the feed file")
  }

  /// What is wrong with a dump that begins with a tag; nil if it does not.
  private func refusal(markup header: [String], _ first: String) -> Failure? {
    let text = first.drop(while: \.isWhitespace)
    guard text.first == "<" else { return nil }
    let isXML = Self.looksLikeXML(header.joined(separator: " ").lowercased()[...])
    return Failure(
      .badData,
      "the dump looks like \(isXML ? "XML" : "HTML or XML"), not like CSV (it begins with \"\(text.prefix(40))\"); "
        + (isXML ? "set source.format to xml and source.record to its records' element, or " : "")
        + "look at what the source sends")
  }

  /// Whether a text that begins with a tag says so itself, or by an element that no page has.
  private static func looksLikeXML(_ given: Substring) -> Bool {
    let text = given.drop(while: \.isWhitespace)
    if text.contains("<html") || text.contains("<!doctype html") { return false }
    if text.hasPrefix("<?xml") { return true }
    let name = text.dropFirst().prefix { $0.isLetter || $0.isNumber || "_:-.".contains($0) }
    let pages: Set<Substring> = [
      "head", "body", "title", "meta", "link", "script", "style", "div", "span", "p", "a", "b", "br", "hr",
      "h1", "h2", "h3", "center", "font", "pre", "table", "form", "frameset", "iframe", "img", "ul",
      "noscript",
      "main", "section", "strong", "em", "h4", "h5", "nav", "header", "footer", "tr", "td", "ol", "article",
    ]
    return name.first?.isLetter == true && !pages.contains(name)
  }

  /// Whether a column's name begins as a JSON document does, and not like a name in brackets.
  private static func looksLikeJSON(_ first: String) -> Bool {
    let text = first.drop(while: \.isWhitespace)
    let next = text.dropFirst().first { !$0.isWhitespace }
    switch text.first {
    case "{": return next.map { "\"}".contains($0) } ?? true
    case "[": return next.map { "{[\"]".contains($0) } ?? true
    default: return false
    }
  }

  /// How JSON begins, up to its first member's name: values are nobody's business who reads messages.
  private static func withoutValue(_ first: String) -> Substring {
    let text = first.drop(while: \.isWhitespace)
    guard let colon = text.prefix(named.letters).firstIndex(of: ":") else { return text.prefix(1) }
    return text[..<colon]
  }

  private static func shown(_ header: [String]) -> String {
    let names = header.prefix(named.columns).map { name in
      name.count > named.letters ? "\(name.prefix(named.letters))…" : name
    }
    let more = header.count - names.count
    return names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
