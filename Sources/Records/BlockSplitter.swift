/// Splits a run of whole records, as they stand in a dump, into records: what ``DumpScanner`` does while a dump
/// streams, for bytes that are there as a whole.
public struct BlockSplitter {
  private let isJSON: Bool
  private var lines: LineCutter

  /// A splitter at the first record of a run.
  public init(format: Format) {
    switch format {
    case .csv(let delimiter): (isJSON, lines) = (false, LineCutter(delimiter: delimiter))
    case .jsonLines: (isJSON, lines) = (false, LineCutter(delimiter: nil))
    case .json: (isJSON, lines) = (true, LineCutter(delimiter: nil))
    }
  }

  /// The length of the record at the front of `rest`, which reaches to the end of the run; the next call's
  /// `rest` begins after it.
  @inline(__always) public mutating func nextLength(_ rest: UnsafeRawBufferPointer) -> Int {
    let view = unsafe View(rest)
    if isJSON {
      var cutter = ElementCutter()
      if case .comma(let offset) = cutter.find(in: view, from: 0) { return offset + 1 }
      return view.count
    }
    guard let length = lines.find(in: view, atEnd: true) else { return view.count }
    lines.advance(length, inRecord: false)
    return length
  }
}
