/// Finds where a CSV record or a line ends. It hops from quote to quote and from line end to line end, and
/// looks at no byte twice when the window grows.
struct LineCutter {
  /// nil: quotes mean nothing (JSON Lines).
  let delimiter: UInt8?
  /// Up to here, from the record's beginning, the state is known. Never in the middle of a doubled quote.
  private(set) var looked = 0
  /// Whether `looked` is inside of a quoted field.
  private(set) var inQuotes = false
  /// There is no quote between `looked` and here; there is one here if `quoteFound`.
  private var quoteAt = 0
  private var quoteFound = false
  /// How far to search for a quote at once: far enough to search seldom, near enough to waste little when the
  /// records ahead turn out to be known.
  private static let quoteReach = 1024

  init(delimiter: UInt8?) { self.delimiter = delimiter }

  /// Forgets everything: a record begins at the window's start.
  mutating func reset() { self = LineCutter(delimiter: delimiter) }

  /// The window now begins `length` bytes later, in the middle of the record if `inRecord`.
  @inline(__always) mutating func advance(_ length: Int, inRecord: Bool) {
    if inRecord {
      looked &-= length
    } else {
      looked = 0
      inQuotes = false
    }
    quoteAt &-= length
    if quoteAt < 0 {
      quoteAt = 0
      quoteFound = false
    }
  }

  /// The length of the record at the window's start with its line feed; nil if the window has no end of it.
  @inline(__always) mutating func find(in window: View, atEnd: Bool) -> Int? {
    let count = window.count
    guard let delimiter else {
      let end = window.find(Byte.lineFeed, from: looked, to: count)
      looked = end
      return end == count ? nil : end &+ 1
    }
    var index = looked
    var lineEnd = -1
    while true {
      if inQuotes {
        let quote = window.find(Byte.quote, from: index, to: count)
        if quote &+ 1 >= count {
          if quote < count, atEnd { inQuotes = false }
          // Whether the last byte closes the field, only the next one can tell.
          looked = inQuotes ? quote : count
          return nil
        }
        let next = window[quote &+ 1]
        if next == Byte.quote {
          index = quote &+ 2
          continue
        }
        inQuotes = false
        index = quote &+ 1
        if next == delimiter, index &+ 1 < count, window[index &+ 1] == Byte.quote {
          inQuotes = true
          index &+= 2
          continue
        }
      }
      if lineEnd < index { lineEnd = window.find(Byte.lineFeed, from: index, to: count) }
      if quoteAt < index {
        quoteAt = index
        quoteFound = false
      }
      if !quoteFound, quoteAt < lineEnd {
        let limit = min(count, max(lineEnd, quoteAt &+ Self.quoteReach))
        quoteAt = window.find(Byte.quote, from: quoteAt, to: limit)
        quoteFound = quoteAt < limit
      }
      guard quoteFound, quoteAt < lineEnd else {
        looked = lineEnd
        return lineEnd == count ? nil : lineEnd &+ 1
      }
      // A quote means something at a field's start only.
      inQuotes = quoteAt == 0 || window[quoteAt &- 1] == delimiter
      index = quoteAt &+ 1
      quoteFound = false
      quoteAt = index
    }
  }
}
