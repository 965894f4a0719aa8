public import Basics

/// Appends `text`, which is UTF-8, as a JSON string in quotes, with no more escapes than JSON demands.
///
/// Whoever calls has made sure that the bytes are valid UTF-8; they are copied as they are.
public func appendJSONString(_ text: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
  let view = unsafe View(text)
  buffer.append(Byte.quote)
  var index = 0
  while true {
    let stop = view.findSpecial(from: index)
    buffer.append(view[index, stop])
    if stop == view.count { break }
    let byte = view[stop]
    buffer.append(Byte.backslash)
    if let short = JSONEscape.short(UInt32(byte)) {
      buffer.append(short)
    } else {
      buffer.append("u00")
      let digits: StaticString = "0123456789abcdef"
      unsafe buffer.append(digits.utf8Start[Int(byte >> 4)])
      unsafe buffer.append(digits.utf8Start[Int(byte & 15)])
    }
    index = stop + 1
  }
  buffer.append(Byte.quote)
}

/// Appends a string as a JSON string in quotes, with no more escapes than JSON demands.
public func appendJSONString(_ text: String, to buffer: inout ByteBuffer) {
  var text = text
  text.withUTF8 { unsafe appendJSONString(UnsafeRawBufferPointer($0), to: &buffer) }
}
