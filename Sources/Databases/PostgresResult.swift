import Basics
import CDatabases

/// A row of a query, or its end.
@safe final class PostgresResult {
  private let result: UnsafeMutableRawPointer

  init(_ result: UnsafeMutableRawPointer) { unsafe self.result = unsafe result }

  deinit { unsafe pq.pointee.clear(result) }

  /// Refuses errors, and what is no rows.
  func check(_ name: String) throws(Failure) {
    switch unsafe pq.pointee.resultStatus(result) {
    case Int32(STRANDLINE_PQ_COMMAND_OK), Int32(STRANDLINE_PQ_TUPLES_OK),
      Int32(STRANDLINE_PQ_SINGLE_TUPLE):
      return
    case Int32(STRANDLINE_PQ_COPY_OUT), Int32(STRANDLINE_PQ_COPY_IN):
      throw Failure(.settings, "\(name): source.query is a COPY: write it as a SELECT")
    default:
      let state = field(STRANDLINE_PQ_SQLSTATE)
      var text = oneLine(field(STRANDLINE_PQ_MESSAGE))
      for more in [field(STRANDLINE_PQ_DETAIL), field(STRANDLINE_PQ_HINT)] where !more.isEmpty {
        text += " (\(oneLine(more)))"
      }
      // Without a code it is libpq that says that the connection is gone.
      throw Failure(
        state.isEmpty ? .unavailable : failureKind(state: state),
        "\(name) refused the query: \(state.isEmpty ? "" : "\(state): ")\(text)\(advice(state: state))")
    }
  }

  private func field(_ which: Int) -> String {
    unsafe pq.pointee.resultErrorField(result, Int32(which)).map { unsafe String(cString: $0) } ?? ""
  }

  var rowCount: Int { Int(unsafe pq.pointee.ntuples(result)) }

  /// Whether it is of something that gives rows.
  var hasRows: Bool {
    let status = unsafe pq.pointee.resultStatus(result)
    return status != Int32(STRANDLINE_PQ_COMMAND_OK)
  }

  var columns: [(name: String, kind: SQLColumn.Kind)] {
    (0..<(unsafe pq.pointee.nfields(result))).map { column in
      let name = unsafe pq.pointee.fname(result, column).map { unsafe String(cString: $0) } ?? ""
      return (name, Self.kind(unsafe pq.pointee.ftype(result, column)))
    }
  }

  /// What PostgreSQL's types are in JSON (<https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat>);
  /// of a domain it says the type beneath, and all others have a text.
  private static func kind(_ type: UInt32) -> SQLColumn.Kind {
    switch type {
    case 16: .boolean
    case 17: .bytes
    case 20, 21, 23, 26, 1700: .number
    case 700, 701: .real
    case 114, 3802: .json
    case 1114: .timestamp
    case 1184: .zonedTimestamp
    default: .text
    }
  }

  /// Appends a row as a line.
  func write(_ row: Int, _ columns: [SQLColumn], _ lines: inout ByteBuffer) {
    for (index, column) in columns.enumerated() {
      let (row, place) = (Int32(row), Int32(index))
      lines.append(column.start)
      if unsafe pq.pointee.getisnull(result, row, place) == 1 {
        lines.append("null")
        continue
      }
      var bytes = unsafe UnsafeRawBufferPointer(
        start: pq.pointee.getvalue(result, row, place),
        count: Int(pq.pointee.getlength(result, row, place)))
      // bytea comes as \x and hexadecimal digits.
      if column.kind == .bytes { unsafe bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(2)) }
      unsafe lines.append(sql: bytes, column.kind)
    }
    lines.append("}\n")
  }
}
