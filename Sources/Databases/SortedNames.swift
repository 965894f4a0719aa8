package import Basics

/// Names in the order of their bytes, each once, in bounded memory: what outgrows it is sorted into runs of a temporary file
/// and merged.
package struct SortedNames: ~Copyable {
  /// Where a name is, with eight of its bytes at hand, for most comparisons.
  private struct Place {
    var word: UInt64
    var start: UInt32
    var length: UInt32
  }

  /// Names and places of a run together, in bytes.
  private let limit: Int
  private let folder: String
  private var text = ByteBuffer(capacity: 64 << 10)
  private var places: ContiguousArray<Place> = []
  /// How many bytes all names of the run have in common at their beginning.
  private var common = 0
  private var spill: SpilledNames?
  private var next = 0
  private var isSorted = false

  /// - Parameter limit: how many bytes of names, and 16 for each, are kept in memory while they are gathered.
  package init(limit: Int = 16 << 20, folder: String) {
    self.limit = limit
    self.folder = folder
  }

  /// Adds a name, as often as one likes.
  package mutating func add(_ name: UnsafeRawBufferPointer) throws(Failure) {
    if text.count + name.count + 16 * (places.count + 1) > limit, !places.isEmpty { try writeRun() }
    places.append(Place(word: 0, start: UInt32(text.count), length: UInt32(name.count)))
    unsafe text.append(name)
  }

  /// Ends the adding. Then ``take(_:)`` gives the names.
  package mutating func finish() throws(Failure) {
    if spill != nil, !places.isEmpty { try writeRun() }
    if spill == nil { sort() }
    isSorted = true
    try spill?.begin()
  }

  /// The next name; false at the end.
  package mutating func take(_ name: inout ByteBuffer) throws(Failure) -> Bool {
    precondition(isSorted)
    if spill != nil { return try spill?.take(&name) ?? false }
    guard next < places.count else { return false }
    unsafe name.append(bytes(places[next]))
    next += 1
    return true
  }

  private func bytes(_ place: Place) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: text.bytes[Int(place.start)..<Int(place.start + place.length)])
  }

  private mutating func writeRun() throws(Failure) {
    sort()
    if spill == nil { spill = try SpilledNames(folder: folder) }
    for place in places {
      let name = unsafe bytes(place)
      try unsafe spill?.write(name)
    }
    try spill?.endRun()
    text.truncate()
    places.removeAll(keepingCapacity: true)
  }

  /// Sorts the run and leaves out repeats.
  private mutating func sort() {
    guard let first = places.first else { return }
    let start = unsafe bytes(first)
    common = start.count
    for place in places { unsafe common = min(common, sharedCount(start, bytes(place))) }
    for index in places.indices { unsafe places[index].word = word(bytes(places[index]), common) }
    let text = unsafe text.bytes
    places.sort { a, b in
      if a.word != b.word { return a.word < b.word }
      return unsafe isBefore(
        UnsafeRawBufferPointer(rebasing: text[Int(a.start)..<Int(a.start + a.length)]),
        UnsafeRawBufferPointer(rebasing: text[Int(b.start)..<Int(b.start + b.length)]))
    }
    var kept = 1
    for index in 1..<max(1, places.count) {
      let (a, b) = (places[kept - 1], places[index])
      if a.word == b.word, unsafe isSame(bytes(a), bytes(b)) { continue }
      places[kept] = b
      kept += 1
    }
    places.removeSubrange(kept...)
  }
}

private func sharedCount(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
  let limit = min(a.count, b.count)
  var index = 0
  while index < limit, unsafe a[index] == b[index] { index += 1 }
  return index
}

/// Eight bytes from `start` on as a number that sorts as they do; what is not there is zero.
private func word(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UInt64 {
  var word: UInt64 = 0
  for index in start..<start + 8 {
    unsafe word = word << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0)
  }
  return word
}
