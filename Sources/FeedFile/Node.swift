package import Basics

/// What stands in a settings file, with lines.
package struct Node {
  /// The line that it begins in, from 1.
  package var line: Int
  package var value: Value

  package enum Value {
    /// `plain`: written without quotes.
    case scalar(String, plain: Bool)
    case list([Node])
    case map([Entry])
  }

  package struct Entry {
    package var name: String
    package var line: Int
    package var value: Node
  }

  /// The tree that a YAML or JSON text holds, with the limits of feed files; `name` is what messages call it.
  package init(reading bytes: [UInt8], name: String) throws(Failure) {
    self = try TreeReader.read(bytes, file: name)
  }

  init(line: Int, value: Value) {
    self.line = line
    self.value = value
  }

  /// The value of a name in a mapping.
  package subscript(name: String) -> Node? {
    guard case .map(let entries) = value else { return nil }
    return entries.first { $0.name == name }?.value
  }

  /// A single value as text.
  package var text: String? {
    guard case .scalar(let text, _) = value, !isNull else { return nil }
    return text
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
