/// The spans in changed stretches of a dump that have records.
struct Pieces: Sequence {
  struct Piece {
    var span: Int
    /// The number of its first record in the dump, and among the records of all changed spans.
    var ordinal: Int
    var place: Int
    var end: Int
  }

  private let side: Side
  private let ranges: [Range<Int>]

  init(_ side: Side, _ ranges: [Range<Int>]) {
    self.side = side
    self.ranges = ranges
  }

  /// How many records they have together.
  var recordCount: Int {
    ranges.reduce(0) { $0 + side.firstRecord[$1.upperBound] - side.firstRecord[$1.lowerBound] }
  }

  func makeIterator() -> Iterator { Iterator(side: side, ranges: ranges) }

  struct Iterator: IteratorProtocol {
    private let firstRecord: [Int]
    private let ranges: [Range<Int>]
    private var range = 0
    private var span: Int
    private var place = 0

    fileprivate init(side: Side, ranges: [Range<Int>]) {
      firstRecord = side.firstRecord
      self.ranges = ranges
      span = ranges.first?.lowerBound ?? 0
    }

    mutating func next() -> Piece? {
      while range < ranges.count {
        if span == ranges[range].upperBound {
          range += 1
          if range < ranges.count { span = ranges[range].lowerBound }
          continue
        }
        let (index, ordinal) = (span, firstRecord[span])
        let count = firstRecord[span + 1] - ordinal
        span += 1
        if count == 0 { continue }
        defer { place += count }
        return Piece(span: index, ordinal: ordinal, place: place, end: place + count)
      }
      return nil
    }
  }
}
