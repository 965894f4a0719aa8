/// Finds values in a JSON document by their path, by strings and nesting alone: whether the document is well-formed is
/// found out by whoever reads its records.
package struct JSONPlace {
  private let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Where the value at a path is; nil if there is none.
  package func value(at path: [String]) -> Range<Int>? {
    var start = skipBlanks(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    for name in path {
      guard let next = member(name, of: start) else { return nil }
      start = next
    }
    return end(of: start).map { start..<$0 }
  }

  /// Where the value of a member begins.
  private func member(_ name: String, of start: Int) -> Int? {
    guard byte(start) == UInt8(ascii: "{") else { return nil }
    var index = skipBlanks(start + 1)
    while byte(index) == UInt8(ascii: "\"") {
      guard let nameEnd = end(of: index) else { return nil }
      let isWanted = bytes[index + 1..<nameEnd - 1].elementsEqual(name.utf8)
      index = skipBlanks(nameEnd)
      guard byte(index) == UInt8(ascii: ":") else { return nil }
      index = skipBlanks(index + 1)
      if isWanted { return index }
      guard let valueEnd = end(of: index) else { return nil }
      index = skipBlanks(valueEnd)
      guard byte(index) == UInt8(ascii: ",") else { return nil }
      index = skipBlanks(index + 1)
    }
    return nil
  }

  private func byte(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

  private func skipBlanks(_ start: Int) -> Int {
    var index = start
    while let byte = byte(index), byte <= 0x20 { index += 1 }
    return index
  }

  /// Where a value ends; nil if the document ends first.
  private func end(of start: Int) -> Int? {
    var index = start
    var depth = 0
    while let byte = byte(index) {
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        while let inner = self.byte(index), inner != UInt8(ascii: "\"") {
          index += inner == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < bytes.count else { return nil }
        index += 1
        if depth == 0 { return index }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        index += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return index > start ? index : nil }
        depth -= 1
        index += 1
        if depth == 0 { return index }
      case UInt8(ascii: ","), 0...0x20:
        if depth == 0 { return index > start ? index : nil }
        index += 1
      default: index += 1
      }
    }
    return depth == 0 && index > start ? index : nil
  }
}
