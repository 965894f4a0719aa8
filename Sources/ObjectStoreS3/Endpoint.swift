import Basics

/// Where a service answers.
struct Endpoint: Sendable, Equatable {
  /// `https` or `http`.
  var scheme: String
  /// With the port unless it is the scheme's own: as the `Host` header has it.
  var host: String
  /// What stands before every path: empty, or beginning with a slash and not ending with one.
  var path: String

  init(scheme: String, host: String, path: String = "") {
    self.scheme = scheme
    self.host = host
    self.path = path
  }

  /// Reads an address that somebody set; `setting` says in messages where.
  init(_ text: String, setting: String) throws(Failure) {
    func refused(_ why: String) -> Failure {
      Failure(.settings, "\(setting): \(why); write it as https://host or http://host:port")
    }
    guard let separator = text.firstRange(of: "://") else { throw refused("\"\(text)\" is no address") }
    let scheme = text[..<separator.lowerBound].lowercased()
    guard scheme == "https" || scheme == "http" else { throw refused("the address begins with \(scheme)://") }
    let rest = text[separator.upperBound...]
    // What follows may be a secret, and is not shown.
    guard !rest.contains("@") else { throw refused("there is a user or password in the address") }
    guard !rest.contains(where: { "?#".contains($0) }) else {
      throw refused("there is a query or fragment in the address")
    }
    let end = rest.firstIndex(of: "/") ?? rest.endIndex
    var host = rest[..<end].lowercased()
    let defaultPort = scheme == "https" ? ":443" : ":80"
    if host.hasSuffix(defaultPort) { host.removeLast(defaultPort.count) }
    let allowed = "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]"
    guard !host.isEmpty, !host.hasPrefix(":"), host.allSatisfy({ allowed.contains($0) }) else {
      throw refused("there is no host in \"\(text)\"")
    }
    var path = rest[end...]
    while path.last == "/" { path.removeLast() }
    self.init(scheme: scheme, host: host, path: encodedPath(String(path)))
  }

  /// The service of AWS itself in a region.
  static func ofAWS(_ service: String, region: String) -> Endpoint {
    Endpoint(
      scheme: "https",
      host: "\(service).\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")")
  }

  /// With a name before the host.
  func under(_ name: String) -> Endpoint { Endpoint(scheme: scheme, host: "\(name).\(host)", path: path) }
}
