import Basics

/// One record of an XML document while it is read, and how it is written as JSON.
///
/// - An attribute is a member whose name begins with `@`; declarations of namespaces are none.
/// - An element of text alone is a text, kept as it is; one with `xsi:nil="true"` is null.
/// - An element with attributes or elements in it is an object; its own text, trimmed, is its member `#text`.
/// - Elements of one name in the same element are an array, at the place of the first.
/// - Names are as they are written, prefixes included, and members in the order in which they come.
///
/// All of it stands in two buffers, which the next record uses again.
struct XMLRecord: ~Copyable {
  /// An element, an attribute or a stretch of text. Links are indices, and -1 where there is none.
  private struct Entry {
    var kind: Kind
    var hash: UInt32 = 0
    var name = 0..<0
    var text = 0..<0
    /// The first of the different names in it, and the last.
    var first: Int32 = -1
    var last: Int32 = -1
    /// The next different name beside it, and the next and the last of the same name.
    var next: Int32 = -1
    var same: Int32 = -1
    var lastSame: Int32 = -1
    var names: Int32 = 0
    var isNull = false
    var hasMembers = false
  }

  private enum Kind { case element, attribute, text }

  /// Different names in one element; more are no table's.
  static let nameLimit = 2_000
  /// What an entry is reckoned to take.
  private static let entryCost = 80

  private var entries: [Entry] = []
  private var bytes = ByteBuffer(capacity: 4096)
  private var open: [Int32] = []

  /// Bytes of memory that the record takes, roughly.
  var cost: Int { bytes.count + entries.count * Self.entryCost }
  /// How many of its elements are open.
  var depth: Int { open.count }

  /// Forgets the record.
  mutating func clear() {
    entries.removeAll(keepingCapacity: true)
    open.removeAll(keepingCapacity: true)
    bytes.truncate()
  }

  /// Begins an element; false if there are too many names beside it.
  mutating func begin(_ name: UnsafeRawBufferPointer) -> Bool {
    var entry = Entry(kind: .element)
    entry.name = unsafe keep(name)
    entry.hash = unsafe Self.hash(name)
    let index = Int32(entries.count)
    entry.lastSame = index
    entries.append(entry)
    defer { open.append(index) }
    guard let parent = open.last.map(Int.init) else { return true }
    entries[parent].hasMembers = true
    // Names that come often come first in the list, as all records have the same.
    var other = entries[parent].first
    while other >= 0 {
      let candidate = entries[Int(other)]
      if candidate.kind == .element, candidate.hash == entry.hash, isSame(candidate.name, entry.name) {
        entries[Int(candidate.lastSame)].same = index
        entries[Int(other)].lastSame = index
        return true
      }
      other = candidate.next
    }
    link(index, to: parent)
    entries[parent].names += 1
    return entries[parent].names <= Self.nameLimit
  }

  /// Adds an attribute to the element that was begun last.
  mutating func attribute(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    guard let parent = open.last.map(Int.init) else { return }
    if unsafe name.starts(with: "xmlns".utf8), unsafe name.count == 5 || name[5] == UInt8(ascii: ":") {
      return
    }
    if unsafe name.elementsEqual("xsi:nil".utf8) {
      entries[parent].isNull = unsafe value.elementsEqual("true".utf8) || value.elementsEqual("1".utf8)
    }
    var entry = Entry(kind: .attribute)
    entry.name = unsafe keep(name)
    entry.text = unsafe keep(value)
    entries.append(entry)
    entries[parent].hasMembers = true
    link(Int32(entries.count - 1), to: parent)
  }

  /// Adds text to the element that is open.
  mutating func text(_ text: UnsafeRawBufferPointer) {
    guard let parent = open.last.map(Int.init) else { return }
    let last = Int(entries[parent].last)
    if last >= 0, entries[last].kind == .text, entries[last].text.upperBound == bytes.count {
      entries[last].text = unsafe entries[last].text.lowerBound..<keep(text).upperBound
      return
    }
    var entry = Entry(kind: .text)
    entry.text = unsafe keep(text)
    entries.append(entry)
    link(Int32(entries.count - 1), to: parent)
  }

  /// Ends the element that is open.
  mutating func end() { open.removeLast() }

  private mutating func link(_ index: Int32, to parent: Int) {
    let last = entries[parent].last
    if last >= 0 { entries[Int(last)].next = index } else { entries[parent].first = index }
    entries[parent].last = index
  }

  private mutating func keep(_ text: UnsafeRawBufferPointer) -> Range<Int> {
    let start = bytes.count
    unsafe bytes.append(text)
    return start..<bytes.count
  }

  private func isSame(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
    unsafe bytes.bytes[one].elementsEqual(bytes.bytes[other])
  }

  /// FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>): only to compare fewer names.
  private static func hash(_ name: UnsafeRawBufferPointer) -> UInt32 {
    var hash: UInt32 = 0x811c_9dc5
    for index in name.indices { hash = unsafe (hash ^ UInt32(name[index])) &* 0x0100_0193 }
    return hash
  }
}

// MARK: JSON

extension XMLRecord {
  /// Appends the record as a line of JSON.
  func write(to output: inout ByteBuffer) {
    writeObject(0, to: &output)
    output.append(UInt8(ascii: "\n"))
  }

  private func writeValue(_ index: Int, to output: inout ByteBuffer) {
    let entry = entries[index]
    if entry.isNull { return output.append("null") }
    if entry.hasMembers { return writeObject(index, to: &output) }
    output.append(UInt8(ascii: "\""))
    if entry.first >= 0 { unsafe escape(bytes.bytes[entries[Int(entry.first)].text], to: &output) }
    output.append(UInt8(ascii: "\""))
  }

  private func writeObject(_ index: Int, to output: inout ByteBuffer) {
    output.append(UInt8(ascii: "{"))
    let start = output.count
    var texts: [Range<Int>] = []
    var next = entries[index].first
    while next >= 0 {
      let entry = entries[Int(next)]
      if entry.kind == .text {
        texts.append(entry.text)
      } else {
        writeName(entry, isFirst: output.count == start, to: &output)
        writeMember(Int(next), to: &output)
      }
      next = entry.next
    }
    writeText(texts, isFirst: output.count == start, to: &output)
    output.append(UInt8(ascii: "}"))
  }

  private func writeName(_ entry: Entry, isFirst: Bool, to output: inout ByteBuffer) {
    if !isFirst { output.append(UInt8(ascii: ",")) }
    output.append(entry.kind == .attribute ? "\"@" : "\"")
    unsafe escape(bytes.bytes[entry.name], to: &output)
    output.append("\":")
  }

  private func writeMember(_ index: Int, to output: inout ByteBuffer) {
    let entry = entries[index]
    if entry.kind == .attribute {
      output.append(UInt8(ascii: "\""))
      unsafe escape(bytes.bytes[entry.text], to: &output)
      return output.append(UInt8(ascii: "\""))
    }
    guard entry.same >= 0 else { return writeValue(index, to: &output) }
    output.append(UInt8(ascii: "["))
    var next = Int32(index)
    while next >= 0 {
      if next != index { output.append(UInt8(ascii: ",")) }
      writeValue(Int(next), to: &output)
      next = entries[Int(next)].same
    }
    output.append(UInt8(ascii: "]"))
  }

  /// The text of an element that has members, too; without the blanks that only lay the document out.
  private func writeText(_ texts: [Range<Int>], isFirst: Bool, to output: inout ByteBuffer) {
    var whole: [UInt8] = []
    for range in texts { unsafe whole += bytes.bytes[range] }
    var text = whole[...]
    while let last = text.last, last <= 0x20 { text.removeLast() }
    text = text.drop { $0 <= 0x20 }
    guard !text.isEmpty else { return }
    if !isFirst { output.append(UInt8(ascii: ",")) }
    output.append("\"#text\":\"")
    unsafe text.withUnsafeBytes { unsafe escape($0[...], to: &output) }
    output.append(UInt8(ascii: "\""))
  }

  private func escape(_ text: Slice<UnsafeRawBufferPointer>, to output: inout ByteBuffer) {
    for index in unsafe text.indices {
      let byte = unsafe text[index]
      switch byte {
      case UInt8(ascii: "\""): output.append("\\\"")
      case UInt8(ascii: "\\"): output.append("\\\\")
      case UInt8(ascii: "\n"): output.append("\\n")
      case UInt8(ascii: "\r"): output.append("\\r")
      case UInt8(ascii: "\t"): output.append("\\t")
      case 0..<0x20:
        output.append("\\u00")
        output.append(hex([byte]))
      default: output.append(byte)
      }
    }
  }
}
