extension RecordParser {
  @inline(__always) mutating func parseCSV(_ record: View) -> Outcome {
    line = CSVFields.withoutLineEnd(record)
    if line.isEmpty { return .blank }
    guard csv.split(line) else {
      return bad(
        .unterminatedQuote, "the quoted field \(title(csv.fields.count)) does not end: a quote is missing")
    }
    let count = csv.fields.count
    if let offset = line.firstInvalidUTF8() { return badUTF8(offset) }
    if count != header.count {
      return bad(.fieldCount, "\(count) \(count == 1 ? "field" : "fields"), the header has \(header.count)")
    }
    if !key.isEmpty, isCSVKeyBlank() { return blankKey() }
    return .record
  }

  @inline(__always) func isCSVKeyBlank() -> Bool {
    for place in 0..<plan.key.count {
      let column = plan.key[place]
      if column >= 0, !csv.fields[column].isEmpty { return false }
    }
    return true
  }

  @inline(__always) mutating func putCSVCanonical() {
    let keepsBlanks = blanks == .kept
    var isFirst = true
    for place in 0..<plan.canonical.count {
      let step = plan.canonical[place]
      let field = csv.fields[Int(step.column)]
      if field.isEmpty, !keepsBlanks { continue }
      put(step, field, isFirst: isFirst)
      isFirst = false
    }
  }

  mutating func putCSVMembers() {
    for place in 0..<plan.members.count {
      put(plan.members[place], csv.fields[place], isFirst: place == 0)
    }
  }

  @inline(__always) private mutating func put(_ step: CSVPlan.Step, _ field: CSVFields.Field, isFirst: Bool) {
    sink.append(plan.openings.view[Int(step.start) &+ (isFirst ? 1 : 0), Int(step.end)])
    sink.appendEscaped(csv.source(field, line), Int(field.start), Int(field.end))
    sink.append(Byte.quote)
  }

  func csvFields() -> [(name: String, text: String, isString: Bool)] {
    header.indices.map { column in
      (newName(of: header[column]), csv.text(csv.fields[column], line).text, true)
    }
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

  private func badUTF8(_ offset: Int) -> Outcome {
    var column = csv.fields.count - 1
    for place in 0..<csv.fields.count {
      let field = csv.fields[place]
      if csv.text(field, line).firstInvalidUTF8() != nil {
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
