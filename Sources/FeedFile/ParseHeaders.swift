import Basics

/// Headers that a feed file gives, none of them a secret.
func headers(_ section: Section) throws(Failure) -> [String: String] {
  var headers: [String: String] = [:]
  var lines: [String: Int] = [:]
  for (name, line, value) in try section.map("headers") {
    let place = "\(section.file):\(line): source.headers"
    guard !name.isEmpty, name.utf8.count <= 200, name.utf8.allSatisfy(isTokenByte) else {
      throw Failure(.settings, "\(place): \(quoted(name)) is no name of a header")
    }
    let lowercased = name.lowercased()
    if let first = lines.updateValue(line, forKey: lowercased) {
      throw Failure(.settings, "\(place): \(quoted(name)) is given twice, first in line \(first)")
    }
    guard !["authorization", "proxy-authorization", "cookie"].contains(lowercased) else {
      throw Failure(
        .settings,
        "\(place): \(quoted(name)) would put a secret into the feed file: use source.auth, for example"
          + " auth: { bearer_env: NAME }, with the secret in that environment variable")
    }
    let plain = lowercased.filter { $0 != "-" && $0 != "_" }
    guard !["apikey", "token", "secret", "password"].contains(where: { plain.hasSuffix($0) })
    else {
      throw Failure(
        .settings,
        "\(place): \(quoted(name)) would put a secret into the feed file: use source.auth: { header: \(name), key_env:"
          + " NAME }, with the secret in that environment variable")
    }
    guard value.utf8.allSatisfy({ $0 == UInt8(ascii: "\t") || (0x20...0x7E).contains($0) }) else {
      throw Failure(.settings, "\(place): the value of \(quoted(name)) must be printable ASCII on one line")
    }
    headers[name] = value
  }
  return headers
}

/// RFC 9110, section 5.6.2.
func isTokenByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }
}
