import Basics

/// A column of a query's rows.
struct SQLColumn {
  /// What a value becomes in JSON.
  enum Kind {
    /// A number as it is written, if it is one: `NaN` and infinity become texts.
    case number
    case boolean, json, bytes, text
    /// A date and a time: a `T` stands between them.
    case timestamp
    /// The same in UTC: a `Z` stands behind.
    case zonedTimestamp
    /// A binary floating-point number.
    case real
  }

  var kind: Kind
  /// Its name in quotes and a colon, with what stands before it in a line.
  var start: [UInt8]
  /// The same after another value.
  static func list(_ columns: [(name: String, kind: Kind)]) -> [SQLColumn] {
    columns.enumerated().map { index, column in
      var start = ByteBuffer()
      start.append(UInt8(ascii: index == 0 ? "{" : ","))
      start.append(quoting: column.name)
      start.append(":")
      return SQLColumn(kind: column.kind, start: start.array())
    }
  }

  /// Refuses columns that cannot be told apart, or have no name.
  static func check(_ names: [String], _ source: String) throws(Failure) {
    guard !names.isEmpty else {
      throw Failure(.settings, "\(source): the query gives no columns: source.query has to be a SELECT")
    }
    for (index, name) in names.enumerated() {
      if name.isEmpty || name == "?column?" {
        throw Failure(
          .settings,
          "\(source): column \(index + 1) of the query has no name: give it one with AS in source.query")
      }
      if let first = names.firstIndex(of: name), first < index {
        throw Failure(
          .settings,
          "\(source): columns \(first + 1) and \(index + 1) of the query are both called \(name): name one otherwise with AS "
            + "in source.query")
      }
    }
  }
}

extension ByteBuffer {
  /// A value as JSON, from its text in SQL.
  mutating func append(sql bytes: UnsafeRawBufferPointer, _ kind: SQLColumn.Kind) {
    switch kind {
    case .number, .real:
      if unsafe isNumber(bytes) { unsafe append(bytes) } else { unsafe append(quoting: bytes) }
    case .boolean: if unsafe bytes.first == UInt8(ascii: "t") { append("true") } else { append("false") }
    case .json: unsafe append(json: bytes)
    case .bytes, .text: unsafe append(quoting: bytes)
    case .timestamp, .zonedTimestamp: unsafe append(timestamp: bytes, isZoned: kind == .zonedTimestamp)
    }
  }

  /// `2026-11-21 08:00:00+00` as ISO 8601 has it; what has no time, or is before Christ, stays as it is.
  private mutating func append(timestamp bytes: UnsafeRawBufferPointer, isZoned: Bool) {
    guard let space = unsafe bytes.firstIndex(of: 0x20), unsafe bytes.last != UInt8(ascii: "C") else {
      return unsafe append(quoting: bytes)
    }
    append(UInt8(ascii: "\""))
    unsafe append(UnsafeRawBufferPointer(rebasing: bytes[..<space]))
    append(UInt8(ascii: "T"))
    let isUTC = unsafe isZoned && bytes.suffix(3).elementsEqual("+00".utf8)
    unsafe append(UnsafeRawBufferPointer(rebasing: bytes[(space + 1)...].dropLast(isUTC ? 3 : 0)))
    if isUTC { append(UInt8(ascii: "Z")) }
    append(UInt8(ascii: "\""))
  }
}

/// Whether a text is a number in SQL and in JSON; those of SQL are, but for the three that are words.
private func isNumber(_ bytes: UnsafeRawBufferPointer) -> Bool {
  guard let first = unsafe bytes.first, let last = unsafe bytes.last else { return false }
  let digits: ClosedRange<UInt8> = 0x30...0x39
  return digits.contains(last) && (digits.contains(first) || first == UInt8(ascii: "-"))
    && (unsafe bytes.allSatisfy { (0x2B...0x39).contains($0) || $0 | 0x20 == 0x65 })
}

/// What the code of an error means for a caller (SQL:2016, 24.1; PostgreSQL, appendix A).
func failureKind(state: String) -> Failure.Kind {
  switch state.prefix(2) {
  // Connections, resources, an operator, the system, conflicts with others, time-outs, defects.
  case "08", "40", "53", "55", "57", "58", "XX": .unavailable
  case "HY" where state == "HYT00" || state == "HYT01": .unavailable
  default: .settings
  }
}

/// What a code says beside: the credentials were refused.
func failureCause(state: String) -> Failure.Cause? { state.hasPrefix("28") ? .refusedLogin : nil }

/// What to do about an error, where its code says so.
func advice(state: String) -> String {
  switch state {
  case "25006": "; a source is only read: source.query has to be a SELECT that changes nothing"
  case "28P01", "28000": "; check the user and the password of source.auth"
  case "42501": "; the user has no leave to read that"
  case "57014": "; it took longer than source.timeout, or somebody cancelled it"
  default: ""
  }
}
