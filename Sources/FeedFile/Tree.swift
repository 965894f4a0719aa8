import Basics

/// Reads a settings file, YAML or JSON, as a tree.
///
/// Only what JSON has too, and comments: no anchors, aliases, tags or further documents, so that a file means
/// what it looks like.
struct TreeReader: ~Copyable {
  private static let maxBytes = 1 << 20
  private static let maxDepth = 16

  private let file: String
  private var events: YamlEvents

  /// The tree that `bytes` hold; `file` is their name in messages.
  static func read(_ bytes: [UInt8], file: String) throws(Failure) -> Node {
    guard bytes.count <= maxBytes else {
      throw Failure(.settings, "\(file): has \(bytes.count) bytes; a feed file has at most \(maxBytes)")
    }
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    let first = text.first { !JSONText.blanks.contains($0) }
    let events = try YamlEvents(
      first == UInt8(ascii: "{") ? JSONText.asYaml(text) : text, file: file)
    var reader = TreeReader(file: file, events: events)
    return try reader.document()
  }

  private init(file: String, events: consuming YamlEvents) {
    self.file = file
    self.events = events
  }

  private mutating func document() throws(Failure) -> Node {
    _ = try events.next()
    guard case .documentStart = try events.next().kind else {
      throw Failure(.settings, "\(file): is empty: it needs at least the fields feed and source")
    }
    let root = try node(try next(), depth: 0)
    _ = try events.next()
    let after = try events.next()
    guard case .streamEnd = after.kind else {
      throw failure(after, "a second document begins here; a file describes one feed")
    }
    return root
  }

  private mutating func next() throws(Failure) -> YamlEvents.Event {
    let event = try events.next()
    if case .alias = event.kind { throw failure(event, "aliases (*name) are not taken: write the value out") }
    if event.hasAnchor { throw failure(event, "anchors (&name) are not taken: write values out") }
    if event.hasTag { throw failure(event, "tags (!name) are not taken: write the value alone") }
    return event
  }

  private mutating func node(_ event: YamlEvents.Event, depth: Int) throws(Failure) -> Node {
    guard depth < Self.maxDepth else { throw failure(event, "nested too deeply") }
    switch event.kind {
    case .scalar(let text, let plain):
      return Node(line: event.line, value: .scalar(text, plain: plain))
    case .listStart:
      var items: [Node] = []
      while true {
        let item = try next()
        if case .listEnd = item.kind { return Node(line: event.line, value: .list(items)) }
        items.append(try node(item, depth: depth + 1))
      }
    case .mapStart:
      var entries: [Node.Entry] = []
      var lines: [String: Int] = [:]
      while true {
        let key = try next()
        if case .mapEnd = key.kind { return Node(line: event.line, value: .map(entries)) }
        guard case .scalar(let name, _) = key.kind else {
          throw failure(key, "the name of a field must be a single value")
        }
        if let first = lines.updateValue(key.line, forKey: name) {
          throw failure(key, "field \(quoted(name)) is given twice, first in line \(first)")
        }
        let value = try node(try next(), depth: depth + 1)
        entries.append(Node.Entry(name: name, line: key.line, value: value))
      }
    default:
      throw failure(event, "a value is missing here")
    }
  }

  private func failure(_ event: YamlEvents.Event, _ message: String) -> Failure {
    Failure(.settings, "\(file):\(event.line): \(message)")
  }
}
