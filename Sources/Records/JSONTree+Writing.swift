extension ByteSink {
  /// Appends a value in canonical form: members by name, strings with no more escapes than JSON demands,
  /// numbers as written, no whitespace.
  mutating func appendCanonical(_ tree: borrowing JSONTree, _ index: Int) {
    let node = tree.nodes[index]
    switch node.kind {
    case .object:
      append(Byte.openBrace)
      for place in Int(node.firstSorted)..<Int(node.firstSorted &+ node.count) {
        if place > Int(node.firstSorted) { append(Byte.comma) }
        let member = Int(tree.sorted[place])
        appendName(tree, tree.nodes[member])
        appendCanonical(tree, member)
      }
      append(Byte.closeBrace)
    case .array:
      append(Byte.openBracket)
      var element = index + 1
      while element < Int(node.link) {
        if element > index + 1 { append(Byte.comma) }
        appendCanonical(tree, element)
        element = Int(tree.nodes[element].link)
      }
      append(Byte.closeBracket)
    case .escapedString:
      append(Byte.quote)
      appendReescaped(tree.source[Int(node.start), Int(node.end)])
      append(Byte.quote)
    case .string: append(tree.source[Int(node.start) &- 1, Int(node.end) &+ 1])
    case .number, .literal, .null: append(tree.source[Int(node.start), Int(node.end)])
    }
  }

  /// Appends a member's name in canonical form, with its colon.
  @inline(__always) mutating func appendName(_ tree: borrowing JSONTree, _ node: JSONTree.Node) {
    if node.nameIsDecoded {
      let text = tree.nameText(node)
      append(Byte.quote)
      appendEscaped(text, 0, text.count, surrogates: true)
      append(Byte.quote)
    } else {
      append(tree.source[Int(node.nameStart) &- 1, Int(node.nameEnd) &+ 1])
    }
    append(Byte.colon)
  }

  /// Appends a value as it was written, without insignificant whitespace.
  mutating func appendWritten(_ tree: borrowing JSONTree, _ index: Int) {
    let node = tree.nodes[index]
    switch node.kind {
    case .string, .escapedString: append(tree.source[Int(node.start) &- 1, Int(node.end) &+ 1])
    case _ where tree.isCompact: append(tree.source[Int(node.start), Int(node.end)])
    case .object, .array:
      let isObject = node.kind == .object
      append(isObject ? Byte.openBrace : Byte.openBracket)
      var child = index + 1
      while child < Int(node.link) {
        if child > index + 1 { append(Byte.comma) }
        let member = tree.nodes[child]
        if isObject {
          append(tree.source[Int(member.nameStart) &- 1, Int(member.nameEnd) &+ 1])
          append(Byte.colon)
        }
        appendWritten(tree, child)
        child = Int(member.link)
      }
      append(isObject ? Byte.closeBrace : Byte.closeBracket)
    case .number, .literal, .null: append(tree.source[Int(node.start), Int(node.end)])
    }
  }
}
