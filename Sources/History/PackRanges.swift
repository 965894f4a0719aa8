import Basics
import Blocks
import ObjectStore

/// Ranges of packs. A dump is read in order, so where reads follow one another, one request brings what the next
/// ones need; where they do not, it brings no more than was asked for.
final class PackRanges: RangeSource {
  private static let longest = 1 << 20
  private static let shortest = 16 << 10
  /// Reads that lie no further apart are taken for reading on.
  private static let gap = 4 << 10
  /// How many bytes all windows may hold together.
  private static let kept = 8 << 20
  private static let keptReaders = 320
  /// Of how many objects half a MiB is asked for at once.
  private static let mostAtOnce = 16

  private struct Place: Hashable {
    var object: String
    var isHashes: Bool
  }

  private final class Window {
    var start = 0
    var bytes = ByteBuffer()
    var ahead = 0
    /// How much memory it has.
    var room = 0
    var lastUse = 0
    /// The object, if it was read whole.
    var whole: SmallObjects.Object?
    var end: Int { start + bytes.count }
  }

  private let folder: FeedFolder
  private let isRemote: Bool
  private var windows: [Place: Window] = [:]
  private var readers: [String: any ObjectReader] = [:]
  private var last: (place: Place, window: Window)?
  private var held = 0
  private var uses = 0

  init(_ folder: FeedFolder) {
    self.folder = folder
    isRemote = folder.store.isRemote
  }

  /// Opens an object, and tells its length; nil if there is none. What is read of it then needs no further request, as
  /// long as it is read in order.
  func sizeIfPresent(_ object: String) throws(Failure) -> Int? {
    if let reader = readers[object] { return reader.info.size }
    guard let reader = try folder.openIfPresent(object) else { return nil }
    if readers.count >= Self.keptReaders { readers.removeAll() }
    readers[object] = reader
    return reader.info.size
  }

  func read(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    try read(Place(object: object, isHashes: false), range, to: &output)
  }

  func readHashes(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    try read(Place(object: object, isHashes: true), range, to: &output)
  }

  func withBytes(
    _ object: String, range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    try unsafe withBytes(Place(object: object, isHashes: false), range, body)
  }

  private func read(_ place: Place, _ range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    try unsafe withBytes(place, range) { bytes throws(Failure) in unsafe output.append(bytes) }
  }

  private func withBytes(
    _ place: Place, _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let window = try window(place)
    if let whole = window.whole, range.upperBound <= whole.bytes.count {
      return try unsafe whole.bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
        try unsafe body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[range]))
      }
    }
    uses += 1
    window.lastUse = uses
    if range.lowerBound < window.start || range.upperBound > window.end { try fill(window, place, range) }
    let offset = range.lowerBound - window.start
    try unsafe body(UnsafeRawBufferPointer(rebasing: window.bytes.bytes[offset..<offset + range.count]))
  }

  private func window(_ place: Place) throws(Failure) -> Window {
    if let last, last.place == place { return last.window }
    let window = windows[place] ?? Window()
    if windows[place] == nil { window.whole = try whole(place.object) }
    windows[place] = window
    last = (place, window)
    return window
  }

  /// A short object whose description was known already is read whole the first time that blocks of it are wanted.
  private func whole(_ object: String) throws(Failure) -> SmallObjects.Object? {
    if let known = folder.small[object] { return known }
    guard isRemote, readers[object] == nil, let end = folder.small.endToRead(of: object) else { return nil }
    let bytes = try folder.get(object, range: 0..<end)
    guard bytes.count == end else { return nil }
    folder.small.keep(bytes, of: object)
    return folder.small[object]
  }

  private func fill(_ window: Window, _ place: Place, _ range: Range<Int>) throws(Failure) {
    let goesOn =
      window.bytes.count > 0 && range.lowerBound >= window.start && range.lowerBound <= window.end + Self.gap
    window.ahead = goesOn ? min(Self.longest, max(Self.shortest, window.ahead * 2)) : 0
    // Pages of hashes stand together, far from the next ones: those are one request, not one for each.
    if isRemote, place.isHashes {
      window.ahead = max(window.ahead, StoredObject.pagesTogether * StoredObject.pageSize)
    }
    // What is at hand is not read again: who reads on in a cloud's object needs no further request.
    let known = range.lowerBound >= window.start && range.lowerBound < window.end
    let from = known ? window.end : range.lowerBound
    let (reader, end) = try reader(place.object, from, range, ahead: window.ahead)
    let needed = end - range.lowerBound
    held -= window.room
    if known {
      window.bytes.removeFirst(range.lowerBound - window.start)
    } else if window.room > 4 * needed {
      window.bytes = ByteBuffer()
      window.room = 0
    } else {
      window.bytes.truncate()
    }
    window.room = max(window.room, needed)
    window.start = range.lowerBound
    while window.end < end {
      let count = try unsafe window.bytes.append(atMost: end - window.end) { (room) throws(Failure) in
        try unsafe folder.read(reader, into: room)
      }
      if count == 0 { throw Failure(.unavailable, "\(place.object) came short; try again") }
    }
    held += window.room
    while held > Self.kept, windows.count > 1,
      let oldest = windows.min(by: { $0.value.lastUse < $1.value.lastUse }), oldest.value !== window
    {
      held -= oldest.value.room
      windows[oldest.key] = nil
    }
  }

  /// A reader that stands at `from`, and up to where it is to be read: to the end of `range`, or so far ahead.
  private func reader(
    _ object: String, _ from: Int, _ range: Range<Int>, ahead: Int
  ) throws(Failure) -> (any ObjectReader, Int) {
    // An object of this kind never changes, so it may stay open.
    guard let reader = readers[object] else {
      if readers.count >= Self.keptReaders { readers.removeAll() }
      // Of what is far away more is asked for at once, as far as it is known to be there, and kept in memory.
      let size = isRemote && readers.count < Self.mostAtOnce ? folder.small.end(of: object) ?? 0 : 0
      let most = max(range.upperBound, min(size, range.lowerBound + max(SmallObjects.longest, ahead)))
      let reader = try folder.open(object, range: from..<most)
      readers[object] = reader
      let end = min(most, max(range.upperBound, range.lowerBound + ahead))
      try folder.move(reader, to: from..<end)
      return (reader, end)
    }
    guard range.upperBound <= reader.info.size else {
      throw Failure(.badData, "\(object) is damaged: it is shorter than recorded")
    }
    let end = min(reader.info.size, max(range.upperBound, range.lowerBound + ahead))
    try folder.move(reader, to: from..<end)
    return (reader, end)
  }
}
