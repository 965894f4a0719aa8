/// Writes a feed file: YAML with comments.
struct FeedText {
  /// Comments are wrapped so that lines are no longer.
  private static let width = 110

  private(set) var text = ""

  /// Appends a comment above what follows.
  mutating func comment(_ words: String?, depth: Int = 0) {
    guard let words, !words.isEmpty else { return }
    let margin = String(repeating: "  ", count: depth) + "#"
    var line = margin
    for word in words.split(separator: " ") {
      if line != margin, line.count + 1 + word.count > Self.width {
        text += line + "\n"
        line = margin
      }
      line += " " + word
    }
    text += line + "\n"
  }

  /// Appends a field; without a value it is a mapping that follows.
  mutating func field(_ name: String, _ value: String? = nil, depth: Int = 0, isComment: Bool = false) {
    text += String(repeating: "  ", count: depth) + (isComment ? "# " : "") + name + ":"
    text += (value.map { " " + $0 } ?? "") + "\n"
  }

  /// A text as a value.
  static func scalar(_ text: String) -> String {
    let first = text.unicodeScalars.first
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || "_./-".unicodeScalars.contains(scalar))
    }
    // What YAML takes for something else than text is quoted.
    let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
    let begins =
      first.map {
        $0.properties.isAlphabetic || "_/".unicodeScalars.contains($0) || $0 == "." && text.contains("/")
      } ?? false
    if isPlain, begins, !words.contains(text.lowercased()) { return text }
    return quoted(text)
  }

  /// Texts as a value: one alone, or a list.
  static func list(_ texts: [String]) -> String {
    texts.count == 1 ? scalar(texts[0]) : "[" + texts.map(scalar).joined(separator: ", ") + "]"
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\t": out += "\\t"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      default:
        if plain(String(scalar)) == String(scalar) {
          out.unicodeScalars.append(scalar)
        } else {
          let digits = String(scalar.value, radix: 16)
          out += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        }
      }
    }
    return out + "\""
  }
}
