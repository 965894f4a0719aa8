/// Finds the array at a path in a JSON document while it streams, and after the array makes sure that the
/// document closes. Other members are skipped by strings and nesting alone, however long they are.
struct DocumentWalker {
  private enum State {
    /// Before the document.
    case top
    /// After an opening brace.
    case firstKey
    /// After a comma.
    case key
    /// In a member's name; after a backslash in it.
    case keyText, keyEscape
    /// After a member's name, after its colon, after its value.
    case colon, value, afterValue
    /// In a value that is skipped; in a string of it; after a backslash in that.
    case skip, skipText, skipEscape
    /// At the array's closing bracket.
    case arrayClose
    /// After the document.
    case end
  }

  enum Step: Equatable {
    /// So many bytes were taken, the last of them the bracket that opens the array.
    case opened(Int)
    /// So many bytes were taken.
    case taken(Int)
    /// The window is too short for a good message.
    case needMore
  }

  private let path: [[UInt8]]
  private let names: [String]
  private var state = State.top
  /// How many objects on the path are open.
  private var level = 0
  /// How many containers are open in a value that is skipped.
  private var depth = 0
  private var name: [UInt8] = []
  private var isOnPath = false
  private var arrayIsDone = false
  /// Longer names are no part of a path.
  private static let longestName = 1 << 16

  init(path: [String]) {
    self.path = path.map { Array($0.utf8) }
    names = path
  }

  /// The array is over: its closing bracket comes next.
  mutating func closeArray() { state = .arrayClose }

  /// Whether the document is complete.
  var isComplete: Bool { state == .end }

  /// What was being read, for a message about a dump that ends early.
  var place: String {
    switch state {
    case .top: "before its JSON document begins"
    case _ where arrayIsDone: "after the array\(pathText), before the document is closed"
    default: "before the array\(pathText) begins"
    }
  }

  private var pathText: String { names.isEmpty ? "" : " at \"\(names.joined(separator: "."))\"" }

  /// Takes the window's bytes; `offset` is where in the dump they begin.
  mutating func run(_ window: View, atEnd: Bool, offset: Int) throws(ScanError) -> Step {
    var index = 0
    while index < window.count {
      let byte = window[index]
      switch state {
      case .skipText:
        index = window.findSpecial(from: index)
        if index == window.count { continue }
        if window[index] == Byte.quote { state = depth == 0 ? .afterValue : .skip }
        if window[index] == Byte.backslash { state = .skipEscape }
      case .skipEscape: state = .skipText
      case .keyEscape:
        addToName(byte)
        state = .keyText
      case .keyText:
        if byte == Byte.quote {
          try endName(at: offset + index)
        } else {
          addToName(byte)
          if byte == Byte.backslash { state = .keyEscape }
        }
      case .skip:
        switch byte {
        case Byte.quote: state = .skipText
        case Byte.openBrace, Byte.openBracket: depth += 1
        case Byte.closeBrace, Byte.closeBracket:
          if depth == 0 {
            state = .afterValue
            continue
          }
          depth -= 1
          if depth == 0 { state = .afterValue }
        case Byte.comma where depth == 0, _ where depth == 0 && Byte.isSpace(byte):
          state = .afterValue
          continue
        default: break
        }
      case _ where Byte.isSpace(byte): break
      case .top, .end:
        // What is there instead is shown, so there should be some of it.
        if !atEnd, window.count - index < 64,
          state == .end || (byte != Byte.openBrace && byte != Byte.openBracket)
        {
          return index == 0 ? .needMore : .taken(index)
        }
        if try openTop(byte, window, index, offset: offset) { return .opened(index + 1) }
      case .value where isOnPath && !arrayIsDone:
        if try descend(byte, at: offset + index) { return .opened(index + 1) }
      default: try step(byte, at: offset + index)
      }
      index += 1
    }
    return .taken(index)
  }

  private mutating func step(_ byte: UInt8, at offset: Int) throws(ScanError) {
    switch (state, byte) {
    case (.firstKey, Byte.quote), (.key, Byte.quote):
      name.removeAll(keepingCapacity: true)
      state = .keyText
    case (.firstKey, Byte.closeBrace), (.afterValue, Byte.closeBrace):
      if !arrayIsDone { throw noSuchPath("has no member \"\(names[level - 1])\"", at: offset) }
      level -= 1
      state = level == 0 ? .end : .afterValue
    case (.afterValue, Byte.comma): state = .key
    case (.colon, Byte.colon): state = .value
    case (.value, Byte.quote):
      depth = 0
      state = .skipText
    case (.value, Byte.openBrace), (.value, Byte.openBracket):
      depth = 1
      state = .skip
    case (.value, let byte) where byte != Byte.comma && byte != Byte.closeBrace && byte != Byte.closeBracket:
      depth = 0
      state = .skip
    case (.arrayClose, Byte.closeBracket):
      arrayIsDone = true
      state = level == 0 ? .end : .afterValue
    default:
      throw ScanError(
        kind: .notJSON, offset: offset,
        message: "broken JSON at byte \(offset): unexpected \(describe(byte)); look at the dump there")
    }
  }

  private mutating func openTop(
    _ byte: UInt8, _ window: View, _ index: Int, offset: Int
  ) throws(ScanError) -> Bool {
    let sample = window[index, min(window.count, index + 60)].text.debugDescription
    switch byte {
    case _ where state == .end:
      throw ScanError(
        kind: .trailingData, offset: offset + index,
        message: "something follows the JSON document at byte \(offset + index): \(sample); "
          + "if each line is a document, the format is jsonl")
    case Byte.openBracket:
      if path.isEmpty { return true }
      throw ScanError(
        kind: .noSuchPath, offset: offset + index,
        message: "the document is an array itself and has no \"\(names.joined(separator: "."))\": "
          + "leave out unwrap")
    case Byte.openBrace:
      if !path.isEmpty {
        level = 1
        state = .firstKey
        return false
      }
      throw ScanError(
        kind: .notAnArray, offset: offset + index,
        message: "the document is an object, not an array: name the path of the array in unwrap")
    default:
      throw ScanError(
        kind: .notJSON, offset: offset + index,
        message: "the dump is no JSON array or object; at byte \(offset + index) it begins with \(sample)")
    }
  }

  /// At the value of the member that the path names next. Says whether it is the array.
  private mutating func descend(_ byte: UInt8, at offset: Int) throws(ScanError) -> Bool {
    isOnPath = false
    if level == path.count {
      if byte == Byte.openBracket { return true }
      throw ScanError(
        kind: .notAnArray, offset: offset,
        message: "what is at \"\(names.joined(separator: "."))\" (byte \(offset)) is no array: correct unwrap"
      )
    }
    if byte != Byte.openBrace { throw noSuchPath("is no object at \"\(names[level - 1])\"", at: offset) }
    level += 1
    state = .firstKey
    return false
  }

  private mutating func addToName(_ byte: UInt8) {
    if name.count <= Self.longestName { name.append(byte) }
  }

  private mutating func endName(at offset: Int) throws(ScanError) {
    state = .colon
    isOnPath = false
    var decoded = ByteSink(capacity: 64)
    let isSound = View.of(name) { raw in
      guard raw.hasSoundEscapes else { return false }
      decoded.appendDecoded(raw)
      return true
    }
    let isNext = isSound && View.of(path[level - 1]) { $0 == decoded.view }
    if isNext, arrayIsDone {
      throw ScanError(
        kind: .notJSON, offset: offset,
        message: "the member \"\(names[level - 1])\" occurs twice, again at byte \(offset): "
          + "which of them holds the records cannot be told")
    }
    isOnPath = isNext
  }

  private func noSuchPath(_ what: String, at offset: Int) -> ScanError {
    let parent = level == 1 ? "the document" : "\"\(names[..<(level - 1)].joined(separator: "."))\""
    return ScanError(
      kind: .noSuchPath, offset: offset,
      message: "there is no \"\(names.joined(separator: "."))\": \(parent) \(what) (seen at byte \(offset)); "
        + "correct unwrap")
  }
}

/// A byte for a message.
func describe(_ byte: UInt8) -> String {
  (0x21..<0x7F).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
}
