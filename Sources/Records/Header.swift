/// The header record of a CSV dump.
public enum Header {
  /// The column names of a header record, from which the byte-order mark is gone; the line end may be there.
  ///
  /// Names are unique afterwards: one that came before gets the first suffix `_2`, `_3` … that no other column
  /// has, and the empty name at place N becomes `column_N`. Throws where bytes are no UTF-8 or a quoted name
  /// does not end.
  public static func parse(_ bytes: UnsafeRawBufferPointer, delimiter: UInt8) throws(BadRecord) -> [String] {
    let line = CSVFields.withoutLineEnd(unsafe View(bytes))
    if let offset = line.firstInvalidUTF8() {
      throw BadRecord(
        .invalidUTF8,
        "the header is no UTF-8 at byte \(offset): set source.encoding if the dump is in another encoding")
    }
    var fields = CSVFields(delimiter: delimiter)
    if case .endless = fields.split(line) {
      throw BadRecord(.unterminatedQuote, "a quoted column name in the header does not end")
    }
    var names: [String] = []
    var name = ByteSink()
    for column in 0..<fields.count {
      name.removeAll()
      fields.append(column, to: &name)
      names.append(name.view.text)
    }
    return unique(names)
  }

  /// Names are compared as bytes: composed and decomposed letters differ.
  private static func unique(_ names: [String]) -> [String] {
    let given = Set(names.map { Array($0.utf8) })
    var taken: Set<[UInt8]> = []
    // Where the search for a suffix goes on: a name may stand there a million times.
    var suffixes: [[UInt8]: Int] = [:]
    return names.enumerated().map { place, name in
      let base = name.isEmpty ? "column_\(place + 1)" : name
      var candidate = base
      var suffix = suffixes[Array(base.utf8)] ?? 2
      while taken.contains(Array(candidate.utf8))
        || (candidate != name && given.contains(Array(candidate.utf8)))
      {
        candidate = "\(base)_\(suffix)"
        suffix += 1
      }
      taken.insert(Array(candidate.utf8))
      if suffix > 2 { suffixes[Array(base.utf8)] = suffix }
      return candidate
    }
  }
}

extension Header {
  /// As ``parse(_:delimiter:)-(UnsafeRawBufferPointer,_)``, of bytes in an array.
  public static func parse(_ bytes: [UInt8], delimiter: UInt8) throws(BadRecord) -> [String] {
    try unsafe bytes.withUnsafeBufferPointer { (raw) throws(BadRecord) in
      try unsafe parse(UnsafeRawBufferPointer(raw), delimiter: delimiter)
    }
  }
}
