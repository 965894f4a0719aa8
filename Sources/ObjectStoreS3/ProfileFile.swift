/// A file of settings in AWS's form: sections of `name = value`, values indented under a name belong to it.
package struct ProfileFile: Sendable {
  /// By section (as it stands in the brackets, spaces squeezed) and name in lowercase; what is indented under `s3`
  /// is `s3.name`.
  package private(set) var sections: [String: [String: String]] = [:]

  // Scalar by scalar: of a mark that is combined with a blank or a bracket both are what they are.
  private typealias Text = String.UnicodeScalarView

  package init(_ bytes: [UInt8]) {
    var section: String?
    var parent: String?
    for raw in String(decoding: bytes, as: UTF8.self).unicodeScalars.split(whereSeparator: Self.isNewline) {
      let line = Self.trimmed(raw)
      guard let first = line.first, first != "#", first != ";" else { continue }
      if first == "[" {
        parent = nil
        section = line.firstIndex(of: "]").map { end in
          line[line.index(after: line.startIndex)..<end].split(whereSeparator: Self.isBlank)
            .map { String($0) }.joined(separator: " ")
        }
        if let section { sections[section] = sections[section] ?? [:] }
        continue
      }
      guard let section, let equals = line.firstIndex(of: "=") else { continue }
      let name = String(Self.trimmed(line[..<equals])).lowercased()
      let value = String(Self.withoutComment(Self.trimmed(line[line.index(after: equals)...])))
      if raw.first.map(Self.isBlank) == true, let parent {
        sections[section]?["\(parent).\(name)"] = value
      } else {
        sections[section]?[name] = value
        parent = name
      }
    }
  }

  /// A comment begins after white space: a secret may have a number sign in it.
  private static func withoutComment(_ value: Text.SubSequence) -> Text.SubSequence {
    for mark in [" #", " ;", "\t#", "\t;"] {
      if let range = value.firstRange(of: mark.unicodeScalars) { return trimmed(value[..<range.lowerBound]) }
    }
    return value
  }

  private static func trimmed(_ text: Text.SubSequence) -> Text.SubSequence {
    var text = text
    while let first = text.first, isBlank(first) { text.removeFirst() }
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

  private static func isNewline(_ scalar: Unicode.Scalar) -> Bool { Character(scalar).isNewline }
}
