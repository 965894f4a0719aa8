import Basics
import CDatabases

/// Values of a row, fetched piece by piece, as JSON.
final class ODBCValue {
  private static let piece = 64 << 10
  private var room = ByteBuffer(capacity: piece)
  private var bytes = ByteBuffer(capacity: piece)

  /// What ODBC's types are in JSON (<sqlext.h>); of the type that it calls text the driver's own name may tell more.
  static func kind(_ type: Int16, _ name: String) -> SQLColumn.Kind {
    if ["json", "jsonb"].contains(name.lowercased()) { return .json }
    switch type {
    case -7: return .boolean
    case 2, 3, 4, 5, -5, -6: return .number
    case 6, 7, 8: return .real
    case -2, -3, -4: return .bytes
    case 93, 11: return .timestamp
    default: return .text
    }
  }

  /// Appends a value.
  func append(
    _ kind: SQLColumn.Kind, _ type: Int16, _ column: UInt16, of statement: ODBCHandle, _ name: String,
    to lines: inout ByteBuffer
  ) throws(Failure) {
    if kind == .real { return try appendReal(type, column, statement, name, &lines) }
    // SQL_C_BINARY and SQL_C_WCHAR: the latter does not depend on what the driver takes for this machine's characters.
    guard try fetch(kind == .bytes ? -2 : -8, column, statement, name) else { return lines.append("null") }
    if kind == .bytes { return unsafe lines.append(hexadecimal: bytes.bytes) }
    room.truncate()
    transcode()
    // Hexadecimal digits of a GUID are written small (RFC 9562, 4).
    if type == -11 { for place in 0..<room.count { lower(place) } }
    switch kind {
    case .number: unsafe appendNumber(room.bytes, &lines)
    case .boolean: lines.append(unsafe room.bytes.first == UInt8(ascii: "1") ? "true" : "false")
    default: unsafe lines.append(sql: room.bytes, kind)
    }
  }

  private func lower(_ place: Int) {
    guard unsafe (0x41...0x46).contains(room.bytes[place]) else { return }
    unsafe UnsafeMutableRawBufferPointer(mutating: room.bytes)[place] |= 0x20
  }

  /// Some drivers leave out the zero before a point.
  private func appendNumber(_ text: UnsafeRawBufferPointer, _ lines: inout ByteBuffer) {
    let isNegative = unsafe text.first == UInt8(ascii: "-")
    let rest = unsafe UnsafeRawBufferPointer(rebasing: text.dropFirst(isNegative ? 1 : 0))
    guard unsafe rest.first == UInt8(ascii: ".") else { return unsafe lines.append(sql: text, .number) }
    lines.append(isNegative ? "-0" : "0")
    unsafe lines.append(rest)
  }

  /// The shortest digits that mean the same number.
  private func appendReal(
    _ type: Int16, _ column: UInt16, _ statement: ODBCHandle, _ name: String, _ lines: inout ByteBuffer
  ) throws(Failure) {
    var (double, float, length) = (0.0, Float(0), 0)
    // SQL_REAL as SQL_C_FLOAT, else SQL_C_DOUBLE
    let code =
      type == 7
      ? unsafe odbc.pointee.GetData(statement.raw, column, 7, &float, 4, &length)
      : unsafe odbc.pointee.GetData(statement.raw, column, 8, &double, 8, &length)
    guard statement.isGood(code) else { throw statement.failure(name, "broke off in column \(column)") }
    if length == -1 { return lines.append("null") }
    let value = type == 7 ? Double(float) : double
    var text = type == 7 ? float.description : double.description
    if value.isNaN { text = "NaN" }
    if value.isInfinite { text = value < 0 ? "-Infinity" : "Infinity" }
    if text.hasSuffix(".0") { text.removeLast(2) }
    text.withUTF8 { unsafe lines.append(sql: UnsafeRawBufferPointer($0), .real) }
  }

  /// Fetches a value into `bytes`; false if it is null.
  private func fetch(
    _ type: Int16, _ column: UInt16, _ statement: ODBCHandle, _ name: String
  ) throws(Failure) -> Bool {
    bytes.truncate()
    // Wide characters end with a zero in each piece.
    let end = type == -8 ? 2 : 0
    while true {
      var length = 0
      var code: Int16 = 0
      _ = unsafe bytes.append(atMost: Self.piece) { piece in
        unsafe code = odbc.pointee.GetData(
          statement.raw, column, type, piece.baseAddress, piece.count, &length)
        guard code == 0 || code == 1, length != -1 else { return 0 }
        let isWhole = length >= 0 && length <= piece.count - end
        return isWhole ? length : piece.count - end
      }
      if code == Int16(STRANDLINE_ODBC_NO_DATA) { return true }
      guard statement.isGood(code) else { throw statement.failure(name, "broke off in column \(column)") }
      if length == -1 { return false }
      if code == 0 { return true }
    }
  }

  /// UTF-16 in `bytes` as UTF-8 in `room`; half a surrogate pair stays what it is, and is found to be no UTF-8 later.
  private func transcode() {
    var index = 0
    func unit(_ place: Int) -> UInt32 {
      unsafe UInt32(bytes.bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
    }
    while index + 2 <= bytes.count {
      var scalar = unit(index)
      index += 2
      if (0xD800..<0xDC00).contains(scalar), index + 2 <= bytes.count, (0xDC00..<0xE000).contains(unit(index))
      {
        scalar = 0x10000 + (scalar - 0xD800) << 10 + (unit(index) - 0xDC00)
        index += 2
      }
      switch scalar {
      case ..<0x80: room.append(UInt8(scalar))
      case ..<0x800:
        room.append(0xC0 | UInt8(scalar >> 6))
        room.append(0x80 | UInt8(scalar & 0x3F))
      case ..<0x10000:
        room.append(0xE0 | UInt8(scalar >> 12))
        room.append(0x80 | UInt8(scalar >> 6 & 0x3F))
        room.append(0x80 | UInt8(scalar & 0x3F))
      default:
        room.append(0xF0 | UInt8(scalar >> 18))
        room.append(0x80 | UInt8(scalar >> 12 & 0x3F))
        room.append(0x80 | UInt8(scalar >> 6 & 0x3F))
        room.append(0x80 | UInt8(scalar & 0x3F))
      }
    }
  }
}
