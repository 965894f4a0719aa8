import Basics

extension RecordParser {
  @inline(__always) mutating func parseCSV(_ record: View) -> Outcome {
    let line = CSVFields.withoutLineEnd(record)
    if line.isEmpty { return .blank }
    switch csv.split(line) {
    case .fields: break
    case .fieldsBeyondASCII:
      if let offset = line.firstInvalidUTF8() { return badUTF8(offset) }
    case .endless(let column):
      return bad(.unterminatedQuote, "the quoted field \(title(column)) does not end: a quote is missing")
    }
    let count = csv.count
    if count != header.count {
      return bad(.fieldCount, "\(count) \(count == 1 ? "field" : "fields"), the header has \(header.count)")
    }
    if !key.isEmpty, isCSVKeyBlank() { return blankKey() }
    return .record
  }

  /// See ``parseFirst(of:)``.
  @inline(__always) mutating func parseFirstCSV(of rest: View) -> Int? {
    guard let (end, isASCII) = csv.splitFirst(of: rest), csv.count == header.count, end > 0 else {
      return nil
    }
    // Where lines end with CRLF the usual way is the shorter one.
    if rest[end &- 1] == Byte.carriageReturn {
      hasPlainLineEnds = false
      return nil
    }
    if !isASCII, csv.line.firstInvalidUTF8() != nil { return nil }
    if !key.isEmpty, isCSVKeyBlank() { return nil }
    return end &+ 1
  }

  @inline(__always) mutating func isCSVKeyBlank() -> Bool {
    for place in 0..<plan.key.count {
      let column = plan.key[place]
      if column < 0 { continue }
      csv.locate(column &+ 1)
      if !csv.isEmpty(column) { return false }
    }
    return true
  }

  mutating func appendCSVCanonical(to buffer: inout ByteBuffer) {
    let keepsBlanks = blanks == .kept
    let most = csv.prepareWriting() &+ plan.openings.count &+ 2 &+ Pen.slack
    _ = unsafe buffer.append(atMost: most) { room in
      var pen = unsafe Pen(room)
      let (fields, steps, openings) = (csv.located, plan.canonical.view, plan.openings.view)
      pen.write(Byte.openBrace)
      var isFirst = true
      for place in 0..<steps.count {
        let step = steps[place]
        let column = Int(step.column)
        if !keepsBlanks, fields.isEmpty(column) { continue }
        pen.write(openings, Int(step.start) &+ (isFirst ? 2 : 0), Int(step.end))
        fields.write(column, with: &pen)
        isFirst = false
      }
      if !isFirst { pen.write(Byte.quote) }
      pen.write(Byte.closeBrace)
      return pen.count
    }
  }

  mutating func appendCSVMembers(to buffer: inout ByteBuffer) {
    let most = csv.prepareWriting() &+ plan.openings.count &+ 1 &+ Pen.slack
    _ = unsafe buffer.append(atMost: most) { room in
      var pen = unsafe Pen(room)
      let (fields, steps, openings) = (csv.located, plan.members.view, plan.openings.view)
      for place in 0..<steps.count {
        let step = steps[place]
        pen.write(openings, Int(step.start) &+ (place == 0 ? 2 : 0), Int(step.end))
        fields.write(place, with: &pen)
      }
      if steps.count > 0 { pen.write(Byte.quote) }
      return pen.count
    }
  }

  mutating func csvFields() -> [(name: String, text: String, isString: Bool)] {
    var fields: [(name: String, text: String, isString: Bool)] = []
    for column in header.indices {
      scratch.removeAll()
      csv.append(column, to: &scratch)
      fields.append((newName(of: header[column]), scratch.view.text, true))
    }
    return fields
  }

  /// What a column is called in output. Names are the same if their bytes are.
  func newName(of name: String) -> String {
    for (own, other) in renamed where own.utf8.elementsEqual(name.utf8) { return other }
    return name
  }

  /// A column for a message: by name if it has one.
  private func title(_ column: Int) -> String {
    column < header.count ? "\"\(header[column])\"" : "number \(column + 1)"
  }

  private mutating func badUTF8(_ offset: Int) -> Outcome {
    csv.locate(csv.count)
    var column = csv.count - 1
    for place in 0..<csv.count {
      let (start, end) = csv.bounds(place)
      if csv.line[start, end].firstInvalidUTF8() != nil {
        column = place
        break
      }
    }
    return bad(.invalidUTF8, "the field \(title(column)) is no UTF-8, at byte \(offset) of the record")
  }

  func blankKey() -> Outcome {
    let names = key.map { "\"\($0)\"" }.joined(separator: ", ")
    return bad(
      .blankKey, key.count == 1 ? "the key \(names) is empty" : "all parts of the key are empty: \(names)")
  }

  @inline(never) func bad(_ reason: BadRecord.Reason, _ message: String) -> Outcome {
    .bad(BadRecord(reason, message))
  }
}
