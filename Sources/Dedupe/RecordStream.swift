import Basics
import Blocks
import Hashing
import Records

/// A record of a file that is not settled yet.
struct Cut {
  /// Where in the file it ends.
  var end: Int
  /// How many line feeds are in it.
  var lines: UInt32
  /// By which it is known again, once ``isHashed``.
  var hash: UInt64 = 0
  var isHashed = false
}

/// The records of a file, cut as far as they are asked for.
struct RecordStream: ~Copyable {
  private let format: Format
  private let fingerprinter: Fingerprinter
  private var scanner: DumpScanner
  private(set) var window: FileWindow
  /// The records that were cut and not settled, from `head` on.
  private var cuts: [Cut] = []
  private var head = 0
  /// Up to here records were cut.
  private var frontier = 0
  /// Whether there are no more to be cut.
  private(set) var isOver = false
  /// CSV's header record.
  private(set) var header: [UInt8]?
  /// What stands before the first record.
  private(set) var prefix: [(kind: Span.Kind, range: Range<Int>, lines: UInt32)] = []
  /// Looks every record over, if there is one.
  private var look: FirstLook?
  private var survey: CSVSurvey?

  init(_ file: any DumpFile, format: Format, _ fingerprinter: Fingerprinter) {
    self.format = format
    self.fingerprinter = fingerprinter
    scanner = DumpScanner(format: format)
    window = FileWindow(file)
  }

  /// Every record from here on is looked over.
  mutating func lookOver(_ look: FirstLook, _ survey: consuming CSVSurvey?) {
    precondition(cuts.isEmpty)
    self.look = look
    self.survey = survey
  }

  var ending: DumpScanner.Ending { scanner.ending }

  /// Where the first record that is not settled begins.
  var offset: Int { window.offset }

  /// How many records are cut and not settled.
  var count: Int { cuts.count - head }

  /// Where an unsettled record ends.
  @inline(__always)
  func end(_ index: Int) -> Int { cuts[head + index].end }

  /// Where an unsettled record begins.
  @inline(__always)
  func start(_ index: Int) -> Int { index == 0 ? offset : cuts[head + index - 1].end }

  /// How many line feeds an unsettled record has.
  @inline(__always)
  func lines(_ index: Int) -> UInt32 { cuts[head + index].lines }

  /// Whether the last record that was cut does.
  var endsWithLineFeed: Bool {
    guard let end = cuts.last?.end else { return true }
    return unsafe window.bytes(end - 1..<end)[0] == 10
  }

  /// By which an unsettled record is known again.
  mutating func hash(_ index: Int) -> UInt64 {
    let place = head + index
    if !cuts[place].isHashed {
      cuts[place].hash = unsafe fingerprinter.fingerprint(window.bytes(start(index)..<cuts[place].end)).low
      cuts[place].isHashed = true
    }
    return cuts[place].hash
  }

  /// Settles what stands before `place`, where a record begins.
  mutating func settle(upTo place: Int) {
    while head < cuts.count, cuts[head].end <= place { head += 1 }
    if head == cuts.count {
      cuts.removeAll(keepingCapacity: true)
      head = 0
    } else if head > 4096 {
      cuts.removeFirst(head)
      head = 0
    }
    window.move(to: place)
    if place > frontier {
      scanner.skippedRecords(bytes: place - frontier)
      frontier = place
    }
  }

  mutating func readOn() throws(Failure) { try window.readOn() }

  // MARK: - Cutting

  /// Takes what stands before the first record.
  mutating func begin() throws(Failure) {
    if format == .jsonLines {
      let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
      while window.count < mark.count, !window.isAtEnd { try window.readOn() }
      guard unsafe window.bytes(from: 0).starts(with: mark) else { return }
    }
    while true {
      let piece: DumpScanner.Piece
      do { piece = try unsafe scanner.next(window.bytes(from: frontier), atEnd: window.isAtEnd) } catch {
        throw Self.odd
      }
      switch piece {
      case .literal(let length):
        take(.literal, length)
        if format == .jsonLines { return }
      case .header(let length):
        header = unsafe Array(window.bytes(frontier..<frontier + length))
        return take(.header, length)
      case .needMore: try window.readOn()
      case .record, .oversized, .end: throw Self.odd
      }
    }
  }

  private mutating func take(_ kind: Span.Kind, _ length: Int) {
    let range = frontier..<frontier + length
    prefix.append((kind, range, unsafe lineFeeds(window.bytes(range))))
    frontier += length
    window.move(to: frontier)
  }

  /// Makes sure that so many records are cut, if there are so many and they are not too long; returns how many there are.
  mutating func cut(atLeast wanted: Int, within most: Int = .max) throws(Failure) -> Int {
    while count < wanted, !isOver, frontier - offset < most {
      if try !cutNext() { try window.readOn() }
    }
    return count
  }

  /// Cuts the next record, or all that are at hand if every one is looked over. Returns false if more has to be read.
  private mutating func cutNext() throws(Failure) -> Bool {
    var isFound = false
    while true {
      if surveyed() { isFound = true }
      let rest = unsafe window.bytes(from: frontier)
      let piece: DumpScanner.Piece
      do { piece = try unsafe scanner.next(rest, atEnd: window.isAtEnd) } catch { throw Self.odd }
      switch piece {
      case .record(let length):
        unsafe look?.take(UnsafeRawBufferPointer(rebasing: rest[..<length]))
        frontier += length
        cuts.append(
          Cut(end: frontier, lines: unsafe lineFeeds(UnsafeRawBufferPointer(rebasing: rest[..<length]))))
        if look == nil { return true }
        isFound = true
      case .needMore:
        // Who has such records can wait: they are compared in another way.
        if rest.count > 1 << 20 { throw Self.odd }
        return isFound
      case .end:
        isOver = true
        return true
      case .literal, .header, .oversized: throw Self.odd
      }
    }
  }

  /// Takes the records that can be looked over at once; returns whether there were any.
  private mutating func surveyed() -> Bool {
    guard let look, var survey = survey.take() else { return false }
    let rest = unsafe window.bytes(from: frontier)
    let length = unsafe survey.look(over: rest)
    unsafe look.take(survey, rest)
    let start = frontier
    unsafe cuts.append(
      contentsOf: survey.found.lazy.map { Cut(end: start + Int($0.end), lines: $0.lines) })
    if length > 0 { scanner.skippedRecords(bytes: length) }
    frontier += length
    self.survey = consume survey
    return length > 0
  }

  /// Says that the files cannot be compared in step.
  static let odd = Failure(.software, "not to be compared in step")
}
