import Basics
import Blocks
import Hashing
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
  let ref: ObjectRef

  init(_ folder: FeedFolder, _ ref: ObjectRef) {
    self.folder = folder
    self.ref = ref
  }

  /// Calls `body` with each line.
  func forEach(_ body: (Line) throws(Failure) -> Void) throws(Failure) {
    var parser = RecordParser(
      format: .jsonLines, header: [], key: [], deepestNesting: RecordParser.deepestNesting + 1)
    try unsafe forEachLine { (bytes) throws(Failure) in
      guard unsafe parser.parse(bytes) == .record else {
        throw Failure(.badData, "\(ref.object) is damaged: a line is no JSON object")
      }
      try body(line(parser.fields()))
    }
  }

  /// Calls `body` with the bytes of each line, its line feed included.
  func forEachLine(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    let reader = try folder.open(ref.object)
    var window = ByteBuffer(capacity: 512 << 10)
    var hash = SHA256()
    while true {
      let known = window.count
      let count = try unsafe window.append(atMost: 256 << 10) { (room) throws(Failure) in
        try unsafe folder.read(reader, into: room)
      }
      unsafe hash.update(UnsafeRawBufferPointer(rebasing: window.bytes[known...]))
      let complete = count == 0 ? window.count : unsafe (window.bytes.lastIndex(of: 10) ?? -1) + 1
      var splitter = BlockSplitter(format: .jsonLines)
      var position = 0
      while position < complete {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: window.bytes[position..<complete])
        let length = unsafe splitter.nextLength(rest)
        try unsafe body(UnsafeRawBufferPointer(rebasing: rest[..<length]))
        position += length
      }
      window.removeFirst(complete)
      if count == 0 { break }
    }
    guard hex(hash.digest()) == ref.sha256 else {
      throw Failure(.badData, "\(ref.object) is damaged: its SHA-256 is not the one recorded")
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
