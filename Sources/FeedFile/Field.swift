/// One field of a feed file: the only place that says its name, type, default and meaning.
///
/// The parser takes names and defaults from here, error messages what is known, and the documentation the rest.
package struct Field: Sendable {
  /// What may stand there.
  package enum Kind: Sendable {
    case text, number, byte, percent, duration, list, path, map, lists, query, section
    case choice([String])
  }

  /// What holds where the field is left out.
  package enum Default: Sendable {
    /// An error.
    case required
    /// Nothing.
    case none
    /// What this text would mean.
    case value(String)
    /// What other fields say, in words.
    case derived(String)
  }

  /// Its name with those of the mappings around it: `guards.bad`.
  package let path: String
  /// The mapping that it stands in; empty for the file itself.
  package let section: String
  /// Its name in that mapping.
  package let name: String
  package let kind: Kind
  package let otherwise: Default
  /// How it may look, as YAML.
  package let example: String
  package let about: String

  init(_ path: String, _ kind: Kind, _ otherwise: Default, _ example: String, _ about: String) {
    self.path = path
    let dot = path.lastIndex(of: ".")
    section = dot.map { String(path[..<$0]) } ?? ""
    name = dot.map { String(path[path.index(after: $0)...]) } ?? path
    self.kind = kind
    self.otherwise = otherwise
    self.example = example
    self.about = about
  }

  /// The fields of a mapping, in the order of the documentation.
  static func fields(of section: String) -> [Field] { sections[section] ?? [] }

  // Each event carries its settings, and is read by a process of its own.
  private static let sections = Dictionary(grouping: all, by: \.section)
}

extension CaseIterable where Self: RawRepresentable<String> {
  static var names: [String] { allCases.map(\.rawValue) }
}

/// `a`, `b` or `c`.
func either(_ names: [String], _ word: String = "or") -> String {
  names.count < 2
    ? names.joined() : names.dropLast().joined(separator: ", ") + " \(word) " + names[names.count - 1]
}
