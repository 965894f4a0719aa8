public import Basics

/// A dump that is a file and can be read in any order.
public protocol DumpFile: AnyObject {
  /// What it is called in messages.
  var name: String { get }
  /// Appends a range of its bytes; fewer only at its end.
  func read(_ range: Range<Int>, to output: inout ByteBuffer) throws(Failure)
}

/// A stretch of a file in memory, which moves on.
struct FileWindow: ~Copyable {
  /// Little enough that what was read for one purpose is still at hand for the next, of two files.
  private static let chunk = 128 << 10

  private let file: any DumpFile
  private var held = ByteBuffer(capacity: 2 * FileWindow.chunk)
  /// Where in the file the held bytes begin.
  private var start = 0
  /// Whether they reach to the end.
  private(set) var isAtEnd = false
  /// Bytes before are not needed any more.
  private(set) var offset = 0

  init(_ file: any DumpFile) { self.file = file }

  /// How many bytes from ``offset`` on are at hand.
  var count: Int { start + held.count - offset }

  /// The bytes from a place on, which is not before ``offset``, until the next change.
  @inline(__always)
  func bytes(from place: Int) -> UnsafeRawBufferPointer {
    precondition(place >= offset)
    return unsafe UnsafeRawBufferPointer(rebasing: held.bytes[(place - start)...])
  }

  /// The bytes of a range that is at hand, until the next change.
  @inline(__always)
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    precondition(range.lowerBound >= offset)
    return unsafe UnsafeRawBufferPointer(
      rebasing: held.bytes[range.lowerBound - start..<range.upperBound - start])
  }

  /// Bytes before `place` are not needed any more.
  mutating func move(to place: Int) {
    precondition(place >= offset && place <= start + held.count)
    offset = place
  }

  /// Reads on.
  mutating func readOn() throws(Failure) {
    held.removeFirst(offset - start)
    start = offset
    let end = start + held.count
    let count = held.count
    try file.read(end..<end + Self.chunk, to: &held)
    isAtEnd = held.count == count
  }
}
