import Basics
import Converting
import Hashing
import Records

/// Puts answers of lines together: of CSV the header is kept once.
final class JoinedLines: SourceBody {
  /// A header that is longer is none.
  private static let headerLimit = 1 << 20

  private let answers: any BodySeries
  private let hasHeader: Bool
  private var piece: (any SourceBody)?
  private var header: [UInt8]?
  /// What was read of a piece with its header, and how much of it was handed on.
  private var head = ByteBuffer(capacity: 64 << 10)
  private var headStart = 0
  private var sum = CRC32C()
  private var length = 0
  private var hasRecords = false
  private var lastByte = UInt8(ascii: "\n")
  private var failure: Failure?

  let expectedBytes: Int? = nil
  let etag: String?
  let lastModified: String? = nil
  let name: String
  var receivedBytes: Int { answers.receivedBytes }
  var complaint: String? { answers.complaint }

  /// Asks for the first answer.
  init(_ answers: any BodySeries, format: Format, etag: String? = nil) throws(Failure) {
    self.answers = answers
    self.etag = etag
    if case .csv = format { hasHeader = true } else { hasHeader = false }
    piece = try answers.next(after: nil)
    name = answers.name
    try begin()
  }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if let failure { throw failure }
    do {
      return unsafe try next(destination)
    } catch {
      failure = error
      throw error
    }
  }

  private func next(_ destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    while let piece {
      if headStart < head.count {
        let count = min(head.count - headStart, destination.count)
        unsafe destination.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: head.bytes[headStart..<headStart + count]))
        headStart += count
        return count
      }
      let count = try unsafe piece.read(into: destination)
      if count > 0 {
        unsafe note(UnsafeRawBufferPointer(rebasing: destination[..<count]))
        return count
      }
      let found = PageFindings(hasRecords: hasRecords, token: nil, digest: (sum.value, length))
      self.piece = try answers.next(after: found)
      try begin()
    }
    return 0
  }

  /// Takes note of records.
  private func note(_ bytes: UnsafeRawBufferPointer) {
    guard let last = unsafe bytes.last else { return }
    lastByte = last
    length += bytes.count
    if answers.pages != nil { unsafe sum.update(bytes) }
    if !hasRecords { unsafe hasRecords = bytes.contains { $0 > 0x20 } }
  }

  /// Reads the beginning of a piece: at least its header.
  private func begin() throws(Failure) {
    guard let piece else { return }
    (sum, length, hasRecords) = (CRC32C(), 0, false)
    head.truncate()
    headStart = 0
    // A piece whose last line has no end must not run into the next one's first.
    let needsLineEnd = lastByte != UInt8(ascii: "\n")
    if needsLineEnd { head.append(UInt8(ascii: "\n")) }
    let start = head.count
    var end: Int?
    var isAtEnd = false
    repeat {
      let count = try unsafe head.append(atMost: 64 << 10) { (room) throws(Failure) in
        try unsafe piece.read(into: room)
      }
      isAtEnd = count == 0
      end = hasHeader ? unsafe headerEnd(head.bytes[start...]) : head.count
      // Whether anything comes after the header has to be known.
    } while !isAtEnd && head.count <= Self.headerLimit && (end == nil || (hasHeader && end == head.count))
    if !hasHeader || head.count == start {
      if head.count == start {
        // Nothing came: nothing is to stand between.
        head.truncate()
        guard !hasHeader || header == nil || answers.pages != nil else {
          throw Failure(.badData, "\(answers.name) is empty: it has not even the header that the others have")
        }
        return
      }
      return unsafe note(UnsafeRawBufferPointer(rebasing: head.bytes[start...]))
    }
    let line = end ?? head.count
    let mine = unsafe plain(head.bytes[start..<line])
    if let header {
      guard mine == header else {
        throw Failure(
          .badData,
          "\(answers.name) has another header than the answers before: \(quoted(mine)), not \(quoted(header))"
        )
      }
      let rest = unsafe Array(head.bytes[line...])
      head.truncate(to: rest.isEmpty ? 0 : start)
      head.append(rest)
      unsafe note(UnsafeRawBufferPointer(rebasing: head.bytes[min(start, head.count)...]))
    } else {
      header = mine
      unsafe note(UnsafeRawBufferPointer(rebasing: head.bytes[line...]))
      if line == head.count { lastByte = unsafe head.bytes[head.count - 1] }
    }
  }

  /// Where the first line ends, line ends in quotes aside; nil if that is not in sight.
  private func headerEnd(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
    var isQuoted = false
    for index in unsafe bytes.indices {
      let byte = unsafe bytes[index]
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == UInt8(ascii: "\n"), !isQuoted { return index + 1 }
    }
    return nil
  }

  /// A header without byte-order mark and line end.
  private func plain(_ bytes: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
    var line = unsafe Array(bytes)
    if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    while let last = line.last, last == 10 || last == 13 { line.removeLast() }
    return line
  }
}
