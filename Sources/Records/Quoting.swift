/// What is inside of quotes in a line of CSV that is quoted as RFC 4180 has it, and whether it is.
///
/// Then an odd quote opens and the next one closes, be they halves of a doubled one. So one opens only after a
/// delimiter, at the beginning or right after another closed, and closes only before a delimiter, at the end or
/// right before another opens.
struct Quoting {
  /// All ones if the next chunk begins inside of quotes.
  private var inside: UInt64 = 0
  /// Whether the byte before the next chunk is a quote that closes.
  private var hasClosed: UInt64 = 0
  /// Whether a quote may open at the next chunk's first byte.
  private var mayOpen: UInt64 = 1
  /// Which bytes are not as they should be, of all chunks together.
  private(set) var wrong: UInt64 = 0

  @inline(__always) init() {}

  /// Zero if a chunk without quotes needs no looking at, but for ``skip(_:)``.
  @inline(__always) var carry: UInt64 { inside | hasClosed }

  /// Whether all was as it should be, at the line's end.
  @inline(__always) var isRegular: Bool { wrong | inside == 0 }

  /// Takes a chunk without quotes that ``carry`` does not reach into.
  @inline(__always) mutating func skip(_ delimiters: UInt64) { mayOpen = delimiters &>> 63 }

  /// Takes a chunk's quotes, and takes those delimiters out that are inside of quotes.
  @inline(__always) mutating func take(_ quotes: UInt64, _ delimiters: inout UInt64, _ surplus: UInt64) {
    let open = Word.parities(quotes) ^ inside
    delimiters &= ~open
    let opening = quotes & open
    let closing = quotes & ~open
    let before = delimiters | closing
    wrong |= opening & ~(before &<< 1 | mayOpen)
    wrong |= (closing &<< 1 | hasClosed) & ~(delimiters | opening) & (UInt64.max &>> surplus)
    mayOpen = before &>> 63
    hasClosed = closing &>> 63
    inside = 0 &- (open &>> 63)
  }

  /// Whether all was as it should be, where ``take(_:_:lineFeeds:)`` found the line's end.
  @inline(__always) var isRegularLine: Bool { wrong == 0 }

  /// As ``take(_:_:_:)`` in bytes of which the line is only the beginning: what comes after its end does not count.
  /// - Returns: the bit of the line feed that ends the line; zero if it goes on.
  @inline(__always) mutating func take(
    _ quotes: UInt64, _ delimiters: inout UInt64, lineFeeds: UInt64
  ) -> UInt64 {
    let open = Word.parities(quotes) ^ inside
    let feeds = lineFeeds & ~open
    let end = feeds & (0 &- feeds)
    let below = end &- 1
    delimiters &= below & ~open
    let opening = quotes & open & below
    let closing = quotes & ~open & below
    let before = delimiters | closing
    wrong |= opening & ~(before &<< 1 | mayOpen)
    wrong |= (closing &<< 1 | hasClosed) & ~(delimiters | opening | end)
    mayOpen = before &>> 63
    hasClosed = closing &>> 63
    inside = 0 &- (open &>> 63)
    return end
  }
}
