extension CSVFields {
  /// Writes `text` to ``mended`` with the same fields, quoted as RFC 4180 has it. If a quoted field does not end: how
  /// many fields come before it.
  mutating func mend(_ text: View) -> Int? {
    mended.removeAll()
    var number = 0
    var start = 0
    while true {
      guard let end = mendField(text, from: start) else { return number }
      if end == text.count { return nil }
      mended.append(delimiter)
      number += 1
      start = end + 1
    }
  }

  /// Returns where the field ends; nil: it does not.
  private mutating func mendField(_ text: View, from start: Int) -> Int? {
    guard start < text.count, text[start] == Byte.quote else {
      let end = text.find(delimiter, from: start, to: text.count)
      let isPlain = text.find(Byte.quote, from: start, to: end) == end
      if !isPlain { mended.append(Byte.quote) }
      appendDoubling(text, start, end)
      if !isPlain { mended.append(Byte.quote) }
      return end
    }
    var quote = start
    repeat {
      // The quote that opens the field, or half of a doubled one.
      mended.append(Byte.quote)
      let from = quote + 1
      quote = text.find(Byte.quote, from: from, to: text.count)
      if quote == text.count { return nil }
      mended.append(text[from, quote])
      if quote + 1 < text.count, text[quote + 1] == Byte.quote {
        mended.append(Byte.quote)
        quote += 1
      } else {
        break
      }
    } while true
    let end = text.find(delimiter, from: quote + 1, to: text.count)
    appendDoubling(text, quote + 1, end)
    mended.append(Byte.quote)
    return end
  }

  private mutating func appendDoubling(_ text: View, _ start: Int, _ end: Int) {
    var start = start
    while true {
      let quote = text.find(Byte.quote, from: start, to: end)
      mended.append(text[start, quote])
      if quote == end { return }
      mended.append(Byte.quote)
      mended.append(Byte.quote)
      start = quote + 1
    }
  }
}
