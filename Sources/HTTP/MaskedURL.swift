/// A URL as it may be shown: user and password, and query values whose name sounds like a secret, are `***`.
///
/// Works on anything, since what is malformed is shown too: if in doubt it masks.
public func masked(url: String) -> String {
  var rest = url[...]
  var masked = ""
  if let scheme = rest.firstRange(of: "://") {
    masked = String(rest[..<scheme.upperBound])
    rest = rest[scheme.upperBound...]
  }
  let authorityEnd = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
  if let at = rest[..<authorityEnd].lastIndex(of: "@") {
    masked += "***@"
    rest = rest[rest.index(after: at)...]
  } else if let at = rest.lastIndex(of: "@"), !hasNumericPort(rest[..<authorityEnd]) {
    // A password with a slash in it: no port looks like that.
    masked += "***@"
    rest = rest[rest.index(after: at)...]
  }
  guard let question = rest.firstIndex(of: "?") else { return masked + rest }
  masked += rest[...question]
  let parts = rest[rest.index(after: question)...].split(separator: "&", omittingEmptySubsequences: false)
  return masked + parts.map(maskedParameter).joined(separator: "&")
}

private func hasNumericPort(_ authority: Substring) -> Bool {
  guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else { return true }
  return authority[authority.index(after: colon)...].allSatisfy { $0.isASCII && $0.isNumber }
}

private func maskedParameter(_ parameter: Substring) -> String {
  guard let equals = parameter.firstIndex(of: "=") else { return String(parameter) }
  let name = parameter[..<equals].lowercased()
  let value = parameter[equals...]
  // Another URL, with a user and password perhaps.
  if value.contains("@"), value.contains("://") { return parameter[...equals] + "***" }
  let secret = ["auth", "code", "credential", "key", "pass", "pwd", "secret", "sig", "token", "upload_id"]
    .contains {
      name.contains($0)
    }
  return secret ? parameter[...equals] + "***" : String(parameter)
}
