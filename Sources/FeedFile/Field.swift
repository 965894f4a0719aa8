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
  package let kind: Kind
  package let otherwise: Default
  /// How it may look, as YAML.
  package let example: String
  package let about: String

  init(_ path: String, _ kind: Kind, _ otherwise: Default, _ example: String, _ about: String) {
    self.path = path
    self.kind = kind
    self.otherwise = otherwise
    self.example = example
    self.about = about
  }

  /// The mapping that it stands in; empty for the file itself.
  package var section: String { path.lastIndex(of: ".").map { String(path[..<$0]) } ?? "" }
  /// Its name in that mapping.
  package var name: String { path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? path }

  /// The fields of a mapping, in the order of the documentation.
  static func fields(of section: String) -> [Field] { all.filter { $0.section == section } }
}

extension CaseIterable where Self: RawRepresentable<String> {
  static var names: [String] { allCases.map(\.rawValue) }
}

/// `a`, `b` or `c`.
func either(_ names: [String], _ word: String = "or") -> String {
  names.count < 2
    ? names.joined() : names.dropLast().joined(separator: ", ") + " \(word) " + names[names.count - 1]
}
