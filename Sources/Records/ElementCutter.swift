/// Finds where an element of a JSON array ends, by strings and nesting alone: whether it is well-formed is found
/// out when it is parsed. It looks at no byte twice when the window grows.
struct ElementCutter {
  /// Up to here, from the element's beginning, the state is known. Never in the middle of an escape.
  private(set) var looked = 0
  private var depth = 0
  private var inString = false

  enum End: Equatable {
    /// A comma at the offset ends the element.
    case comma(Int)
    /// The bracket that closes the array is at the offset.
    case close(Int)
    /// The window has no end of it.
    case none
    /// A brace at the offset closes what was never opened.
    case unbalanced(Int)
  }

  /// The window now begins `length` bytes later, in the middle of the element.
  mutating func advance(_ length: Int) { looked -= length }

  /// Looks on, from `start` if it did not look further yet.
  @inline(__always) mutating func find(in window: View, from start: Int) -> End {
    let count = window.count
    var index = max(start, looked)
    var depth = self.depth
    while true {
      if inString {
        let floor = index
        var quote = index
        while true {
          quote = window.find(Byte.quote, from: quote, to: count)
          // An odd number of backslashes before it escapes the quote, or whatever comes after the window.
          var before = quote
          while before > floor, window[before &- 1] == Byte.backslash { before &-= 1 }
          let escaped = (quote &- before) & 1 == 1
          if quote == count {
            looked = escaped ? count - 1 : count
            self.depth = depth
            return .none
          }
          quote &+= 1
          if !escaped { break }
        }
        inString = false
        index = quote
      }
      scan: while index < count {
        let byte = window[index]
        index &+= 1
        switch byte {
        case Byte.quote:
          inString = true
          break scan
        case Byte.openBrace, Byte.openBracket: depth &+= 1
        case Byte.closeBrace:
          if depth == 0 { return .unbalanced(index &- 1) }
          depth &-= 1
        case Byte.closeBracket:
          if depth == 0 { return .close(index &- 1) }
          depth &-= 1
        case Byte.comma:
          if depth == 0 { return .comma(index &- 1) }
        default: break
        }
      }
      if !inString {
        looked = count
        self.depth = depth
        return .none
      }
    }
  }
}
