import Basics

/// Percent-encodes all but unreserved characters (RFC 3986, 2.3), the slash too: an object's name is one part of
/// a path.
func encoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var out: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      out.append(byte)
    default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: out, as: UTF8.self)
}

/// `a=b&c=d`, encoded; what is nil is left out.
func query(_ parameters: [(String, String?)]) -> String {
  parameters.compactMap { name, value in value.map { "\(name)=\(encoded($0))" } }.joined(separator: "&")
}

/// What somebody else said, as one line of bounded length, without a secret in it.
func oneLine(_ text: some StringProtocol, without secrets: [String] = []) -> String {
  var text = String(text)
  for secret in secrets where secret.utf8.count >= 4 { text = text.replacing(secret, with: "***") }
  let line = text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : Character($0) }
  return String(line.prefix(300))
}
