import Basics
import Records

/// A string as JSON.
func jsonString(_ text: String) -> String {
  var out = ByteBuffer(capacity: text.utf8.count + 2)
  appendJSONString(text, to: &out)
  return unsafe String(decoding: out.bytes, as: UTF8.self)
}
