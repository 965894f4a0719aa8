/// What stands in a settings file, with lines.
struct Node {
  /// The line that it begins in, from 1.
  var line: Int
  var value: Value

  enum Value {
    /// `plain`: written without quotes.
    case scalar(String, plain: Bool)
    case list([Node])
    case map([Entry])
  }

  struct Entry {
    var name: String
    var line: Int
    var value: Node
  }

  /// What kind of thing it is, for messages.
  var kind: String {
    switch value {
    case .scalar: "a single value"
    case .list: "a list"
    case .map: "a mapping"
    }
  }

  /// Nothing, or the words that YAML and JSON have for it.
  var isNull: Bool {
    guard case .scalar(let text, plain: true) = value else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }
}

/// `text` in quotes for a message: one line, not too long.
func quoted(_ text: String) -> String {
  var shown = ""
  for scalar in text.unicodeScalars.prefix(60) {
    let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    shown += isControl ? scalar.escaped(asASCII: true) : String(scalar)
  }
  return "\"\(shown)\(text.unicodeScalars.count > 60 ? "…" : "")\""
}
