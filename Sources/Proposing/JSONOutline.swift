import Basics

/// Where in a JSON text, or its beginning, arrays are that may hold a feed's records: by strings and nesting alone.
struct JSONOutline {
  /// An array that names lead to, from the document's root.
  struct Place: Equatable {
    var path: [String]
    /// How many elements are in sight, and how many of them are objects.
    var elements = 0
    var objects = 0
    /// How many bytes of it are in sight.
    var length = 0
    fileprivate var start = 0
  }

  enum Root { case object, array, other }

  private enum Frame {
    /// An object, and the name of the member that is being read; nil where it cannot be told to a feed file.
    case object(name: String?)
    /// An array, and its place in `places` if names alone lead to it.
    case array(place: Int?)
  }

  private(set) var root = Root.other
  private(set) var places: [Place] = []
  /// The names of the root's members, if it is an object.
  private(set) var members: [String] = []
  /// Where the root ends; nil if the text ends first.
  private(set) var end: Int?
  /// What stands behind it, blanks aside.
  private(set) var next: UInt8?
  /// Whether there is a line end between the two.
  private(set) var nextIsOnNewLine = false
  /// Whether there is one within the root.
  private(set) var hasSeveralLines = false

  private var frames: [Frame] = []

  init(_ text: [UInt8]) {
    var index = text.firstIndex { $0 > 0x20 } ?? text.count
    guard index < text.count else { return }
    let start = index
    root = text[index] == UInt8(ascii: "{") ? .object : text[index] == UInt8(ascii: "[") ? .array : .other
    guard root != .other else { return }
    repeat { index = step(text, index) } while index < text.count && !frames.isEmpty
    hasSeveralLines = text[start..<min(index, text.count)].contains(0x0A)
    guard frames.isEmpty else {
      close(allAt: text.count)
      return
    }
    end = index
    guard let next = text[index...].firstIndex(where: { $0 > 0x20 }) else { return }
    self.next = text[next]
    nextIsOnNewLine = text[index..<next].contains(0x0A)
  }

  /// Whether a text that begins with a bracket may be JSON. A header of CSV may look like `[id],[name]`.
  static func mayBe(_ text: [UInt8]) -> Bool {
    let beginning = text.lazy.filter { $0 > 0x20 }.prefix(6)
    guard let second = beginning.dropFirst().first else { return true }
    if beginning.first == UInt8(ascii: "{") { return "\"}".utf8.contains(second) }
    let literals = ["true", "false", "null"].map { Array($0.utf8) }
    return "{[\"]-0123456789".utf8.contains(second)
      || literals.contains { beginning.dropFirst().starts(with: $0) }
  }

  /// Takes what stands at an index; returns where the next thing stands.
  private mutating func step(_ text: [UInt8], _ index: Int) -> Int {
    switch text[index] {
    case UInt8(ascii: "{"):
      noteElement(isObject: true)
      frames.append(.object(name: nil))
    case UInt8(ascii: "["):
      noteElement(isObject: false)
      frames.append(.array(place: notePlace(index)))
    case UInt8(ascii: "}"), UInt8(ascii: "]"): closeFrame(at: index + 1)
    case UInt8(ascii: "\""):
      let end = stringEnd(text, index)
      if case .object(nil)? = frames.last {
        takeName(text[index..<end], isMember: isColon(text, end))
      } else {
        noteElement(isObject: false)
      }
      return end
    case UInt8(ascii: ","): if case .object? = frames.last { frames[frames.count - 1] = .object(name: nil) }
    case UInt8(ascii: ":"), 0...0x20: break
    default:
      noteElement(isObject: false)
      return text[index...].firstIndex { $0 <= 0x20 || ",]}".utf8.contains($0) } ?? text.count
    }
    return index + 1
  }

  private func stringEnd(_ text: [UInt8], _ start: Int) -> Int {
    var index = start + 1
    while index < text.count, text[index] != UInt8(ascii: "\"") { index += text[index] == 0x5C ? 2 : 1 }
    return min(index + 1, text.count)
  }

  private func isColon(_ text: [UInt8], _ start: Int) -> Bool {
    text[start...].first { $0 > 0x20 } == UInt8(ascii: ":")
  }

  private mutating func takeName(_ quoted: ArraySlice<UInt8>, isMember: Bool) {
    guard isMember else { return }
    let inner = quoted.dropFirst().dropLast()
    let name = String(decoding: inner, as: UTF8.self)
    if frames.count == 1, members.count < 100 { members.append(name) }
    // Names with escapes are compared as they are meant, which is not known here.
    let isPlain =
      !inner.contains { $0 == 0x5C || $0 < 0x20 } && !inner.isEmpty && name.utf8.elementsEqual(inner)
    frames[frames.count - 1] = .object(name: isPlain ? name : "")
  }

  private mutating func noteElement(isObject: Bool) {
    guard case .array(let place?)? = frames.last else { return }
    places[place].elements += 1
    if isObject { places[place].objects += 1 }
  }

  private mutating func notePlace(_ index: Int) -> Int? {
    var path: [String] = []
    for frame in frames {
      guard case .object(let name?) = frame, !name.isEmpty else { return nil }
      path.append(name)
    }
    guard places.count < 1000 else { return nil }
    places.append(Place(path: path, start: index))
    return places.count - 1
  }

  private mutating func closeFrame(at index: Int) {
    guard let frame = frames.popLast() else { return }
    if case .array(let place?) = frame { places[place].length = index - places[place].start }
  }

  private mutating func close(allAt index: Int) {
    while !frames.isEmpty { closeFrame(at: index) }
  }
}

/// How a JSON text holds a feed's records.
enum JSONLayout: Equatable {
  case lines
  case document(unwrap: [String], others: [[String]])

  /// - Parameters:
  ///   - isWhole: whether the text is all there is.
  ///   - isNamedLines: whether the source's name says that it is JSON Lines.
  /// - Throws: ``Failure/Kind/badData`` if there are no records in it that a feed can be made of.
  static func found(in text: [UInt8], isWhole: Bool, isNamedLines: Bool) throws(Failure) -> JSONLayout {
    let outline = JSONOutline(text)
    if outline.root == .object, outline.end != nil, let next = outline.next {
      guard next == UInt8(ascii: "{"), outline.nextIsOnNewLine else {
        throw Failure(
          .badData, "it is no JSON: something follows its first object; look at what the source sends")
      }
      guard !outline.hasSeveralLines else {
        throw Failure(
          .badData,
          "it is several JSON objects one after the other, each over several lines: have them come in one array, or one a "
            + "line (jq -c . | fetch --input -)")
      }
      return .lines
    }
    if outline.next != nil {
      throw Failure(
        .badData, "it is no JSON: something follows its first value; look at what the source sends")
    }
    let isCut = outline.end == nil
    let fitting = outline.places.filter { $0.objects == $0.elements }
    if isNamedLines, outline.root == .object, !outline.hasSeveralLines { return .lines }
    let full = fitting.filter { $0.elements > 0 }
    if let best = (full.isEmpty ? fitting : full).max(by: { $0.length < $1.length }) {
      return .document(unwrap: best.path, others: full.map(\.path).filter { $0 != best.path })
    }
    if let other = outline.places.max(by: { $0.length < $1.length }) {
      throw Failure(
        .badData,
        "the elements of its array\(other.path.isEmpty ? "" : " at " + shown(other.path.joined(separator: "."))) are no "
          + "objects, and a feed's records are: have it come with names, or as CSV")
    }
    let names = outline.members.prefix(12).map { shown($0, atMost: 30) }.joined(separator: ", ")
    throw Failure(
      .badData,
      "it is a single JSON object\(names.isEmpty ? "" : " with \(names)"), and there is no array of records in it"
        + "\(isCut && !isWhole ? " as far as it was looked at (\(grouped(text.count)) bytes)" : ""): "
        + "look at what the source sends; a feed's records are the elements of an array, or one object a line"
    )
  }
}
