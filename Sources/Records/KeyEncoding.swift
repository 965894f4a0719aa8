/// The bytes of a key, as ``RecordParser/appendKey(to:)`` writes them, for a key that is given in words.
///
/// Each part's UTF-8 is followed by two zero bytes, and a zero byte in it by 0xFF. So no two keys look alike,
/// and bytes compare as the parts do, one after the other.
public func encodeKey(parts: [String]) -> [UInt8] {
  var bytes: [UInt8] = []
  for part in parts {
    for byte in part.utf8 {
      bytes.append(byte)
      if byte == 0 { bytes.append(0xFF) }
    }
    bytes.append(0)
    bytes.append(0)
  }
  return bytes
}

extension ByteSink {
  /// Appends one part of a key.
  mutating func appendKeyPart(_ text: View) {
    var index = 0
    while true {
      let stop = text.find(0, from: index, to: text.count)
      append(text[index, stop])
      append(0)
      if stop == text.count { break }
      append(0xFF)
      index = stop + 1
    }
    append(0)
  }
}
