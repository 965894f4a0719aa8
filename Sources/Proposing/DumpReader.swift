import Basics
import Records

/// Reads the records of a dump from front to back.
enum DumpReader {
  private static let chunk = 256 << 10

  /// What became of a dump.
  struct Outcome {
    /// Records that could not be read.
    var bad = 0
    /// Whether somebody had seen enough.
    var isCut = false
  }

  /// Calls `record` with each good record, until it says that it has seen enough.
  /// - Parameters:
  ///   - next: gives the next bytes of the dump; 0: its end.
  ///   - key: what the parser is to take for the key, by the names of a CSV header.
  ///   - record: called with a parser that has parsed a record; says whether to go on.
  /// - Throws: ``Failure/Kind/badData`` if the dump cannot be cut into records.
  static func read(
    _ format: Format, _ next: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int,
    key: ([String]) -> [String], record: (inout RecordParser) throws(Failure) -> Bool
  ) throws(Failure) -> Outcome {
    var scanner = DumpScanner(format: format)
    var parser = RecordParser(format: .jsonLines, header: [], key: [])
    if case .csv = format {} else { parser = RecordParser(format: format, header: [], key: key([])) }
    var window = ByteBuffer(capacity: 2 * chunk)
    var position = 0
    var isAtEnd = false
    var outcome = Outcome()
    while true {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: window.bytes[position...])
      let piece: DumpScanner.Piece
      do throws(ScanError) { piece = try unsafe scanner.next(rest, atEnd: isAtEnd) } catch {
        throw Failure(.badData, error.message)
      }
      switch piece {
      case .needMore:
        window.removeFirst(position)
        position = 0
        isAtEnd = try unsafe window.append(atMost: chunk, next) == 0
      case .end: return outcome
      case .literal(let length): position += length
      case .header(let length):
        let names = try unsafe columns(UnsafeRawBufferPointer(rebasing: rest[..<length]), format)
        parser = RecordParser(format: format, header: names, key: key(names))
        position += length
      case .oversized(let length, let isLast):
        if isLast { outcome.bad += 1 }
        position += length
      case .record(let length):
        position += length
        switch unsafe parser.parse(UnsafeRawBufferPointer(rebasing: rest[..<length])) {
        case .blank: continue
        case .bad: outcome.bad += 1
        case .record:
          guard try record(&parser) else {
            outcome.isCut = true
            return outcome
          }
        }
      }
    }
  }

  private static func columns(
    _ bytes: UnsafeRawBufferPointer, _ format: Format
  ) throws(Failure) -> [String] {
    guard case .csv(let delimiter) = format else { return [] }
    do throws(BadRecord) { return try unsafe Header.parse(bytes, delimiter: delimiter) } catch {
      throw Failure(.badData, "the header cannot be read: \(error.message)")
    }
  }
}
