import Basics
import Blocks
import History
import ObjectStore
import Records

/// Reads a stored change set line by line.
struct ChangeLines {
  /// A line of a change set. Records are JSON objects, as written.
  struct Line {
    var operation: String
    /// The key's parts as a JSON array.
    var key: String
    var validFrom: String?
    var recordedAt: String?
    var before: String?
    var after: String?
  }

  private let folder: FeedFolder
  private let ref: ObjectRef

  init(_ folder: FeedFolder, _ ref: ObjectRef) {
    self.folder = folder
    self.ref = ref
  }

  /// Calls `body` with each line.
  func forEach(_ body: (Line) throws(Failure) -> Void) throws(Failure) {
    let reader = try folder.open(ref.object)
    var window = ByteBuffer(capacity: 512 << 10)
    var parser = RecordParser(
      format: .jsonLines, header: [], key: [], deepestNesting: RecordParser.deepestNesting + 1)
    var splitter = BlockSplitter(format: .jsonLines)
    while true {
      let count = try unsafe window.append(atMost: 256 << 10) { (room) throws(Failure) in
        try unsafe folder.read(reader, into: room)
      }
      let complete = count == 0 ? window.count : unsafe (window.bytes.lastIndex(of: 10) ?? -1) + 1
      var position = 0
      while position < complete {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: window.bytes[position..<complete])
        let length = unsafe splitter.nextLength(rest)
        guard unsafe parser.parse(UnsafeRawBufferPointer(rebasing: rest[..<length])) == .record else {
          throw Failure(.badData, "\(ref.object) is damaged: a line is no JSON object")
        }
        try body(line(parser.fields()))
        position += length
      }
      window.removeFirst(complete)
      splitter = BlockSplitter(format: .jsonLines)
      if count == 0 { return }
    }
  }

  private func line(_ fields: [(name: String, text: String, isString: Bool)]) -> Line {
    var line = Line(operation: "", key: "")
    for field in fields {
      switch field.name {
      case "op": line.operation = field.text
      case "key": line.key = field.text
      case "valid_from": line.validFrom = field.text
      case "recorded_at": line.recordedAt = field.text
      case "before": line.before = field.text
      case "after": line.after = field.text
      default: continue
      }
    }
    return line
  }
}
