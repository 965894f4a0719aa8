extension RecordParser {
  @inline(__always) mutating func parseJSON(_ record: View) -> Outcome {
    var text = record
    if case .json = format, text.count > 0, text[text.count - 1] == Byte.comma {
      text = text[0, text.count - 1]
    }
    let start = text.skipSpace(from: 0)
    var end = text.count
    while end > start, Byte.isSpace(text[end - 1]) { end -= 1 }
    if start == end, format == .jsonLines { return .blank }
    if let offset = text.firstInvalidUTF8() {
      return bad(.invalidUTF8, "no UTF-8, at byte \(offset) of the record")
    }
    if let fault = tree.parse(text[start, end]) {
      let place = "at byte \(start + fault.offset) of the record"
      return fault.reason == .brokenJSON
        ? bad(.brokenJSON, "broken JSON \(place): \(fault.what)")
        : bad(fault.reason, "\(fault.what), \(place)")
    }
    guard tree.nodes[0].kind == .object else {
      return bad(.notAnObject, "a JSON \(kindName(tree.nodes[0].kind)) where an object should be")
    }
    if !key.isEmpty, isJSONKeyBlank() { return blankKey() }
    return .record
  }

  private func kindName(_ kind: JSONTree.Kind) -> String {
    switch kind {
    case .object: "object"
    case .array: "array"
    case .string, .escapedString: "string"
    case .number: "number"
    case .literal: "true or false"
    case .null: "null"
    }
  }

  mutating func putJSONCanonical() {
    let root = tree.nodes[0]
    var isFirst = true
    for place in Int(root.firstSorted)..<Int(root.firstSorted &+ root.count) {
      let index = Int(tree.sorted[place])
      let node = tree.nodes[index]
      if blanks == .dropped && isBlank(node) || jsonPlan.isIgnored(node, tree) { continue }
      if !isFirst { sink.append(Byte.comma) }
      isFirst = false
      sink.appendName(tree, node)
      sink.appendCanonical(tree, index)
    }
  }

  mutating func putJSONMembers() {
    var index = 1
    while index < Int(tree.nodes[0].link) {
      let node = tree.nodes[index]
      if index > 1 { sink.append(Byte.comma) }
      if let opening = jsonPlan.opening(node, tree) {
        sink.append(opening)
      } else {
        sink.append(tree.source[Int(node.nameStart) &- 1, Int(node.nameEnd) &+ 1])
        sink.append(Byte.colon)
      }
      sink.appendWritten(tree, index)
      index = Int(node.link)
    }
  }

  mutating func jsonFields() -> [(name: String, text: String, isString: Bool)] {
    var fields: [(name: String, text: String, isString: Bool)] = []
    var index = 1
    while index < Int(tree.nodes[0].link) {
      let node = tree.nodes[index]
      let own = legible(tree.nameText(node))
      let name = newName(of: own)
      let isString = node.kind == .string || node.kind == .escapedString
      scratch.removeAll()
      if isString { putPart(index) } else { scratch.appendWritten(tree, index) }
      fields.append((name, isString ? legible(scratch.view) : scratch.view.text, isString))
      index = Int(node.link)
    }
    return fields
  }

  /// Text for a string, which cannot hold a lone surrogate: its escape stands for it.
  private func legible(_ text: View) -> String {
    if text.firstInvalidUTF8() == nil { return text.text }
    var bytes = ByteSink()
    var index = 0
    while index < text.count {
      if text[index] == 0xED, text[index + 1] >= 0xA0 {
        bytes.appendEscape(0xD000 | UInt32(text[index + 1] & 0x3F) << 6 | UInt32(text[index + 2] & 0x3F))
        index += 3
      } else {
        bytes.append(text[index])
        index += 1
      }
    }
    return bytes.view.text
  }

  @inline(__always) private func isBlank(_ node: JSONTree.Node) -> Bool {
    node.kind == .null || (node.kind == .string && node.start == node.end)
  }

  func isJSONKeyBlank() -> Bool {
    for place in 0..<jsonPlan.keys.count {
      if let index = jsonPlan.find(jsonPlan.keys[place], in: tree), !isBlank(tree.nodes[index]) {
        return false
      }
    }
    return true
  }

  /// Appends a key part's text to `scratch`: nothing for null and for what is missing.
  mutating func putPart(_ index: Int?) {
    guard let index else { return }
    let node = tree.nodes[index]
    switch node.kind {
    case .null: return
    case .string: scratch.append(tree.source[Int(node.start), Int(node.end)])
    case .escapedString: scratch.appendDecoded(tree.source[Int(node.start), Int(node.end)])
    default: scratch.appendCanonical(tree, index)
    }
  }
}
