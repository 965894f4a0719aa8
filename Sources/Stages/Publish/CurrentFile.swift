import Basics
import Blocks
import History
import ObjectStore
import Records

/// Writes `current.jsonl` from the parts: their rows without the times that each of them begins with.
///
/// So nothing is decompressed, parsed and rendered again. The patch says how many rows begin with which times. Parts
/// that are being written pass by here, so they need not be read back; the others are read.
final class CurrentFile {
  private static let chunk = 512 << 10

  private let folder: FeedFolder
  private let patch: Patch
  private let object: FeedObjectWriter
  private var rows = PatchRows()
  private var window = ByteBuffer(capacity: chunk * 2)
  private var out = ByteBuffer(capacity: chunk * 2)
  private var count = 0
  private var countInPart = 0
  /// Whether all that was taken is what it has to be.
  private(set) var isRight = true

  init(_ folder: FeedFolder, patch: Patch, to object: FeedObjectWriter) {
    self.folder = folder
    self.patch = patch
    self.object = object
  }

  /// Appends the rows of all parts of a state.
  /// - Returns: how many; nil if a part is not what it has to be: then they have to be rendered.
  func write(_ parts: [Pointer.Part]) throws(Failure) -> Int? {
    for part in parts where isRight { try append(part) }
    return try finish()
  }

  /// Appends the rows of a part that stands.
  func append(_ part: Pointer.Part) throws(Failure) {
    guard isRight, let reader = try folder.openIfPresent(part.object), reader.info.size == part.bytes else {
      return giveUp()
    }
    while isRight {
      let count = try unsafe window.append(atMost: Self.chunk) { (room) throws(Failure) in
        unsafe try folder.read(reader, into: room)
      }
      if count == 0 { break }
      try takeLines()
    }
    endPart(rows: part.rows)
  }

  /// Appends what comes next in a part that is being written.
  func take(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var taken = 0
    while isRight, taken < bytes.count {
      let end = min(bytes.count, taken + Self.chunk)
      unsafe window.append(UnsafeRawBufferPointer(rebasing: bytes[taken..<end]))
      taken = end
      try takeLines()
    }
  }

  /// The part that was taken ends here.
  func endPart(rows: Int) {
    if countInPart != rows || window.count > 0 { giveUp() }
    countInPart = 0
  }

  /// A part was given up while it was being written.
  func giveUp() { isRight = false }

  /// Writes what is left.
  /// - Returns: how many rows there are; nil if a part was not what it has to be.
  func finish() throws(Failure) -> Int? {
    guard isRight else { return nil }
    try flush()
    return count
  }

  /// Takes whole lines from the window.
  private func takeLines() throws(Failure) {
    var position = 0
    while let length = unsafe Self.line(window.bytes, from: position) {
      guard try rows.next(patch) else { return giveUp() }
      let line = unsafe UnsafeRawBufferPointer(rebasing: window.bytes[position..<position + length])
      let opening = rows.opening.count
      guard length > opening, unsafe line.begins(with: rows.opening.bytes) else { return giveUp() }
      out.append("{")
      unsafe out.append(UnsafeRawBufferPointer(rebasing: line[opening...]))
      count += 1
      countInPart += 1
      position += length
    }
    window.removeFirst(position)
    if out.count >= Self.chunk { try flush() }
  }

  /// The length of the line at `position`; nil if its end is not there yet.
  @inline(__always) private static func line(_ bytes: UnsafeRawBufferPointer, from position: Int) -> Int? {
    if position == bytes.count { return nil }
    let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[position...])
    var lines = BlockSplitter(format: .jsonLines)
    let length = unsafe lines.nextLength(rest)
    return unsafe rest[length - 1] == 0x0A ? length : nil
  }

  private func flush() throws(Failure) {
    try unsafe object.write(out.bytes)
    out.truncate()
  }
}

/// What the rows of a state begin with, one after the other.
private struct PatchRows: ~Copyable {
  private var run = -1
  private var left = 0
  private var entry = -1
  /// What the row begins with that came last.
  private(set) var opening = ByteBuffer()

  /// Goes on to the next row; false if there is none.
  @inline(__always) mutating func next(_ patch: Patch) throws(Failure) -> Bool {
    if left == 0, try !nextRun(patch) { return false }
    left -= 1
    return true
  }

  private mutating func nextRun(_ patch: Patch) throws(Failure) -> Bool {
    while run + 1 < patch.runs.count {
      run += 1
      guard let since = patch.runs[run].tag.entry, patch.runs[run].count > 0 else { continue }
      if since != entry {
        opening.truncate()
        opening.append(rowOpening(try patch.times(of: since)))
        entry = since
      }
      left = patch.runs[run].count
      return true
    }
    return false
  }
}

extension UnsafeRawBufferPointer {
  /// Whether these bytes begin with others; eight at a time.
  @inline(__always) fileprivate func begins(with other: UnsafeRawBufferPointer) -> Bool {
    guard other.count <= count else { return false }
    var place = 0
    while place + 8 <= other.count {
      let (one, two) = unsafe (
        loadUnaligned(fromByteOffset: place, as: UInt64.self),
        other.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      )
      if one != two { return false }
      place += 8
    }
    while place < other.count {
      if unsafe self[place] != other[place] { return false }
      place += 1
    }
    return true
  }
}
