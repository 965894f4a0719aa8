import Basics

/// A mapping of the feed file whose fields the table knows, with typed access.
///
/// A field that is left out is read from the table's default by the same code.
struct Section {
  let file: String
  /// Its name in the table: `source.auth`.
  let path: String
  let line: Int
  private let values: [String: Node]

  /// Refuses what is no mapping, and fields that the table does not know.
  init(_ node: Node, file: String, path: String) throws(Failure) {
    self.file = file
    self.path = path
    self.line = node.line
    guard case .map(let entries) = node.value else {
      let what = path.isEmpty ? "a feed file" : path
      throw Failure(
        .settings,
        "\(file):\(node.line): \(what) must be a mapping (name: value), not \(node.kind); known here:"
          + " \(Field.fields(of: path).map(\.name).joined(separator: ", "))")
    }
    let known = Field.fields(of: path).map(\.name)
    for entry in entries where !known.contains(entry.name) {
      throw Failure(
        .settings, "\(file):\(entry.line): " + unknownField(entry.name, in: path, known: known))
    }
    values = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.value) })
  }

  /// The value of a field as the file gives it, or as the table's default does.
  private func node(_ name: String) throws(Failure) -> Node? {
    if let node = values[name] {
      guard !node.isNull else {
        throw failure(name, "has no value; give one, or leave the field out")
      }
      return node
    }
    guard let field = Field.fields(of: path).first(where: { $0.name == name }) else {
      preconditionFailure("\(path).\(name) is not in the table of fields")
    }
    switch field.otherwise {
    case .required:
      throw Failure(
        .settings,
        "\(file):\(line): field \"\(field.path)\" is missing, for example: \(name): \(field.example)")
    case .value("[]"): return Node(line: line, value: .list([]))
    case .value(let text): return Node(line: line, value: .scalar(text, plain: true))
    case .none, .derived: return nil
    }
  }

  /// Whether the file gives the field.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// A complaint about a field, with its place.
  func failure(_ name: String, _ message: String) -> Failure {
    let full = path.isEmpty ? name : "\(path).\(name)"
    return Failure(.settings, "\(file):\(values[name]?.line ?? line): \(full) \(message)")
  }

  /// Any single value as text; never empty.
  func text(_ name: String) throws(Failure) -> String? {
    guard let node = try node(name) else { return nil }
    return try text(of: node, name)
  }

  private func text(of node: Node, _ name: String) throws(Failure) -> String {
    guard case .scalar(let text, _) = node.value, !node.isNull else {
      throw failure(name, "must be a single value, not \(node.isNull ? "nothing" : node.kind)")
    }
    guard !text.isEmpty else { throw failure(name, "is empty") }
    guard !text.utf8.contains(0) else { throw failure(name, "holds a NUL character") }
    return text
  }

  /// One of the names of `type`.
  func choice<T: RawRepresentable<String> & CaseIterable>(_ name: String, _: T.Type) throws(Failure) -> T? {
    guard let text = try text(name) else { return nil }
    guard let value = T(rawValue: text) else {
      throw failure(name, "cannot be \(quoted(text)): it is \(either(T.names))")
    }
    return value
  }

  /// A whole number from 0 to 999 999 999 999.
  func number(_ name: String) throws(Failure) -> Int? {
    guard let text = try text(name) else { return nil }
    guard let value = digits(text.utf8, atMost: 12) else {
      throw failure(name, "cannot be \(quoted(text)): it is a whole number, such as 100")
    }
    return value
  }

  /// A share.
  func percent(_ name: String) throws(Failure) -> Percent? {
    guard let text = try text(name) else { return nil }
    guard let value = Percent(text) else {
      throw failure(
        name, "cannot be \(quoted(text)): it is a share from 0% to 100%, such as 1% or 0.05%")
    }
    return value
  }

  /// A duration; `positive`: not zero.
  func duration(_ name: String, positive: Bool = false) throws(Failure) -> Duration? {
    guard let text = try text(name) else { return nil }
    guard let value = Duration(feedFile: text) else {
      throw failure(
        name, "cannot be \(quoted(text)): it is a whole number and a unit, such as 30s, 5m, 2h or 1d")
    }
    guard !positive || value > .zero else { throw failure(name, "cannot be zero") }
    return value
  }

  /// A list of texts, or one text alone; `split` tells what one text stands for.
  func list(_ name: String, split: (String) -> [String] = { [$0] }) throws(Failure) -> [String]? {
    guard let node = try node(name) else { return nil }
    var items: [String] = []
    switch node.value {
    case .scalar: items = split(try text(of: node, name))
    case .list(let nodes): for node in nodes { items.append(try text(of: node, name)) }
    case .map: throw failure(name, "must be a list or a single value, not a mapping")
    }
    if items.contains("") { throw failure(name, "has an empty name in it") }
    return items
  }

  /// Names and texts, with their lines.
  func map(_ name: String) throws(Failure) -> [(name: String, line: Int, value: String)] {
    guard let node = try node(name) else { return [] }
    guard case .map(let entries) = node.value else {
      throw failure(name, "must be a mapping (name: value), not \(node.kind)")
    }
    var result: [(String, Int, String)] = []
    for entry in entries {
      guard case .scalar(let text, _) = entry.value.value, !entry.value.isNull else {
        throw Failure(
          .settings, "\(file):\(entry.line): \(path).\(name): \(quoted(entry.name)) needs a single value")
      }
      result.append((entry.name, entry.line, text))
    }
    return result
  }

  /// Names with one text each or several, with their lines.
  func lists(_ name: String) throws(Failure) -> [(name: String, line: Int, values: [String])] {
    guard let node = try node(name) else { return [] }
    guard case .map(let entries) = node.value else {
      throw failure(name, "must be a mapping (name: value), not \(node.kind)")
    }
    var result: [(String, Int, [String])] = []
    for entry in entries {
      var items = [entry.value]
      if case .list(let nodes) = entry.value.value { items = nodes }
      var values: [String] = []
      for item in items {
        guard case .scalar(let text, _) = item.value, !item.isNull else {
          throw Failure(
            .settings,
            "\(file):\(entry.line): \(path).\(name): \(quoted(entry.name)) needs a value or a list of them")
        }
        values.append(text)
      }
      result.append((entry.name, entry.line, values))
    }
    return result
  }

  /// The mapping in a field, empty where it is left out; nil if it is and the table has nothing for it.
  func section(_ name: String) throws(Failure) -> Section {
    let inner = path.isEmpty ? name : "\(path).\(name)"
    let node = try node(name) ?? Node(line: line, value: .map([]))
    return try Section(node, file: file, path: inner)
  }
}
