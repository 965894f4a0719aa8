extension DumpScanner {
  mutating func nextOfDocument(_ window: View, atEnd: Bool) throws(ScanError) -> Piece {
    if window.isEmpty {
      if !atEnd { return .needMore }
      if !document.isComplete { throw truncated(document.place) }
      phase = .end
      return .end
    }
    let step = try document.run(window, atEnd: atEnd, offset: offset)
    let length: Int
    switch step {
    case .needMore: return .needMore
    case .taken(let taken): length = taken
    case .opened(let taken):
      length = taken
      phase = .elements
    }
    offset += length
    return .literal(length)
  }

  mutating func nextElement(_ window: View, atEnd: Bool) throws(ScanError) -> Piece {
    if !isInOversized {
      if let piece = try beginElement(window, atEnd: atEnd) { return piece }
    }
    switch elements.find(in: window, from: leadingSpace) {
    case .comma(let comma):
      isAfterComma = true
      return finishElement(comma &+ 1, extent: comma &+ 1)
    case .close(let bracket):
      phase = .footer
      document.closeArray()
      var end = bracket
      if !isInOversized, bracket <= maximum {
        while end > 0, Byte.isSpace(window[end - 1]) { end -= 1 }
      }
      return finishElement(end, extent: bracket)
    case .unbalanced(let brace):
      throw broken("a '}' closes what was never opened", at: brace)
    case .none:
      if atEnd { throw truncated("in the array") }
      // One byte stays, so that the last stretch is never empty.
      let length = elements.looked - 1
      guard length >= maximum else { return .needMore }
      isInOversized = true
      leadingSpace = 0
      elements.advance(length)
      offset += length
      return .oversized(length, last: false)
    }
  }

  @inline(__always) private mutating func finishElement(_ length: Int, extent: Int) -> Piece {
    elements = ElementCutter()
    leadingSpace = 0
    offset &+= length
    if isInOversized || extent > maximum {
      isInOversized = false
      return .oversized(length, last: true)
    }
    return .record(length)
  }

  /// Looks at what an element begins with. A piece, if the array ends here or no element can be seen.
  @inline(__always) private mutating func beginElement(
    _ window: View, atEnd: Bool
  ) throws(ScanError) -> Piece? {
    let start = window.skipSpace(from: leadingSpace)
    leadingSpace = start
    if start > maximum || isInLongSpace {
      isInLongSpace = start == window.count
      if start > 0 {
        leadingSpace = 0
        offset += start
        return .literal(start)
      }
    }
    if start == window.count {
      if atEnd { throw truncated("in the array") }
      return .needMore
    }
    switch window[start] {
    case Byte.closeBracket:
      if isAfterComma { throw broken("an element is missing between ',' and ']'", at: start) }
      phase = .footer
      leadingSpace = 0
      document.closeArray()
      return try nextOfDocument(window, atEnd: atEnd)
    case Byte.comma: throw broken("an element is missing before ','", at: start)
    case Byte.closeBrace: throw broken("a '}' closes what was never opened", at: start)
    default: return nil
    }
  }

  private func truncated(_ place: String) -> ScanError {
    let what = offset == 0 ? "the dump is empty" : "the dump ends early, \(place)"
    return ScanError(
      kind: .truncated, offset: offset,
      message: "\(what) (after byte \(offset)): the transfer was cut off or the source is ill; fetch it again"
    )
  }

  private func broken(_ what: String, at index: Int) -> ScanError {
    ScanError(
      kind: .notJSON, offset: offset + index,
      message: "broken JSON at byte \(offset + index) of the dump: \(what)")
  }
}
