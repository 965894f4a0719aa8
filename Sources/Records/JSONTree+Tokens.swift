extension JSONTree {
  /// Where the string ends that begins at `start`, after its quote; whether it has escapes.
  @inline(__always) func string(from start: Int) -> (end: Int, isEscaped: Bool, fault: Fault?) {
    let stop = source.findSpecial(from: start)
    if stop < source.count, source[stop] == Byte.quote { return (stop, false, nil) }
    return longString(from: stop)
  }

  @inline(never) private func longString(from start: Int) -> (end: Int, isEscaped: Bool, fault: Fault?) {
    var index = start
    var isEscaped = false
    while index < source.count {
      let byte = source[index]
      if byte == Byte.quote { return (index, isEscaped, nil) }
      guard byte == Byte.backslash else {
        return (index, false, broken(index, "a control character in a string, \(describe(byte))"))
      }
      isEscaped = true
      let length = JSONEscape.length(in: source, at: index)
      if length == 0 { return (index, false, broken(index, "an escape that JSON does not have")) }
      index = source.findSpecial(from: index + length)
    }
    return (index, false, broken(index, "it ends in a string"))
  }

  /// Where the number or word at `start` ends, and what it is; no kind: where it is wrong.
  @inline(__always) func scalar(from start: Int) -> (end: Int, kind: Kind?) {
    switch source[start] {
    case UInt8(ascii: "-"), 0x30...0x39: return number(from: start)
    case UInt8(ascii: "t"): return word("true", .literal, start)
    case UInt8(ascii: "f"): return word("false", .literal, start)
    case UInt8(ascii: "n"): return word("null", .null, start)
    default: return (start, nil)
    }
  }

  private func word(_ word: StaticString, _ kind: Kind, _ start: Int) -> (end: Int, kind: Kind?) {
    let length = word.utf8CodeUnitCount
    for index in 0..<length {
      guard start + index < source.count, unsafe source[start + index] == word.utf8Start[index] else {
        return (start + index, nil)
      }
    }
    return (start + length, kind)
  }

  private func number(from start: Int) -> (end: Int, kind: Kind?) {
    var index = start
    if source[index] == UInt8(ascii: "-") { index &+= 1 }
    let whole = index
    index = digits(from: index)
    if index == whole { return (index, nil) }
    if source[whole] == UInt8(ascii: "0"), index > whole &+ 1 { return (whole &+ 1, nil) }
    if index < source.count, source[index] == UInt8(ascii: ".") {
      let fraction = index &+ 1
      index = digits(from: fraction)
      if index == fraction { return (index, nil) }
    }
    if index < source.count, source[index] | 0x20 == UInt8(ascii: "e") {
      index &+= 1
      if index < source.count, source[index] == UInt8(ascii: "+") || source[index] == UInt8(ascii: "-") {
        index &+= 1
      }
      let exponent = index
      index = digits(from: exponent)
      if index == exponent { return (index, nil) }
    }
    return (index, .number)
  }

  @inline(__always) private func digits(from start: Int) -> Int {
    var index = start
    while index < source.count, source[index] &- 0x30 < 10 { index &+= 1 }
    return index
  }

  /// A member's name, decoded.
  @inline(__always) func nameText(_ node: Node) -> View {
    node.nameIsDecoded
      ? names.view[Int(node.textStart), Int(node.textEnd)] : source[Int(node.nameStart), Int(node.nameEnd)]
  }

  /// Puts an object's members in the order of their names; a fault if one occurs twice.
  @inline(__always) mutating func sortMembers(_ object: Int) -> Fault? {
    let first = sorted.count
    let end = Int(nodes[object].link)
    var member = object &+ 1
    var inOrder = true
    while member < end {
      if sorted.count > first, !isBefore(sorted[sorted.count &- 1], UInt32(truncatingIfNeeded: member)) {
        inOrder = false
      }
      sorted.append(UInt32(truncatingIfNeeded: member))
      member = Int(nodes[member].link)
    }
    nodes[object].firstSorted = UInt32(truncatingIfNeeded: first)
    nodes[object].count = UInt32(truncatingIfNeeded: sorted.count &- first)
    return inOrder ? nil : reorder(from: first)
  }

  @inline(__always) private func isBefore(_ a: UInt32, _ b: UInt32) -> Bool {
    let (first, second) = (nodes[Int(a)].nameWord, nodes[Int(b)].nameWord)
    return first == second ? nameText(nodes[Int(a)]) < nameText(nodes[Int(b)]) : first < second
  }

  private mutating func reorder(from first: Int) -> Fault? {
    if sorted.count - first > 48 {
      var all = Pool<UInt32>(capacity: 1)
      swap(&all, &sorted)
      all.sort(from: first) { isBefore($0, $1) }
      swap(&all, &sorted)
    } else {
      // Few members, and often nearly in order.
      for index in first &+ 1..<sorted.count {
        let member = sorted[index]
        var place = index
        while place > first, isBefore(member, sorted[place &- 1]) {
          sorted[place] = sorted[place &- 1]
          place &-= 1
        }
        sorted[place] = member
      }
    }
    for index in first &+ 1..<sorted.count {
      let (a, b) = (sorted[index &- 1], sorted[index])
      if !isBefore(a, b) {
        let node = nodes[Int(max(a, b))]
        return Fault(
          reason: .duplicateMember, offset: Int(node.nameStart),
          what: "the name \(nameText(node).text.debugDescription) occurs twice in one object")
      }
    }
    return nil
  }
}
