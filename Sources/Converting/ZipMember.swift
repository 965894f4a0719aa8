import Gzip

/// The numbers of a zip archive's headers, which are little-endian.
@safe struct ZipFields {
  let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

  func has(_ count: Int) -> Bool { unsafe count <= bytes.count }

  /// A number of so many bytes; nil if it is not in sight, or is beyond all that makes sense.
  func number(_ offset: Int, _ width: Int) -> Int? {
    guard offset >= 0, unsafe offset + width <= bytes.count else { return nil }
    var value: UInt64 = 0
    for index in 0..<width { value |= unsafe UInt64(bytes[offset + index]) << UInt64(8 * index) }
    return Int(exactly: value).map { min($0, 1 << 62) } ?? 1 << 62
  }

  func text(_ range: Range<Int>) -> String {
    unsafe String(decoding: bytes[range], as: UTF8.self)
  }
}

/// A file in a zip archive.
struct ZipMember {
  var name = ""
  var flags = 0
  var method = 0
  var headerLength = 0
  /// What its header says.
  var givenSum: UInt32 = 0
  var givenUnpacked = 0
  var expectedPacked = 0
  /// What was found; in what was just read, what its header says.
  var packed = 0
  var unpacked = 0
  var sum = CRC32()
  /// Whether the last step made something.
  var hasMoved = false

  var isEncrypted: Bool { flags & 0x2041 != 0 }
  /// Whether sizes and sum stand behind it.
  var hasDescriptor: Bool { flags & 8 != 0 }
  var isFolder: Bool { name.hasSuffix("/") }
  /// Whether it is no file of its own.
  var isBeside: Bool { isFolder || name.hasPrefix("__MACOSX/") }

  init() {}

  /// Reads a header before a file; nil if it is not whole in sight.
  init?(localHeader fields: ZipFields) {
    guard let nameLength = fields.number(26, 2), let extraLength = fields.number(28, 2),
      fields.has(30 + nameLength + extraLength)
    else { return nil }
    read(fields, at: 6, name: 30..<30 + nameLength)
    headerLength = 30 + nameLength + extraLength
    readExtra(fields, 30 + nameLength..<headerLength)
  }

  /// Reads an entry of the directory; nil if it is not whole in sight.
  init?(entry fields: ZipFields) {
    guard let nameLength = fields.number(28, 2), let extraLength = fields.number(30, 2),
      let commentLength = fields.number(32, 2), fields.has(46 + nameLength + extraLength + commentLength)
    else { return nil }
    read(fields, at: 8, name: 46..<46 + nameLength)
    headerLength = 46 + nameLength + extraLength + commentLength
    readExtra(fields, 46 + nameLength..<46 + nameLength + extraLength)
  }

  /// The fields that both kinds of header have in the same order.
  private mutating func read(_ fields: ZipFields, at start: Int, name range: Range<Int>) {
    flags = fields.number(start, 2) ?? 0
    method = fields.number(start + 2, 2) ?? 0
    givenSum = UInt32(fields.number(start + 8, 4) ?? 0)
    packed = fields.number(start + 12, 4) ?? 0
    givenUnpacked = fields.number(start + 16, 4) ?? 0
    name = fields.text(range)
  }

  /// Sizes of zip64: each is there only if its own field is full.
  private mutating func readExtra(_ fields: ZipFields, _ range: Range<Int>) {
    var position = range.lowerBound
    while position + 4 <= range.upperBound, let kind = fields.number(position, 2),
      let length = fields.number(position + 2, 2)
    {
      if kind == 1 {
        var next = position + 4
        let end = min(next + length, range.upperBound)
        for size in [\ZipMember.givenUnpacked, \ZipMember.packed] where self[keyPath: size] == 0xFFFF_FFFF {
          guard next + 8 <= end, let value = fields.number(next, 8) else { break }
          self[keyPath: size] = value
          next += 8
        }
      }
      position += 4 + length
    }
  }

  /// Whether what was found is what is said of it; a `width` of 4 knows lengths up to 4 GiB only.
  func isWhole(sum given: UInt32, packed: Int, unpacked: Int, width: Int = 8) -> Bool {
    let mask = width == 4 ? 0xFFFF_FFFF : Int.max
    return sum.value == given && self.packed & mask == packed && self.unpacked & mask == unpacked
  }

  /// Whether an entry of the directory is about this file.
  func isSame(as entry: ZipMember) -> Bool {
    name == entry.name && isWhole(sum: entry.givenSum, packed: entry.packed, unpacked: entry.givenUnpacked)
  }
}
