/// Which members of a JSON record are asked for, worked out once.
struct JSONPlan: ~Copyable {
  /// A member's name: where its bytes are in `text`, and its first eight for quick comparison.
  struct Name: BitwiseCopyable {
    var word: UInt64
    var start: UInt32
    var end: UInt32
  }

  /// A key column: its name, and which of `steps` the path is made of that the name is if no member is called so.
  struct Key: BitwiseCopyable {
    var name: Name
    var firstStep: Int
    var endStep: Int
  }

  /// A name, and where in `text` the bytes are that are written in its place: `"name":`.
  struct Rename: BitwiseCopyable {
    var name: Name
    var start: Int
    var end: Int
  }

  private(set) var ignored = Pool<Name>()
  private(set) var keys = Pool<Key>()
  private(set) var steps = Pool<Name>()
  private(set) var renames = Pool<Rename>()
  private(set) var text = ByteSink()

  init(key: [String], ignored: Set<String>, renamed: [String: String]) {
    for name in ignored { self.ignored.append(add(name)) }
    for name in key {
      let first = steps.count
      for part in name.split(separator: ".", omittingEmptySubsequences: false) {
        steps.append(add(String(part)))
      }
      keys.append(Key(name: add(name), firstStep: first, endStep: steps.count))
    }
    for (name, other) in renamed {
      let name = add(name)
      let start = text.count
      text.append(Byte.quote)
      View.of(Array(other.utf8)) { text.appendEscaped($0, 0, $0.count) }
      text.append(Byte.quote)
      text.append(Byte.colon)
      renames.append(Rename(name: name, start: start, end: text.count))
    }
  }

  private mutating func add(_ name: String) -> Name {
    let start = text.count
    text.append(Array(name.utf8))
    let word = text.view.prefixWord(start, text.count)
    return Name(word: word, start: UInt32(start), end: UInt32(text.count))
  }

  @inline(__always) func matches(_ name: Name, _ node: JSONTree.Node, _ tree: borrowing JSONTree) -> Bool {
    node.nameWord == name.word && tree.nameText(node) == text.view[Int(name.start), Int(name.end)]
  }

  func isIgnored(_ node: JSONTree.Node, _ tree: borrowing JSONTree) -> Bool {
    for place in 0..<ignored.count where matches(ignored[place], node, tree) { return true }
    return false
  }

  /// What is written for the member's name and colon, if not its own.
  func opening(_ node: JSONTree.Node, _ tree: borrowing JSONTree) -> View? {
    for place in 0..<renames.count {
      let rename = renames[place]
      if matches(rename.name, node, tree) { return text.view[rename.start, rename.end] }
    }
    return nil
  }

  /// The value of a key column: the member called so, or else what is at the path that the name is.
  func find(_ key: Key, in tree: borrowing JSONTree) -> Int? {
    if let index = member(key.name, of: 0, in: tree) { return index }
    if key.endStep - key.firstStep < 2 { return nil }
    var index = 0
    for place in key.firstStep..<key.endStep {
      guard let next = member(steps[place], of: index, in: tree) else { return nil }
      index = next
    }
    return index
  }

  private func member(_ name: Name, of object: Int, in tree: borrowing JSONTree) -> Int? {
    guard tree.nodes[object].kind == .object else { return nil }
    let end = Int(tree.nodes[object].link)
    var index = object &+ 1
    while index < end {
      if tree.nodes[index].nameWord == name.word, matches(name, tree.nodes[index], tree) { return index }
      index = Int(tree.nodes[index].link)
    }
    return nil
  }
}
