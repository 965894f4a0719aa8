/// One JSON value, checked against RFC 8259 from end to end, as a flat tree over its source. Its memory is kept
/// from one record to the next.
struct JSONTree: ~Copyable {
  enum Kind: UInt8 {
    case object, array, string, escapedString, number, literal, null
  }

  struct Node: BitwiseCopyable {
    var kind: Kind
    /// Whether the name has escapes, and so its text is in `names`.
    var nameIsDecoded = false
    /// A string: its inside. Others: all of it.
    var start: UInt32
    var end: UInt32 = 0
    /// The name as written, without its quotes.
    var nameStart: UInt32 = 0
    var nameEnd: UInt32 = 0
    /// The decoded name in `names`, if it is there.
    var textStart: UInt32 = 0
    var textEnd: UInt32 = 0
    /// The name's first eight bytes, for quick comparison.
    var nameWord: UInt64 = 0
    /// While the container is open: the container around it. Then: the node after all that is in it.
    var link: UInt32
    /// An object: where its members in order of their names begin in `sorted`; how many there are.
    var firstSorted: UInt32 = 0
    var count: UInt32 = 0
  }

  /// What is wrong with a text.
  struct Fault {
    var reason: BadRecord.Reason
    var offset: Int
    var what: String
  }

  /// How many containers may be open at once.
  let deepest: Int

  var nodes = Pool<Node>()
  /// Members by name, object after object.
  var sorted = Pool<UInt32>()
  /// Decoded names; lone surrogates as WTF-8.
  var names = ByteSink()
  /// Whether the text has no insignificant whitespace.
  private(set) var isCompact = true
  var source: View

  init(deepest: Int) {
    self.deepest = deepest
    source = unsafe View(UnsafeRawBufferPointer(start: nil, count: 0))
  }

  /// Reads a text; nil: it is well-formed, and the tree is there until the next one.
  mutating func parse(_ text: View) -> Fault? {
    source = text
    nodes.removeAll()
    sorted.removeAll()
    names.removeAll()
    isCompact = true
    return parseAll()
  }

  private mutating func parseAll() -> Fault? {
    let text = source
    let none = UInt32.max
    var parent = none
    var depth = 0
    var pending = Node(kind: .null, start: 0, link: 0)
    var index = skip(0)
    nextValue: while true {
      guard index < text.count else { return broken(index, "it ends where a value should be") }
      var node = pending
      node.start = UInt32(truncatingIfNeeded: index)
      let byte = text[index]
      switch byte {
      case Byte.quote:
        node.start &+= 1
        let (end, isEscaped, fault) = string(from: index &+ 1)
        if let fault { return fault }
        node.kind = isEscaped ? .escapedString : .string
        index = end &+ 1
        node.end = UInt32(truncatingIfNeeded: end)
      case Byte.openBrace, Byte.openBracket:
        depth &+= 1
        if depth > deepest { return broken(index, "more than \(deepest) levels of nesting") }
        node.kind = byte == Byte.openBrace ? .object : .array
        node.link = parent
        parent = UInt32(truncatingIfNeeded: nodes.count)
        nodes.append(node)
        index = skip(index &+ 1)
        guard index < text.count else { return broken(index, "it ends in an object or array") }
        if text[index] != byte &+ 2 {
          if byte == Byte.openBrace, let fault = name(&index, &pending) { return fault }
          continue nextValue
        }
      default:
        let (end, kind) = scalar(from: index)
        guard let kind else {
          return broken(end, end < text.count ? "unexpected \(describe(text[end]))" : "it ends in a value")
        }
        node.kind = kind
        node.end = UInt32(truncatingIfNeeded: end)
        index = end
      }
      if byte != Byte.openBrace, byte != Byte.openBracket {
        node.link = UInt32(truncatingIfNeeded: nodes.count &+ 1)
        nodes.append(node)
        index = skip(index)
      }
      // After a value, or at the closing byte of an empty container.
      while true {
        guard parent != none else {
          return index == text.count ? nil : broken(index, "something follows the value")
        }
        guard index < text.count else { return broken(index, "it ends in an object or array") }
        let isObject = nodes[Int(parent)].kind == .object
        let next = text[index]
        if next == Byte.comma {
          index = skip(index &+ 1)
          if isObject {
            if let fault = name(&index, &pending) { return fault }
          }
          continue nextValue
        }
        guard next == (isObject ? Byte.closeBrace : Byte.closeBracket) else {
          return broken(index, "unexpected \(describe(next)), expected ',' or '\(isObject ? "}" : "]")'")
        }
        let closed = Int(parent)
        parent = nodes[closed].link
        depth &-= 1
        nodes[closed].link = UInt32(truncatingIfNeeded: nodes.count)
        nodes[closed].end = UInt32(truncatingIfNeeded: index &+ 1)
        if isObject, let fault = sortMembers(closed) { return fault }
        index = skip(index &+ 1)
      }
    }
  }

  @inline(__always) private mutating func skip(_ index: Int) -> Int {
    guard index < source.count, source[index] <= 0x20 else { return index }
    let end = source.skipSpace(from: index)
    if end > index { isCompact = false }
    return end
  }

  func broken(_ offset: Int, _ what: String) -> Fault {
    Fault(reason: .brokenJSON, offset: offset, what: what)
  }

  /// Reads a member's name and its colon.
  @inline(__always) private mutating func name(_ index: inout Int, _ node: inout Node) -> Fault? {
    guard index < source.count, source[index] == Byte.quote else {
      return broken(index, "expected a member's name in quotes")
    }
    let start = index &+ 1
    let (end, isEscaped, fault) = string(from: start)
    if let fault { return fault }
    node.nameStart = UInt32(truncatingIfNeeded: start)
    node.nameEnd = UInt32(truncatingIfNeeded: end)
    node.nameIsDecoded = isEscaped
    if isEscaped {
      node.textStart = UInt32(truncatingIfNeeded: names.count)
      names.appendDecoded(source[start, end])
      node.textEnd = UInt32(truncatingIfNeeded: names.count)
      let text = nameText(node)
      node.nameWord = text.prefixWord(0, text.count)
    } else {
      node.nameWord = source.prefixWord(start, end)
    }
    index = skip(end &+ 1)
    guard index < source.count, source[index] == Byte.colon else { return broken(index, "expected ':'") }
    index = skip(index &+ 1)
    return nil
  }
}
