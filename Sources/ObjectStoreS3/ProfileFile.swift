/// A file of settings in AWS's form: sections of `name = value`, values indented under a name belong to it.
package struct ProfileFile: Sendable {
  /// By section (as it stands in the brackets, spaces squeezed) and name in lowercase; what is indented under `s3`
  /// is `s3.name`.
  package private(set) var sections: [String: [String: String]] = [:]

  package init(_ bytes: [UInt8]) {
    var section: String?
    var parent: String?
    for raw in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let line = Self.trimmed(raw)
      if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
      if line.hasPrefix("[") {
        parent = nil
        section = line.firstIndex(of: "]").map { end in
          line[line.index(after: line.startIndex)..<end].split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
        }
        if let section { sections[section] = sections[section] ?? [:] }
        continue
      }
      guard let section, let equals = line.firstIndex(of: "=") else { continue }
      let name = Self.trimmed(line[..<equals]).lowercased()
      let value = Self.withoutComment(Self.trimmed(line[line.index(after: equals)...]))
      if raw.first?.isWhitespace == true, let parent {
        sections[section]?["\(parent).\(name)"] = value
      } else {
        sections[section]?[name] = value
        parent = name
      }
    }
  }

  /// A comment begins after white space: a secret may have a number sign in it.
  private static func withoutComment(_ value: String) -> String {
    for mark in [" #", " ;", "\t#", "\t;"] {
      if let range = value.firstRange(of: mark) { return trimmed(value[..<range.lowerBound]) }
    }
    return value
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    var text = Substring(text)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
