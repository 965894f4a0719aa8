import Basics

/// The hashes of the records that stood next in the last dump, so that a record is known again although its block
/// changed.
struct Upcoming: ~Copyable {
  /// How far ahead a record is looked for: that many may be gone in one place.
  static let reach = 64
  /// How many hashes are read at once.
  private static let batch = 256

  private let known: Manifest
  private let end: Int
  private let source: any RangeSource
  /// The hashes of records that follow one another, from the first record of span `first` on.
  private var hashes: [UInt64] = []
  /// Where each span's hashes begin, and where the last one's end.
  private var starts = [0]
  private var first = 0
  /// The span that is expected, among those that were read.
  private var current = 0
  private var bytes = ByteBuffer()
  /// The record that is expected: a position among the hashes.
  private(set) var next = 0

  /// Spans from `end` on are not looked at.
  init(_ known: Manifest, end: Int, source: any RangeSource) {
    self.known = known
    self.end = end
    self.source = source
  }

  /// The span that is expected or was found last.
  var span: Int { first + current }
  /// The number of the expected record in its span.
  var numberInSpan: Int { next - starts[current] }
  /// Whether the expected record is the first of its span, and there is one.
  var isAtSpan: Bool { current < starts.count - 1 && next == starts[current] }

  /// Expects the first record of a span.
  mutating func stand(before span: Int) throws(Failure) {
    if span >= first, span - first < starts.count - 1 {
      current = span - first
      next = starts[current]
    } else {
      (first, current, next, starts) = (span, 0, 0, [0])
      hashes.removeAll(keepingCapacity: true)
    }
    try readOn()
  }

  /// Looks for a record; expects it then.
  mutating func find(_ hash: UInt64) -> Bool {
    let limit = min(hashes.count, next + Self.reach)
    var index = next
    while index < limit {
      if hashes[index] == hash {
        while starts[current + 1] <= index { current += 1 }
        next = index
        return true
      }
      index += 1
    }
    return false
  }

  /// The expected record came; says whether it was the last of its span. The next one is expected then.
  mutating func advance() throws(Failure) -> Bool {
    next += 1
    if next == starts[current + 1] { return true }
    try readOn()
    return false
  }

  /// Makes sure that hashes are there as far as they are looked for.
  private mutating func readOn() throws(Failure) {
    if hashes.count - next >= Self.reach { return }
    var span = first + starts.count - 1
    if span >= end || known.spans[span].kind != .block { return }
    if current > 0 {
      let gone = starts[current]
      hashes.removeFirst(gone)
      starts.removeFirst(current)
      for index in starts.indices { starts[index] -= gone }
      next -= gone
      first += current
      current = 0
    }
    while span < end, known.spans[span].kind == .block, hashes.count - next < Self.batch {
      bytes.truncate()
      try source.readHashes(of: known.spans[span], in: known, to: &bytes)
      let count = bytes.count / 8
      unsafe hashes.append(
        contentsOf: UnsafeBufferPointer(
          start: bytes.bytes.baseAddress?.assumingMemoryBound(to: UInt64.self), count: count))
      starts.append(hashes.count)
      span += 1
    }
  }
}

extension RangeSource {
  /// Appends the hashes of a block's records, eight bytes each.
  func readHashes(of span: Span, in manifest: Manifest, to output: inout ByteBuffer) throws(Failure) {
    let object = manifest.objects[Int(span.object)]
    let size = StoredObject.pageRecords
    var record = Int(span.firstRecord)
    let end = record + Int(span.records)
    while record < end {
      let (page, number) = record.quotientAndRemainder(dividingBy: size)
      guard page < object.pages.count else {
        throw Failure(.badData, "\(object.key) is damaged: it has fewer record hashes than records")
      }
      let count = min(end - record, size - number)
      let start = object.pages[page] + number * 8
      try readHashes(object.key, range: start..<start + count * 8, to: &output)
      record += count
    }
  }
}
